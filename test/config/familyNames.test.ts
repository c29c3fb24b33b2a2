/** Metric names across explicit and typed entries, as a plan takes them. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FamilyNames, type WantedFamily } from '../../src/config/familyNames.js';
import { loadConfig } from '../../src/config/load.js';
import { isTyped, type TypedEntry } from '../../src/config/model.js';
import type { Location } from '../../src/yaml/location.js';
import { write } from './files.js';

const file = write(`version: 1
counters:
  - {symbol: explicit, metric: e, help: h}
  - {symbol: summed, metric: s, help: h, cpu: sum}
  - {symbol: t, struct: t, members: [a_one, "a_*", {name: a_two, metric: two_total}]}
  - {symbol: alone, metric: alone}
`);
const config = loadConfig([file]);
const [t, alone] = config.entries.filter(isTyped) as [TypedEntry, TypedEntry];
const [one, glob, two] = t.members!.map(({ at }) => at) as [Location, Location, Location];
const wanted = (metric: string, at: Location, more: Partial<WantedFamily> = {}): WantedFamily => ({
  metric,
  help: 'h',
  type: metric.endsWith('_total') ? 'counter' : 'gauge',
  cpu: 'both',
  at,
  ...more,
});

function problem(names: FamilyNames, family: WantedFamily): string {
  const taken = names.takeFamily(family);
  return typeof taken === 'string' ? taken : assert.fail('the name is free');
}

describe('the names of a config', () => {
  it('are given to those for whom they were reserved, once', () => {
    const names = FamilyNames.of(config);
    assert.deepEqual(names.takeFamily(wanted('t_one_total', one)), {
      name: 'freebsd_t_one_total',
      perCpuName: 'freebsd_t_one_per_cpu_total',
      help: 'h',
      type: 'counter',
      cpu: 'both',
    });
    assert.equal(
      names.takeFamily(wanted('t_one_total', one)),
      `found the metric \`freebsd_t_one_total\` a second time, expected another name than at ${file}:5:38`,
    );
    assert.equal(typeof names.takeFamily(wanted('two_total', two)), 'object');
    assert.equal(typeof names.takeFamily(wanted('alone', alone.at)), 'object');
  });

  it('are not given to others', () => {
    const names = FamilyNames.of(config);
    const taken: [metric: string, place: string][] = [
      ['e', '3:5'],
      ['e_per_cpu', '3:5'],
      ['s', '4:5'],
      ['t_one_total', '5:38'],
      ['two_total', '5:52'],
      ['alone', '6:5'],
    ];
    for (const [metric, place] of taken) {
      assert.equal(
        names.takeFamily(wanted(metric, glob, { cpu: 'sum' })),
        `found the metric \`freebsd_${metric}\` a second time, expected another name than at ${file}:${place}`,
      );
    }
    assert.equal(typeof names.takeFamily(wanted('s_per_cpu', glob, { cpu: 'sum' })), 'object', 'is free');
    assert.match(problem(names, wanted('two', glob)), /beside `freebsd_two_total`/);
  });

  it('are all there again for the next plan, and what was refused took nothing', () => {
    const names = FamilyNames.of(config);
    assert.equal(typeof names.takeFamily(wanted('n', glob)), 'object');
    assert.equal(typeof names.takeFamily(wanted('n', glob)), 'string');
    assert.equal(typeof FamilyNames.of(config).takeFamily(wanted('n', glob)), 'object');
    // `x` is free, but its parts' name is not.
    assert.equal(typeof names.takeFamily(wanted('x_per_cpu', glob, { cpu: 'sum' })), 'object');
    assert.equal(typeof names.takeFamily(wanted('x', glob)), 'string');
    assert.equal(typeof names.takeFamily(wanted('x', glob, { cpu: 'sum' })), 'object');
  });

  it('follow every rule', () => {
    const names = FamilyNames.of(config);
    assert.match(problem(names, wanted('x', glob, { type: 'counter' })), /expected a counter's name to end/);
    assert.match(problem(names, wanted('x_sum', glob)), /expected another ending/);
    assert.match(problem(names, wanted('x*', glob)), /expected ASCII letters/);
    assert.match(problem(names, wanted('x', glob, { help: '' })), /found an empty text/);
  });
});
