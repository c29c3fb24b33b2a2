/** The list `interrupts`: what its entries become, and what is said of bad ones. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { errorsOf, loadTyped } from '../files.js';

const HEAD = 'version: 1\n';

describe('an entry of interrupts', () => {
  it('counts all interrupts, or those that no handler owned up to, by the table', () => {
    for (const [written, value] of [
      ['metric: i_total', 'count'],
      ['metric: i_total, value: count', 'count'],
      ['metric: i_total, value: stray', 'stray'],
    ] as const) {
      const [entry] = loadTyped(`${HEAD}interrupts: [{${written}, cpu: sum, help: H., labels: {a: b}}]`);
      assert.deepEqual(
        [entry!.kind, entry!.symbol, entry!.type, entry!.cpu, entry!.interrupts, entry!.optional, entry!.help],
        ['interrupts', 'intrcnt', 'counter', 'sum', value, false, 'H.'],
      );
    }
  });

  it('tells CPUs by the sources, which only one architecture has', () => {
    const [entry] = loadTyped(`${HEAD}interrupts: [{metric: c, value: cpu}]`);
    assert.deepEqual(
      [entry!.symbol, entry!.type, entry!.interrupts, entry!.optional],
      ['interrupt_sources', 'gauge', 'cpu', true],
    );
  });

  it('has a metric that fits its type, and no label of its own that every interrupt has', () => {
    for (const [entry, error] of [
      ['help: H.', 'a.yaml:2:14: interrupts[0].metric: is missing, expected text'],
      ['metric: x_total, symbol: x', 'a.yaml:2:32: interrupts[0].symbol: unknown key'],
      ['metric: x_total, type: counter', 'a.yaml:2:32: interrupts[0].type: unknown key'],
      [
        'metric: x_total, value: all',
        'a.yaml:2:39: interrupts[0].value: found the text `all`, expected `count`, `stray` or `cpu`',
      ],
      [
        'metric: x',
        "a.yaml:2:23: interrupts[0].metric: found the text `x`, expected a counter's name to end in `_total`",
      ],
      [
        'metric: x_total, labels: {device: a}',
        'a.yaml:2:49: interrupts[0].labels.device: found the label `device`, which every interrupt has of its own, expected another label',
      ],
    ] as const) {
      assert.deepEqual(errorsOf(`${HEAD}interrupts: [{${entry}}]`), [error], entry);
    }
  });
});
