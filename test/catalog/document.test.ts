/** Covers: document.ts, and docs/metrics.md as it is checked in. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { allMetrics, makeCatalog } from '../../src/catalog/catalog.js';
import { METRICS_DOCUMENT, metricsDocument } from '../../src/catalog/document.js';

describe('docs/metrics.md', () => {
  const text = readFileSync(METRICS_DOCUMENT, 'utf8');

  it('is what packs, layouts and code give (else: npm run metrics)', async () => {
    assert.equal(text, metricsDocument(await makeCatalog()));
  });

  it('has a row for each metric, with as many cells as its table has columns', async () => {
    const rows = text.split('\n').filter((line) => line.startsWith('| `'));
    assert.equal(rows.length, allMetrics(await makeCatalog()).length);
    for (const row of rows) assert.ok([4, 7].includes(row.split(/(?<!\\)\|/).length - 1), row);
  });

  it('links to headings that are there', () => {
    const headings = new Set(
      [...text.matchAll(/^## (.*)$/gm)].map(([, head]) => head!.toLowerCase().replaceAll(' ', '-')),
    );
    const links = [...text.matchAll(/\]\(#([^)]*)\)/g)].map(([, link]) => link!);
    assert.ok(links.length > 30);
    assert.deepEqual(
      links.filter((link) => !headings.has(link)),
      [],
    );
  });
});
