/** Covers: config/packs/ and catalog.ts, packs.ts, own.ts: what each simulated kernel publishes of all packs together. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { allMetrics, makeCatalog } from '../../src/catalog/catalog.js';
import { profileNames } from '../../src/simulator/spec.js';
import { write } from '../config/files.js';
import { parseSamples } from '../support/exposition.js';
import { printed, withSession } from '../support/opened.js';
import { skipUnless } from '../support/programs.js';
import { familiesIn } from './families.js';

const catalog = await makeCatalog();
const metrics = new Map(allMetrics(catalog).map((metric) => [metric.name, metric]));
/** What else they are published as, of which the CPUs' parts are asked for here. */
const byFurther = new Map(allMetrics(catalog).flatMap((metric) => metric.further.map((name) => [name, metric])));

describe('all packs together', () => {
  for (const profile of profileNames) {
    it(`are served without an offset in any config, as the catalog has them, and nothing that must be there is down: ${profile}`, async (t) => {
      const config = write(
        `version: 1\npacks: [${catalog.packs.map(({ name }) => `{pack: ${name}, cpu: both}`).join(', ')}]\n`,
      );
      const [document, log] = await withSession(`${profile},cpus=2`, [config], async (session, lines) => [
        await printed(session),
        lines.join(''),
      ]);
      assert.ok(parseSamples(document).size > 3000);
      assert.match(log, /reader chosen/);
      assert.doesNotMatch(log, /symbol cannot be read/);
      const down = [...document.matchAll(/^kcounter_exporter_symbol_up\{symbol="(\w+)",optional="false"\} 0$/gm)];
      assert.deepEqual(
        down.map(([, symbol]) => symbol),
        [],
      );
      assertInCatalog(document, profile === 'amd64-12' ? 350 : 400);
      await t.test('and promtool has nothing against them', { skip: skipUnless('promtool') }, () => {
        const options = { input: document, encoding: 'utf8', maxBuffer: 1 << 26 } as const;
        assert.equal(execFileSync('promtool', ['check', 'metrics'], options), '');
      });
    });
  }
});

/** @param least so many metrics there are at least, but for the CPUs' parts */
function assertInCatalog(document: string, least: number): void {
  const families = [...familiesIn(document)];
  const sums = families.filter(([name]) => !byFurther.has(name));
  assert.ok(sums.length > least && sums.length < families.length, `${sums.length} of ${families.length}`);
  for (const [name, { help, type }] of sums) {
    const metric = metrics.get(name);
    assert.ok(metric, name);
    assert.deepEqual({ help: metric.help, type: metric.type }, { help, type }, name);
  }
  for (const [, name, labels] of document.matchAll(/^(freebsd_\w+)\{(.*)\} /gm)) {
    const used = [...labels!.matchAll(/(\w+)="/g)].map(([, label]) => label!);
    const further = byFurther.get(name!);
    // The pack jails has all vnets read.
    const known = [
      ...(metrics.get(name!) ?? further!).labels,
      'jail',
      'jid',
      ...(further === undefined ? [] : ['cpu']),
    ];
    assert.deepEqual(
      used.filter((label) => !known.includes(label)),
      [],
      name,
    );
  }
}
