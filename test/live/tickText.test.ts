/** Covers: tickText.ts, layoutText.ts, snapshotCopy.ts. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { layoutText } from '../../src/live/layoutText.js';
import type { LayoutMessage } from '../../src/live/messages.js';
import { copySnapshot } from '../../src/live/snapshotCopy.js';
import { partsOf, skewsText, sumsText } from '../../src/live/tickText.js';
import { itemStates, type ItemState } from '../../src/snapshots/itemStates.js';
import type { Snapshot } from '../../src/snapshots/snapshot.js';
import { reportOf, snapshotOf } from '../support/entries.js';
import { liveLayout } from '../support/live.js';

/** A snapshot of rows that each have their own item; sums are made of the parts. */
function snapshotWith(
  rows: readonly (readonly bigint[] | ItemState)[],
  type: 'counter' | 'gauge' = 'counter',
  layout = liveLayout(rows.length, 4, type),
  generation = 1,
): Snapshot {
  // What a row holds that was not read means nothing.
  const values = rows.flatMap((parts) =>
    typeof parts === 'string' ? [99n, 99n, 99n, 99n, 99n] : [parts.reduce((sum, part) => sum + part, 0n), ...parts],
  );
  const states = rows.map((parts) => itemStates.indexOf(typeof parts === 'string' ? parts : 'ok'));
  return snapshotOf(layout, values, states, reportOf({ generation }));
}

describe('the text of a tick', () => {
  it('has every sum with all its digits, and in place of one that was not read the reason', () => {
    const snapshot = snapshotWith([
      [2n ** 64n - 4n, 1n, 1n, 1n],
      [0n, 0n, 0n, 0n],
      'null',
      [2n ** 53n, 1n, 0n, 0n],
      'copies-unreadable',
    ]);
    assert.equal(sumsText(snapshot), '18446744073709551615 0 null 9007199254740993 copies-unreadable');
  });

  it('has the parts of those rows that were asked for and read, negative ones of gauges, too', () => {
    const snapshot = snapshotWith([[1n, 2n, 3n, 4n], [-5n, 2n ** 62n, 0n, 1n], 'null'], 'gauge');
    assert.deepEqual(partsOf(snapshot, [1, 2, 77]), { 1: '-5 4611686018427387904 0 1' });
    assert.deepEqual(partsOf(snapshot, []), {});
  });

  it('tells how much more the busiest CPU did than the average one', () => {
    const before = snapshotWith([
      [0n, 0n, 0n, 0n],
      [5n, 5n, 5n, 5n],
      [2n ** 32n - 1n, 7n, 0n, 0n],
    ]);
    const now = snapshotWith(
      [
        [400n, 0n, 0n, 0n],
        [105n, 105n, 105n, 105n],
        [2n ** 32n + 99n, 107n, 0n, 0n],
      ],
      'counter',
      before.layout,
    );
    assert.equal(skewsText(before, now), '4.00 1.00 2.00');
  });

  it('tells nothing where nothing moved, where it may be chance, or where it is not known', () => {
    const before = snapshotWith([[1n, 1n, 1n, 1n], [0n, 0n, 0n, 0n], [0n, 0n, 0n, 100n], 'null', [0n, 0n, 0n, 0n]]);
    const now = snapshotWith(
      [[1n, 1n, 1n, 1n], [2n, 0n, 0n, 0n], [900n, 0n, 0n, 99n], [9n, 9n, 9n, 9n], 'null'],
      'counter',
      before.layout,
    );
    assert.equal(skewsText(before, now), '- - - - -');
    assert.equal(skewsText(undefined, now), '- - - - -');
    const other = snapshotWith([[0n, 0n, 0n, 0n]]);
    assert.equal(skewsText(other, snapshotWith([[100n, 0n, 0n, 0n]])), '-', 'another layout');
    const again = snapshotWith([[100n, 0n, 0n, 0n]], 'counter', other.layout, 2);
    assert.equal(skewsText(other, again), '-', 'the counters of another load of a module');
  });

  it('tells nothing where less than an event a second moved, which is a KiB where bytes are counted', () => {
    const still = [0n, 0n, 0n, 0n];
    const rows = [
      [39n, 0n, 0n, 0n],
      [41n, 0n, 0n, 0n],
    ];
    const layout = liveLayout(2, 4);
    const after = (seconds: number, now: Snapshot): Snapshot => ({
      ...now,
      report: reportOf({ clock: 1000 * seconds }),
    });
    const before = after(0, snapshotWith([still, still], 'counter', layout));
    assert.equal(skewsText(before, after(40, snapshotWith(rows, 'counter', layout))), '- 4.00');
    const families = layout.families.map((one) => ({ ...one, family: { ...one.family, unit: 'bytes' } }));
    const bytes = { ...layout, families };
    const kibibytes = rows.map((parts) => parts.map((part) => 1024n * part));
    for (const [values, text] of [
      [rows, '- -'],
      [kibibytes, '- 4.00'],
    ] as const) {
      const was = after(0, snapshotWith([still, still], 'counter', bytes));
      assert.equal(skewsText(was, after(40, snapshotWith(values, 'counter', bytes))), text);
    }
  });

  it('takes what a gauge lost on a CPU for work, and a counter that went past 2^64 for one that grew', () => {
    const gauge = snapshotWith([[100n, 0n, 0n, 0n]], 'gauge');
    assert.equal(skewsText(gauge, snapshotWith([[0n, 100n, 0n, 0n]], 'gauge', gauge.layout)), '2.00');
    const counter = snapshotWith([[2n ** 64n - 50n, 0n, 0n, 0n]]);
    assert.equal(skewsText(counter, snapshotWith([[50n, 0n, 0n, 0n]], 'counter', counter.layout)), '4.00');
  });
});

