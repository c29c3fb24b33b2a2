/** Covers: src/page and src/http/pages: every page held against the rules of axe, by day and by night, on a screen and on a phone. */
import axe, { type AxeResults } from 'axe-core';
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser } from 'playwright-core';
import { openBrowser } from '../support/browser.js';
import { RunningExporter } from '../support/exporter.js';
import { skipUnless } from '../support/programs.js';
import { PATIENCE_MS } from '../support/until.js';

const PAGES = [
  { title: 'the live page', path: '', ready: '.list .name' },
  { title: 'the details of a row', path: '#open=freebsd_vm_context_switches_total', ready: '.detail .map' },
  { title: 'what is hot on a CPU', path: '#cpu=0', ready: '.list' },
  { title: 'the symbols', path: 'symbols', ready: 'table' },
  { title: 'the config', path: 'config', ready: 'pre' },
];
const SCREENS = [
  { width: 1280, height: 800 },
  { width: 390, height: 844 },
];

describe('every page', { skip: skipUnless('chromium') }, () => {
  let browser: Browser;
  let exporter: RunningExporter;
  before(async () => {
    browser = await openBrowser();
    exporter = await RunningExporter.start('--simulate=amd64-14,cpus=64');
  });
  after(async () => {
    await browser.close();
    await exporter.stop();
  });

  for (const { title, path, ready } of PAGES) {
    it(`keeps no one out: ${title}`, async () => {
      for (const viewport of SCREENS) {
        for (const colorScheme of ['light', 'dark'] as const) {
          const context = await browser.newContext({ viewport, colorScheme });
          context.setDefaultTimeout(PATIENCE_MS);
          const page = await context.newPage();
          await page.goto(new URL(path, exporter.url.replace(/metrics$/, '')).href);
          await page.locator(ready).first().waitFor();
          await page.evaluate(axe.source);
          const { violations } = await page.evaluate<AxeResults>('axe.run()');
          const found = violations
            .filter(({ impact }) => impact === 'serious' || impact === 'critical')
            .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
          assert.deepEqual(found, [], `${viewport.width} pixels, ${colorScheme}`);
          await context.close();
        }
      }
    });
  }
});
