/** Each pack has an alert that looks at it, or README.md says why not. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { makeCatalog } from '../../../src/catalog/catalog.js';
import { prometheusFolder, rulesOf } from './ruleFiles.js';
import { askedBy } from './selectors.js';

describe('the packs and the alerts', async () => {
  const { packs } = await makeCatalog();
  const asked = new Set(
    rulesOf('alerts.rules.yml').flatMap(({ expr }) => askedBy(expr).selectors.map(({ metric }) => metric)),
  );
  /** But for packs that only publish those of others. */
  const without = packs
    .filter(({ metrics }) => metrics.length > 0)
    .filter(({ metrics }) => !metrics.some(({ name, further }) => [name, ...further].some((one) => asked.has(one))))
    .map(({ name }) => name);

  it('leave none of the packs unseen, but for those of which README.md tells why', () => {
    const readme = readFileSync(join(prometheusFolder, 'README.md'), 'utf8');
    const [, list = ''] = /^Two packs have no alert:\n\n((?:[- ] .*\n)+)/m.exec(readme) ?? [];
    const explained = [...list.matchAll(/^- `(\w+)`: \w/gm)].map(([, name]) => name);
    assert.deepEqual(explained, without);
    assert.equal(explained.length, 2);
  });
});