describe('copySnapshot', () => {
  it('makes a copy that the next read does not change, in memory of one that is no longer wanted', () => {
    const live = snapshotWith([[1n, 2n, 3n, 4n]]);
    const first = copySnapshot(live);
    live.words.fill(7);
    assert.equal(sumsText(first), '10');
    const second = copySnapshot(live, first);
    assert.equal(second.words, first.words);
    assert.equal(sumsText(second), String(7n * 2n ** 32n + 7n));
    const larger = snapshotWith([
      [1n, 2n, 3n, 4n],
      [5n, 6n, 7n, 8n],
    ]);
    assert.equal(sumsText(copySnapshot(larger, second)), '10 26');
  });
});

describe('layoutText', () => {
  const about = { interval: 1000, reader: 'direct', reason: 'it agrees', past: 0 };

  it('names each row, and where it comes from', () => {
    const { id, json } = layoutText(liveLayout(2, 4), about);
    const message = JSON.parse(json) as LayoutMessage;
    assert.equal(message.id, id);
    assert.deepEqual(message.cpus, [0, 1, 2, 3]);
    assert.deepEqual(message.entries[1], { symbol: 'symbol1', group: 'x' });
    assert.deepEqual(message.rows[1], { family: 1, entry: 1, labels: [{ name: 'row', value: '1' }] });
    assert.deepEqual(message.families[1], {
      name: 'x1_total',
      perCpuName: 'x1_per_cpu_total',
      help: 'X.',
      type: 'counter',
      cpu: 'sum',
    });
  });

  it('has an id that is the same for the same contents, and for no others', () => {
    const { id } = layoutText(liveLayout(2, 4), about);
    assert.equal(layoutText(liveLayout(2, 4), about).id, id);
    assert.notEqual(layoutText(liveLayout(2, 5), about).id, id);
    assert.notEqual(layoutText(liveLayout(2, 4, 'gauge'), about).id, id);
    assert.notEqual(layoutText(liveLayout(2, 4), { ...about, reader: 'libkvm' }).id, id);
  });
});
