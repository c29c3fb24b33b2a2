/** The list `values`: what its entries become, and what is said of bad ones; and `vnet: all`, of entries of every kind. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isTyped } from '../../../src/config/model.js';
import { loadConfig } from '../../../src/config/load.js';
import { errorsOf, loadTyped, write } from '../files.js';

const HEAD = 'version: 1\n';

describe('an entry of values', () => {
  it('goes by the types of the kernel, and has no list of its own', () => {
    const [plain, array] = loadTyped(
      `${HEAD}values:\n  - {symbol: a, metric: m, help: H.}\n  - symbol: b\n    struct: s\n    members: [{name: c, label: cpu, type: counter}, {name: d, plus: e}]\n`,
    );
    assert.deepEqual([plain!.kind, plain!.metric, plain!.type, plain!.list], ['values', 'm', 'gauge', undefined]);
    const [byCpu, sum] = array!.members!;
    assert.deepEqual([array!.struct, byCpu!.label, byCpu!.type, sum!.plus], ['s', 'cpu', 'counter', 'e']);
  });

  it('has no key of the other kinds, and no place by offset', () => {
    for (const [rest, ...errors] of [
      ['link: a', 'a.yaml:2:22: values[0].link: unknown key'],
      ['keys: {a: b}', 'a.yaml:2:22: values[0].keys: unknown key'],
      ['format: u64', 'a.yaml:2:22: values[0].format: unknown key'],
      ['fields: [a]', 'a.yaml:2:22: values[0].fields: unknown key'],
      ['members: []', 'a.yaml:2:31: values[0].members: found an empty list, expected at least one item'],
      [
        'metric: m, type: counter',
        "a.yaml:2:30: values[0].metric: found the text `m`, expected a counter's name to end in `_total`",
      ],
      ['vnet: both', 'a.yaml:2:28: values[0].vnet: found the text `both`, expected `own` or `all`'],
    ] as const) {
      assert.deepEqual(errorsOf(`${HEAD}values: [{symbol: s, ${rest}}]`), errors, rest);
    }
  });
});

describe('vnet: all', () => {
  const metric = 'metric: m, help: h';
  const jail =
    'found the label `jail`, which tells the jail where the entry is about all vnets, expected another label';

  it('is of counters, zpcpu, lists and values, in either form', () => {
    const config = loadConfig([
      write(`${HEAD}
counters:
  - {symbol: a, vnet: all, metric: a, help: h}
  - {symbol: b, vnet: all, struct: b}
zpcpu: [{symbol: c, vnet: all, size: 8, fields: [{offset: 0, format: u64, metric: c, help: h}]}]
list: [{symbol: d, vnet: all}]
values: [{symbol: e, vnet: all}, {symbol: f, vnet: own}]
`),
    ]);
    assert.deepEqual(
      config.entries.map((entry) => [entry.symbol, isTyped(entry), entry.inAllVnets]),
      [
        ['a', false, true],
        ['b', true, true],
        ['c', false, true],
        ['d', true, true],
        ['e', true, true],
        ['f', true, undefined],
      ],
    );
    assert.deepEqual(errorsOf(`${HEAD}dpcpu: [{symbol: s, vnet: all, fields: [a]}]`), [
      'a.yaml:2:21: dpcpu[0].vnet: unknown key, did you mean `unit`?',
    ]);
    assert.deepEqual(errorsOf(`${HEAD}pcpu: [{vnet: all, fields: [a]}]`), [
      'a.yaml:2:9: pcpu[0].vnet: unknown key, did you mean `unit`?',
    ]);
  });

  it('has no label beside it that tells the jail, wherever that is', () => {
    for (const [kind, rest] of [
      ['counters', `${metric}, labels: {jail: a}`],
      ['counters', `${metric}, length: 3, label: jail`],
      ['counters', `members: [{index: 0, ${metric}, labels: {jail: a}}]`],
      ['counters', 'members: [{name: a, label: jail}]'],
      ['counters', 'members: [{name: a, labels: {jail: a}}]'],
      ['zpcpu', `size: 8, fields: [{offset: 0, format: u64, ${metric}, labels: {jail: a}}]`],
      ['values', 'labels: {jail: a}'],
      ['values', 'members: [{name: a, label: jail}]'],
    ] as const) {
      const [error, ...others] = errorsOf(`${HEAD}${kind}: [{symbol: s, vnet: all, ${rest}}]`);
      assert.deepEqual([error!.replace(/^a\.yaml:2:\d+: /, ''), others], [`${kind}[0]: ${jail}`, []], rest);
    }
  });

  it('is told apart by no label where only the own vnet is meant', () => {
    assert.equal(loadTyped(`${HEAD}values: [{symbol: s, labels: {jail: a}}]`)[0]!.labels.length, 1);
  });
});
