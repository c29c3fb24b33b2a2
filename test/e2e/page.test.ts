/** Covers: src/page, src/live and src/http/pages: the live page in a real Chromium. */
import { hashSync } from 'bcryptjs';
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core';
import { Exporter } from '../../src/service/exporter.js';
import { makeApp } from '../../src/service/webApp.js';
import { NamedFiles } from '../../src/config/namedFiles.js';
import type { HttpServer } from '../../src/http/server/server.js';
import { WebConfigFile } from '../../src/http/webConfig/file.js';
import { createLogger } from '../../src/telemetry/logger.js';
import { openBrowser } from '../support/browser.js';
import { RunningExporter } from '../support/exporter.js';
import { parseSamples } from '../support/exposition.js';
import { skipUnless } from '../support/programs.js';
import { sessionOn } from '../support/session.js';
import { Simulated } from '../support/simulated.js';
import { startServer } from '../support/server.js';
import { PATIENCE_MS, until } from '../support/until.js';

/** A page, and what the browser did for it. */
interface Visit {
  readonly page: Page;
  /** What the console was told that is no mere message, and errors of scripts. */
  readonly faults: string[];
  readonly requests: string[];
  /** Bytes of the documents, scripts and styles that came. */
  readonly bytes: () => Promise<number>;
}

let browser: Browser;
const visits: Visit[] = [];

async function visit(url: string, options: BrowserContextOptions = {}): Promise<Visit> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  context.setDefaultTimeout(PATIENCE_MS);
  const page = await context.newPage();
  const faults: string[] = [];
  const requests: string[] = [];
  const sizes: Promise<number>[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) faults.push(message.text());
  });
  page.on('pageerror', (error) => faults.push(String(error)));
  page.on('request', (request) => requests.push(request.url()));
  page.on('response', (response) => {
    if (response.request().resourceType() !== 'eventsource' && response.status() === 200) {
      // As they travel, which is as gzip. The page may be closed before all has come.
      sizes.push(
        response
          .request()
          .sizes()
          .then(
            ({ responseBodySize }) => responseBodySize,
            () => 0,
          ),
      );
    }
  });
  const found = {
    page,
    faults,
    requests,
    bytes: async () => (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0),
  };
  visits.push(found);
  await page.goto(url);
  return found;
}

function row(page: Page, name: string): Locator {
  return page.locator('tbody tr', { has: page.getByText(name, { exact: true }) });
}

async function digits(locator: Locator): Promise<bigint> {
  return BigInt((await locator.innerText()).replaceAll(',', '').replace('−', '-'));
}

function namesOf(page: Page): Promise<string[]> {
  return page.locator('.list .name').allInnerTexts();
}

function samplesOf(metrics: string): Promise<Map<string, bigint>> {
  return fetch(metrics)
    .then((response) => response.text())
    .then(parseSamples);
}

describe('the live page', { skip: skipUnless('chromium') }, () => {
  before(async () => {
    browser = await openBrowser();
  });
  after(() => browser.close());
  afterEach(async () => {
    for (const { page } of visits.splice(0)) await page.context().close();
  });

  describe('of a kernel at rest', () => {
    const CPUS = [0, 1, 2, 4, 5, 6, 7, 8];
    const config = `
counters:
  - {symbol: dothits, metric: hits_total, help: "Hits <b>&amp;</b> more.", type: counter, cpu: both}
  - {symbol: numneghits, metric: negative_total, help: Negative hits., type: counter}
  - {symbol: tcps_states, length: 11, label: state, names: [a, b, c, d, e, f, g, h, i, j, k], metric: states, help: S., cpu: sum}
  - {symbol: no_such_symbol, metric: missing_total, help: H., type: counter, optional: true}
`;
    const log = createLogger('fatal' as 'error', 'logfmt');
    let dir: string;
    let simulated: Simulated;
    let exporter: Exporter;
    let server: HttpServer;
    let stopping: AbortController;

    function write(yaml: string): void {
      writeFileSync(join(dir, 'mine.yaml'), `version: 1\n${yaml}`);
    }

    async function serve(port: number, web?: WebConfigFile): Promise<HttpServer> {
      stopping = new AbortController();
      const app = makeApp(exporter, { telemetryPath: '/metrics', timeoutOffset: 0.5 }, log, stopping.signal);
      return startServer(app, { host: '127.0.0.1', port }, web && { web });
    }

    /** Sets what one CPU has counted. */
    function count(symbol: string, cpu: number, value: bigint): void {
      const bytes = Buffer.alloc(8);
      bytes.writeBigUInt64LE(value);
      simulated.image.write(simulated.image.copyAddress(symbol, 0, cpu), bytes);
    }

    before(async () => {
      dir = mkdtempSync(join(tmpdir(), 'kcounter-page-'));
      write(config);
      simulated = await Simulated.open('amd64-14,cpus=8,absent=3', config);
      CPUS.forEach((cpu, index) => {
        count('dothits', cpu, 2n ** 60n + BigInt(index));
      });
      const session = sessionOn(simulated.kernel, new NamedFiles([join(dir, 'mine.yaml')], false), log);
      exporter = new Exporter(session, [], log);
      server = await serve(0);
    });
    after(async () => {
      stopping.abort();
      await server.close();
      await exporter.stop();
      await simulated.close();
      rmSync(dir, { recursive: true });
    });

    it('shows what each row is, of no other server, in few bytes and without an error', async () => {
      const { page, faults, requests, bytes } = await visit(server.url);
      await row(page, 'freebsd_negative_total').waitFor();
      assert.equal((await page.locator('.list .name').count()) > 10, true);
      assert.match(await page.locator('.simulated').innerText(), /^This kernel is simulated/);
      assert.match(await page.locator('.facts').innerText(), /14\.0-CURRENT[^]*amd64[^]*CPUs\s*8/);
      // The help is text, whatever is in it.
      assert.equal(await row(page, 'freebsd_hits_total').locator('.help').innerText(), 'Hits <b>&amp;</b> more.');
      assert.deepEqual(faults, []);
      for (const request of requests) assert.ok(request.startsWith(server.url) || request.startsWith('data:'), request);
      const size = await bytes();
      assert.ok(size > 10_000 && size < 50_000, `${size} bytes`);
    });

    it('shows of each CPU what /metrics has, with all digits', async () => {
      const { page } = await visit(server.url);
      await row(page, 'freebsd_hits_total').click();
      const lines = page.locator('.cpus tbody tr');
      await until(async () => !(await lines.first().innerText()).endsWith('–'), 'the parts come');
      const samples = await samplesOf(`${server.url}/metrics`);
      const cpus = await lines.locator('th').allInnerTexts();
      assert.deepEqual(cpus, CPUS.map(String));
      for (const [index, cpu] of cpus.entries()) {
        const shown = await digits(lines.nth(index).locator('td').last());
        assert.equal(shown, samples.get(`freebsd_hits_per_cpu_total{cpu="${cpu}"}`), `CPU ${cpu}`);
        assert.equal(shown, 2n ** 60n + BigInt(index));
      }
      const sum = samples.get('freebsd_hits_total')!;
      assert.equal(await digits(page.locator('.detail .exact')), sum);
      assert.equal(await digits(row(page, 'freebsd_hits_total').locator('.total')), sum);
      const asked = await page.locator('.query code').allInnerTexts();
      assert.deepEqual(asked.slice(0, 2), ['rate(freebsd_hits_total[5m])', 'rate(freebsd_hits_per_cpu_total[5m])']);
    });

    it('tells which CPU does the work, and shows no spike where a counter is reset', async () => {
      const { page } = await visit(`${server.url}/#open=freebsd_negative_total`);
      const shown = row(page, 'freebsd_negative_total');
      await until(async () => (await shown.locator('.rate').innerText()) === '0/s', 'it rests');
      let value = 10_000n;
      const work = setInterval(() => {
        count('numneghits', 5, (value += 100n));
      }, 20);
      try {
        await until(async () => (await shown.locator('.busiest').innerText()) === '8.0× cpu 5', 'all on CPU 5');
        assert.match(await shown.locator('.rate').innerText(), /^[\d.]+( [kMG])?\/s$/);
        assert.equal(await shown.locator('canvas[role=img]').getAttribute('aria-label'), 'most of it on CPU 5');
        const line = page.locator('.cpus tbody tr').nth(CPUS.indexOf(5));
        await until(async () => (await line.locator('.share').innerText()) === '100 %', 'all of it');
      } finally {
        clearInterval(work);
      }
      await until(async () => (await shown.locator('.rate').innerText()) === '0/s', 'it rests again');
      const rates = new Set<string>();
      count('numneghits', 5, 1n);
      await until(async () => {
        rates.add(await shown.locator('.rate').innerText());
        return (await shown.locator('.total').innerText()) !== String(value) && rates.has('–');
      }, 'a gap');
      await until(async () => rates.add(await shown.locator('.rate').innerText()).size === 2, 'and nothing else');
      assert.deepEqual([...rates].sort(), ['0/s', '–']);
    });

    it('finds rows by what is typed, and has the search in its address', async () => {
      const { page } = await visit(`${server.url}/#q=state&sort=-name`);
      await row(page, 'freebsd_states{state="k"}').waitFor();
      assert.equal((await namesOf(page)).length, 11);
      assert.equal(await page.getByRole('searchbox').inputValue(), 'state');
      assert.equal(await page.locator('th.series').getAttribute('aria-sort'), 'descending');
      await page.keyboard.press('/');
      await page.keyboard.type('numneghits NEGAT');
      await until(async () => (await namesOf(page)).length === 1, 'one row is left');
      assert.deepEqual(await namesOf(page), ['freebsd_negative_total']);
      assert.match(page.url(), /#q=numneghits\+NEGAT/);
      assert.equal(await page.locator('.found').innerText(), '1 of 14 rows');
      await page.getByRole('searchbox').fill('nothing at all');
      await page.getByText('Nothing matches the search and filters.').waitFor();
      await page.getByRole('searchbox').fill('');
      await page.getByLabel('State').selectOption('down');
      await until(async () => (await namesOf(page)).join() === 'freebsd_missing_total', 'what is down');
      await page.getByLabel('State').selectOption('all');
      await page.getByLabel('moving only').check();
      await page.getByText('Nothing matches the search and filters.').waitFor();
    });

    it('can be used by the keyboard alone', async () => {
      const { page } = await visit(server.url);
      await row(page, 'freebsd_negative_total').waitFor();
      await page.keyboard.press('/');
      await page.keyboard.type('states');
      await page.keyboard.press('ArrowDown');
      const focused = page.locator('.name:focus');
      assert.equal(await focused.innerText(), 'freebsd_states{state="a"}');
      for (const key of ['ArrowDown', 'ArrowDown', 'ArrowUp']) await page.keyboard.press(key);
      assert.equal(await focused.innerText(), 'freebsd_states{state="b"}');
      await page.keyboard.press('Enter');
      const heading = page.locator('.detail h2:focus');
      assert.equal(await heading.innerText(), 'freebsd_states{state="b"}');
      assert.match(page.url(), /open=freebsd_states%7Bstate%3D%22b%22%7D/);
      await page.keyboard.press('Escape');
      assert.equal(await page.locator('.detail').isHidden(), true);
      assert.equal(await focused.innerText(), 'freebsd_states{state="b"}');
      // One stop for all rows, so that a thousand of them are not in the way.
      assert.equal(await page.locator('.name[tabindex="0"]').count(), 1);
    });

    it('says of which file nothing is read, be it that nothing is there or that nothing is right', async () => {
      const { page, faults } = await visit(server.url);
      const notice = page.locator('section.down');
      await notice.getByText('1 symbol is optional and not in this kernel').waitFor();
      assert.equal(await notice.getByText('Nothing of').count(), 0);
      try {
        for (const [symbol, said, isFault] of [
          ['no_such_symbol', 'Nothing of mine is read: none of its symbols exists here', false],
          ['pfsyncstats', 'Nothing of mine is read: pfsyncstats: its type is ', true],
        ] as const) {
          write(`counters: [{symbol: ${symbol}, metric: x, help: H., optional: true}]`);
          assert.equal((await exporter.reload()).isGood, true);
          await notice.getByText(said).waitFor();
          assert.equal(await page.locator('section.down.is-fault').count(), isFault ? 1 : 0);
        }
        await notice.getByText('1 symbol is optional and of another form in this kernel').waitFor();
      } finally {
        write(config);
        assert.equal((await exporter.reload()).isGood, true);
      }
      await notice.getByText('Nothing of').waitFor({ state: 'detached' });
      assert.deepEqual(faults, []);
    });

    it('says which symbol is down and why, and never shows a 0 for it', async () => {
      const { page, faults } = await visit(server.url);
      const notice = page.locator('section.down');
      await notice.getByText('1 symbol is optional and not in this kernel').waitFor();
      assert.match(await notice.innerText(), /no_such_symbol\s+no loaded file has this symbol\s+since \d\d:\d\d:\d\d/);
      assert.equal(await row(page, 'freebsd_missing_total').locator('.total').innerText(), 'not read');
      const missing = row(page, 'freebsd_missing_total').locator('canvas[role=img]');
      assert.equal(await missing.getAttribute('aria-label'), 'not known');
      const pointer = simulated.image.cell('numneghits');
      simulated.image.setCell('numneghits', 0, 0n);
      try {
        await notice.getByText('1 symbol is down; 2 of 4 are read').waitFor();
        const shown = row(page, 'freebsd_negative_total');
        await until(async () => (await shown.locator('.total').innerText()) === 'not read', 'it is not read');
        assert.equal(await shown.locator('.rate').innerText(), '–');
        assert.match(await shown.locator('.help').innerText(), /^numneghits is down: .+/);
      } finally {
        simulated.image.setCell('numneghits', 0, pointer);
      }
      await notice.getByText('1 symbol is down; 2 of 4 are read').waitFor({ state: 'detached' });
      assert.deepEqual(faults, []);
    });

    it('shows the rows of a new config once that is in force', async () => {
      const { page, faults } = await visit(server.url);
      await row(page, 'freebsd_negative_total').click();
      write('prefix: bsd_\ncounters: [{symbol: dothits, metric: other_total, help: H., type: counter}]\n');
      try {
        assert.equal((await exporter.reload()).isGood, true);
        await until(async () => (await namesOf(page)).join() === 'bsd_other_total', 'the new rows');
        assert.equal(await page.locator('.detail').isHidden(), true);
        const shown = row(page, 'bsd_other_total').locator('.total');
        await until(async () => /^[\d,]+$/.test(await shown.innerText()), 'its value');
        assert.equal(await digits(shown), 8n * 2n ** 60n + 28n - 2n ** 63n + 2n ** 63n);
      } finally {
        write(config);
        assert.equal((await exporter.reload()).isGood, true);
      }
      await row(page, 'freebsd_negative_total').waitFor();
      assert.deepEqual(faults, []);
    });

    it('has the frame of the other page at /symbols, with links that hold behind a path', async () => {
      const { page, faults } = await visit(`${server.url}/symbols`);
      await page.locator('main').getByText('no_such_symbol').waitFor();
      assert.match(await page.locator('header .simulated').innerText(), /^This kernel is simulated/);
      await page.getByRole('link', { name: 'counters' }).click();
      await row(page, 'freebsd_negative_total').waitFor();
      assert.equal(await page.locator('header .simulated').count(), 1, 'within a landmark');
      assert.deepEqual(faults, []);
    });

    it('fits a phone, with and without details', async () => {
      const { page } = await visit(server.url, {
        viewport: { width: 360, height: 740 },
        isMobile: true,
        hasTouch: true,
      });
      const width = (): Promise<unknown> => page.evaluate('document.documentElement.scrollWidth');
      await row(page, 'freebsd_negative_total').waitFor();
      assert.equal(await width(), 360);
      await row(page, 'freebsd_hits_total').tap();
      await page.locator('.cpus tbody tr').first().waitFor();
      assert.equal(await width(), 360);
      assert.equal(await page.evaluate('document.querySelector(".detail").scrollWidth'), 360);
      await page.getByLabel('Close details').tap();
      assert.equal(await page.locator('.detail').isHidden(), true);
    });

    it('says since when its values are old while the exporter is away, and goes on when it is back', async () => {
      const { page } = await visit(server.url);
      const shown = row(page, 'freebsd_hits_total').locator('.total');
      await until(async () => /^[\d,]+$/.test(await shown.innerText()), 'its value');
      const port = Number(new URL(server.url).port);
      stopping.abort();
      await server.close();
      const notice = page.locator('.stale');
      await notice.waitFor();
      assert.match(
        await notice.innerText(),
        /^Old values, read at \d\d:\d\d:\d\d \(\d+ s ago\) – the connection .* is lost$/,
      );
      assert.equal(await page.locator('html.is-stale').count(), 1);
      server = await serve(port);
      await notice.waitFor({ state: 'hidden' });
      assert.equal(await page.locator('html.is-stale').count(), 0);
    });

    it('works behind a password and with the headers of a web config', async () => {
      const file = join(dir, 'web.yml');
      const headers = '{X-Frame-Options: sameorigin, Strict-Transport-Security: "max-age=1"}';
      const users = `{alice: '${hashSync('right', 4)}'}`;
      writeFileSync(file, `basic_auth_users: ${users}\nhttp_server_config: {headers: ${headers}}\n`);
      const first = server;
      const before = stopping;
      const guarded = await serve(
        0,
        new WebConfigFile(file, (error) => {
          throw error ?? new Error('nobody changed it');
        }),
      );
      try {
        assert.equal((await fetch(`${guarded.url}/-/live`)).status, 401);
        assert.equal((await fetch(`${guarded.url}/-/page.js`)).status, 401);
        const { page, faults } = await visit(guarded.url, {
          httpCredentials: { username: 'alice', password: 'right' },
        });
        const shown = row(page, 'freebsd_hits_total').locator('.total');
        await until(async () => /^[\d,]+$/.test(await shown.innerText()), 'the stream came');
        assert.deepEqual(
          faults.filter((fault) => !fault.includes('401')),
          [],
        );
      } finally {
        stopping.abort();
        await guarded.close();
        stopping = before;
        server = first;
      }
    });
  });

  describe('of a kernel at work', () => {
    describe('that is sampled each second', () => {
      let dir: string;
      let exporter: RunningExporter;
      let url: string;

      before(async () => {
        dir = mkdtempSync(join(tmpdir(), 'kcounter-page-'));
        const file = join(dir, 'config.yaml');
        writeFileSync(file, 'version: 1\nactivity: {interval: 1s, window: 4s}\npacks: [tcp, vm]\n');
        exporter = await RunningExporter.start('--simulate=amd64-14,cpus=64', `--config.file=${file}`);
        url = new URL('/', exporter.url).href;
        // A window, and some of the past that pages open with.
        await sleep(6000);
      });
      after(async () => {
        await exporter.stop();
        rmSync(dir, { recursive: true });
      });

      it('opens with a past, in which rates are sorted at once, and looks back as far as is wanted', async () => {
        const { page, faults, requests } = await visit(`${url}#sort=rate&min=1`);
        // The first order that is shown is that of rates, in which no bytes are among the events.
        await until(async () => /_(packets|segments)_total/.test((await namesOf(page))[0] ?? ''), 'the rates sort');
        assert.ok(requests.some((request) => request.includes('/-/live?seconds=120&points=240')));
        assert.ok(!requests.some((request) => request.includes('/-/history')), 'the past comes with the stream');
        const answered = page.waitForResponse((response) => response.url().includes('seconds=1800'));
        await page.getByLabel('Last').selectOption('15');
        assert.match(page.url(), /min=15/);
        assert.equal((await answered).headers()['cache-control'], 'no-store, no-transform');
        await row(page, (await namesOf(page))[0]!).click();
        await page.locator('.detail').getByText('15 min ago').waitFor();
        assert.match(
          (await page.locator('.detail .plot').getAttribute('aria-label')) ?? '',
          /^Trend: between 0( \w+)?\/s and /,
        );
        assert.deepEqual(faults, []);
      });

      it('shows what went wrong, and which CPUs are hot, and what is unusual on one of them', async () => {
        const { page, faults } = await visit(url);
        const overview = page.getByRole('region', { name: 'Overview' });
        await overview.getByRole('link', { name: 'freebsd_tcp_retransmitted_segments_total' }).waitFor();
        await until(
          async () => (await overview.locator('.wide .said').innerText()).includes('rows unusual on CPU'),
          'hot CPUs',
        );
        await overview.getByText(/^known of \d+ s of the last 5 min only/).waitFor();
        const cells = overview.locator('.cell');
        assert.equal(await cells.count(), 64);
        const cell = overview.locator('.cell.is-hot').first();
        // Rates come once the page has asked for those of the row.
        await until(
          async () =>
            /^CPU \d+: [\d.]+( k)? interrupts\/s, \d+ rows? unusual$/.test(
              (await cell.getAttribute('aria-label')) ?? '',
            ),
          'what a hot CPU does',
        );
        const id = await cell.innerText();
        await cell.click();
        await until(async () => /^\d+ of \d+ rows$/.test(await page.locator('.found').innerText()), 'fewer rows');
        assert.match(page.url(), new RegExp(`cpu=${id}(&|$)`));
        assert.equal(await cell.getAttribute('aria-pressed'), 'true');
        await page.getByRole('button', { name: `unusual on CPU ${id} ×` }).click();
        await until(async () => /^\d+ rows$/.test(await page.locator('.found').innerText()), 'all rows');
        // By the keyboard: one stop for all CPUs.
        await cells.first().focus();
        assert.equal(await overview.locator('.cell[tabindex="0"]').count(), 1);
        await overview.locator('.cell[tabindex="0"]').focus();
        await page.keyboard.press('Home');
        await page.keyboard.press('ArrowRight');
        assert.match((await page.locator('.cell:focus').getAttribute('aria-label')) ?? '', /^CPU 1: /);
        await overview.getByLabel('by').selectOption({ label: 'faults' });
        assert.match(page.url(), /heat=freebsd_vm_faults_total/);
        assert.deepEqual(faults, []);
      });

      it('draws what each CPU did while the details are open, and says what it is', async () => {
        const { page, faults } = await visit(`${url}#open=freebsd_vm_context_switches_total`);
        const map = page.locator('.detail .map');
        const label = async (): Promise<string> => (await map.getAttribute('aria-label')) ?? '';
        const told = /^CPUs over time: most CPU \d+, [\d:]+: [\d,.]+( [kM])?\/s; known of ([3-9]|\d\d) s$/;
        await until(async () => told.test(await label()), 'some reads');
        assert.equal(await map.getAttribute('height'), '64');
        await map.scrollIntoViewIfNeeded();
        const { x, y, width, height } = (await map.boundingBox())!;
        const readout = page.locator('.detail .readout');
        await page.mouse.move(x + width - 3, y + height - 1);
        await until(async () => /^CPU 63, [\d:]+: [\d,.]+( [kM])?\/s$/.test(await readout.innerText()), 'the newest');
        await page.mouse.move(x + 2, y + 1);
        await until(async () => /^CPU 0, 11\d s ago: not known$/.test(await readout.innerText()), 'before it was open');
        // What is known is drawn, and nothing else.
        const alphas = await page.evaluate<number[][]>(`(() => {
          const canvas = document.querySelector('.detail .map');
          const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
          return [0, canvas.width - 1].map((x) =>
            Array.from({ length: canvas.height }, (_, y) => data[4 * (y * canvas.width + x) + 3]));
        })()`);
        const drawn = alphas.map((column) => [...new Set(column)]);
        assert.deepEqual(drawn, [[0], [255]]);
        assert.deepEqual(faults, []);
      });

      it('has a chip for each pack, and the rows of each below its name', async () => {
        const { page, faults } = await visit(url);
        const chips = page.getByRole('group', { name: 'Packs' });
        await until(async () => (await namesOf(page)).length > 10, 'rows');
        const [tcp, vm] = await chips.getByRole('button').allInnerTexts();
        assert.match(`${tcp} ${vm}`, /^tcp \d+ vm \d+$/);
        const headings = page.locator('.list tr.group');
        assert.equal(await headings.first().locator('th').innerText(), `${tcp!} rows`);
        await chips.getByRole('button', { name: 'vm' }).click();
        await until(async () => (await namesOf(page))[0]?.startsWith('freebsd_vm_') === true, 'rows of vm');
        assert.match(page.url(), /pack=vm(&|$)/);
        assert.equal(await chips.getByRole('button', { name: 'vm' }).getAttribute('aria-pressed'), 'true');
        assert.equal(await headings.count(), 0, 'one group needs no name');
        await chips.getByRole('button', { name: 'tcp' }).click();
        await headings.first().waitFor();
        await chips.getByRole('button', { name: 'all packs' }).click();
        await until(async () => /^\d+ rows$/.test(await page.locator('.found').innerText()), 'all rows');
        assert.equal(new URL(page.url()).hash, '');
        // To the end of the rows by the keyboard, over the headings.
        await page.getByRole('searchbox').press('ArrowDown');
        const focused = page.locator('.name:focus');
        for (let pressed = 0; !(await focused.innerText()).startsWith('freebsd_vm_') && pressed < 40; pressed++)
          await page.keyboard.press('PageDown');
        assert.match(await focused.innerText(), /^freebsd_vm_/);
        await page.getByRole('button', { name: 'Value' }).click();
        await headings.first().waitFor({ state: 'detached' });
        const values = await page.locator('.list .total .now').allInnerTexts();
        const numbers = values.slice(0, 5).map((text) => Number(text.replaceAll(',', '')));
        assert.deepEqual(
          numbers,
          [...numbers].sort((a, b) => b - a),
        );
        assert.match(page.url(), /sort=value/);
        assert.deepEqual(faults, []);
      });

      it('shows which alerts look at a row, when they fire and what to do then', async () => {
        const { page, faults } = await visit(`${url}#q=FreeBSDPageFaultStorm`);
        const name = 'freebsd_vm_faults_total';
        await until(async () => (await namesOf(page)).join() === name, 'the row by its alert');
        const mark = row(page, name).locator('.alert');
        assert.equal(await mark.innerText(), 'FreeBSDPageFaultStorm');
        const condition = /rate\(freebsd_vm_faults_total\[5m\]\) \/ \(kcounter_exporter_cpus > 0\) > \d+ for 10m/;
        assert.match((await mark.getAttribute('title')) ?? '', condition);
        await row(page, name).click();
        const told = page.getByRole('region', { name: 'Alerts' });
        await until(async () => condition.test(await told.innerText()), 'its condition');
        assert.match(await told.innerText(), /FreeBSDPageFaultStorm warning[^]*On the host: vmstat -s/);
        await page.getByRole('searchbox').fill('freebsd_vm_forks_total');
        await row(page, 'freebsd_vm_forks_total').click();
        await until(() => told.isHidden(), 'no alert looks at it');
        assert.equal(await row(page, 'freebsd_vm_forks_total').locator('.alert').isHidden(), true);
        assert.deepEqual(faults, []);
      });

      it('stands still where that is wanted, and compares with what was marked', async () => {
        const { page, faults } = await visit(`${url}#q=context_switches`);
        const shown = row(page, 'freebsd_vm_context_switches_total');
        await until(async () => /^[\d.]+( [kMG])?\/s$/.test(await shown.locator('.rate .now').innerText()), 'it moves');
        await page.getByRole('button', { name: 'Pause' }).click();
        await page.getByText(/^Paused: all values are those of \d\d:\d\d:\d\d\.$/).waitFor();
        const stood = await shown.locator('.total').innerText();
        await sleep(2500);
        assert.equal(await shown.locator('.total').innerText(), stood);
        assert.equal(await page.locator('.stale').isHidden(), true, 'they are not old against the wish of anybody');
        await page.getByRole('button', { name: /^Mark/ }).click();
        await page.locator('.controls').getByRole('button', { name: 'Go on' }).click();
        await until(async () => /^\+[\d,]+$/.test(await shown.locator('.total .since').innerText()), 'the change');
        assert.match(await shown.locator('.rate .since').innerText(), /^was [\d.]+( [kMG])?\/s$/);
        const [now, since] = [
          await shown.locator('.total .now').innerText(),
          await shown.locator('.total .since').innerText(),
        ];
        const numberOf = (text: string): number => Number(text.replaceAll(/[+,]/g, ''));
        // A tick may come between the two.
        const moved = numberOf(now) - numberOf(stood) - numberOf(since);
        assert.ok(Math.abs(moved) <= numberOf(since), `${stood} ${now} ${since}`);
        await page.getByRole('button', { name: /^Marked/ }).click();
        assert.equal(await shown.locator('.total .since').isHidden(), true);
        assert.deepEqual(faults, []);
      });
    });

    it('moves, and what it shows lies between two scrapes', async () => {
      const exporter = await RunningExporter.start('--simulate');
      try {
        const { page, faults } = await visit(new URL('/', exporter.url).href);
        const name = 'freebsd_vm_context_switches_total';
        await page.getByRole('searchbox').fill(name);
        const shown = row(page, name);
        await until(async () => /^[\d.]+( [kMG])?\/s$/.test(await shown.locator('.rate').innerText()), 'it moves');
        await shown.click();
        const cpus = page.locator('.cpus tbody tr');
        await until(async () => /^\d/.test(await cpus.last().locator('.share').innerText()), 'the CPUs move');
        const valueOf = async (): Promise<bigint> => (await samplesOf(exporter.url)).get(name)!;
        const before = await valueOf();
        await until(async () => (await digits(shown.locator('.total'))) >= before, 'a later value');
        // One moment of the page, so that a tick in between does not matter.
        const text = await page.evaluate(
          '[...document.querySelectorAll(".detail .exact, .cpus tbody td:last-child")].map((cell) => cell.textContent)',
        );
        const after = await valueOf();
        const [sum, ...parts] = (text as string[]).map((value) => BigInt(value.replaceAll(',', '')));
        assert.ok(before <= sum! && sum! <= after, `${before} <= ${sum} <= ${after}`);
        assert.equal(parts.length, 8);
        assert.equal(
          parts.reduce((all, part) => all + part, 0n),
          sum,
        );
        assert.deepEqual(faults, []);
      } finally {
        assert.equal(await exporter.stop(), 0);
      }
    });

    it('holds a thousand counters of 256 CPUs, of which only those in view are in the document', async () => {
      const exporter = await RunningExporter.start('--simulate=amd64-14,cpus=256,counters=1000');
      try {
        const { page, faults } = await visit(`${new URL('/', exporter.url).href}#sort=rate`);
        await until(async () => /^\d.*\/s$/.test(await page.locator('tr .rate').nth(1).innerText()), 'it moves');
        const found = await page.locator('.found').innerText();
        assert.match(found, /^1,[1-9]\d\d rows$/);
        // The head is a row, too.
        const indexed = String(1 + Number(found.replaceAll(/\D/g, '')));
        const rows = page.locator('.list tbody tr:not(.spacer)');
        const count = await rows.count();
        assert.ok(count > 10 && count < 60, `${count} rows`);
        await page.evaluate('scrollTo({ top: document.documentElement.scrollHeight })');
        const last = page.locator(`tr[aria-rowindex="${indexed}"]`);
        await last.waitFor();
        assert.equal(await page.locator('.list table').getAttribute('aria-rowcount'), indexed);
        assert.deepEqual(faults, []);
        // The exporter ends though a page looks.
        assert.equal(await exporter.stop(), 0);
        await page.locator('.stale').waitFor();
      } finally {
        await exporter.stop();
      }
    });
  });
});
