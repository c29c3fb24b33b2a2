/** Covers: history.ts, and activity.ts as far as it fills it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SeriesLayout } from '../../../src/plan/layout.js';
import { History } from '../../../src/snapshots/activity/history.js';
import { itemStates } from '../../../src/snapshots/itemStates.js';
import { entryOf, familyOf, fieldOf, layoutOf, originsOf } from '../../support/entries.js';
import { BEGIN, ONE_COUNTER, SampledActivity, ThreeElements } from '../../support/sampledActivity.js';

const HOUR = 3_600_000;
const NULL = itemStates.indexOf('null');

describe('history', () => {
  /** A history of rows in which row r was 10·r + n in the n-th slot of 5 s. */
  function filled(rows: number, slots: number, gap?: (row: number, slot: number) => boolean): History {
    const history = new History(rows, 5000);
    const values = new Float64Array(rows);
    for (let slot = 0; slot < slots; slot++) {
      for (let row = 0; row < rows; row++) values[row] = gap?.(row, slot) === true ? NaN : 10 * row + slot;
      history.append(values, 5000 * slot, 5000 * (slot + 1));
    }
    return history;
  }

  it('has what each slot gave, in the order of time, and nothing of before', () => {
    const history = filled(2, 3, (row, slot) => row === 1 && slot === 1);
    const { begin, ends, values } = history.since(-Infinity, 100);
    assert.deepEqual([begin, ends, [...values]], [0, [5000, 10_000, 15_000], [0, 1, 2, 10, NaN, 12]]);
    assert.deepEqual([...history.since(10_000, 100).values], [2, 12]);
    const none = history.since(15_000, 100);
    assert.deepEqual([none.begin, none.ends, none.values.length], [15_000, [], 0]);
  });

  it('keeps two hours in steps of a slot at the default config, within 8 MB, and lets go of what is older', () => {
    const history = filled(226, 1500);
    assert.ok(history.bytes < 8 << 20, String(history.bytes));
    const { begin, ends, values } = history.since(-Infinity, 10_000);
    assert.deepEqual([begin, ends.length, ends.at(-1)], [60 * 5000, 1440, 1500 * 5000]);
    assert.deepEqual([values[0], values[1439], values[1440]], [60, 1499, 70]);
  });

  it('has coarser steps where rows are many, within 16 MB and still of two hours', () => {
    for (const rows of [1000, 10_000, 50_000, 200_000]) {
      const history = new History(rows, 5000);
      assert.ok(history.bytes <= (16 << 20) + 8 * rows, `${rows} rows: ${history.bytes}`);
      assert.ok(history.capacity * history.stepMs >= 2 * HOUR, String(rows));
    }
    assert.equal(new History(1000, 5000).stepMs, 5000);
    assert.equal(new History(10_000, 5000).stepMs, 20_000);
  });

  it('is the mean over the slots of a step, and not known where one of them is not', () => {
    const rows = 10_000;
    const values = new Float64Array(rows);
    const history = new History(rows, 5000);
    [4, 8, 12, 16, 1, NaN, 1, 1, 7].forEach((value, slot) => {
      values[9999] = value;
      history.append(values, 5000 * slot, 5000 * (slot + 1));
    });
    const { ends, values: means } = history.since(-Infinity, 10);
    assert.deepEqual(ends, [20_000, 40_000, 45_000], 'the last step is not full');
    assert.deepEqual([...means.slice(3 * 9999)], [10, NaN, 7]);
  });

  it('ends with what the slot gave that is open', () => {
    const history = filled(2, 1);
    const open = { values: Float64Array.of(5, NaN), begin: 5000, end: 6000 };
    const { ends, values } = history.since(-Infinity, 10, open);
    assert.deepEqual(
      [ends, [...values]],
      [
        [5000, 6000],
        [0, 5, 10, NaN],
      ],
    );
    const none = new History(1, 5000).since(0, 10, open);
    assert.deepEqual([none.begin, none.ends, [...none.values]], [5000, [6000], [5]]);
  });

  it('gives few points where few are wanted, each the mean by time, the newest whole', () => {
    const history = filled(1, 7, (_, slot) => slot === 0);
    const { begin, ends, values } = history.since(-Infinity, 3);
    assert.deepEqual([begin, ends, [...values]], [0, [5000, 20_000, 35_000], [NaN, 2, 5]]);
    const uneven = new History(1, 5000);
    uneven.append(Float64Array.of(10), 0, 5000);
    uneven.append(Float64Array.of(2), 5000, 20_000);
    assert.deepEqual([...uneven.since(-Infinity, 1).values], [4]);
  });

  it('goes on in coarser and in finer steps where rows come and go', () => {
    const many = new History(10_000, 5000);
    many.resume(filled(2, 1440), [{ from: 1, to: 9999, count: 1 }]);
    const { ends, values } = many.since(-Infinity, 10_000);
    const own = values.slice(-ends.length);
    assert.deepEqual([ends.length, own[0], own.at(-1)], [many.capacity, 10 + 1.5, 10 + 1437.5]);
    assert.ok(values.slice(0, ends.length).every(Number.isNaN));
    const few = new History(1, 5000);
    few.resume(many, [{ from: 9999, to: 0, count: 1 }]);
    few.append(Float64Array.of(3), 7_200_000, 7_205_000);
    const again = few.since(-Infinity, 10_000);
    assert.deepEqual([...again.values], [...own, 3]);
    assert.equal(again.ends.at(-1), 7_205_000);
  });
});

describe('the history of an activity', () => {
  class Sampled extends SampledActivity {
    async readAll(...sums: readonly bigint[]): Promise<void> {
      for (const sum of sums) await this.read([[sum, 0n]]);
    }

    get past(): number[] {
      return [...this.activity.past(HOUR, 1000).values];
    }
  }

  it('is what a counter did in each slot, and begins with the second read', async () => {
    const sampled = new Sampled();
    await sampled.readAll(1000n);
    assert.deepEqual(sampled.past, []);
    await sampled.readAll(1050n, 1050n, 1051n);
    assert.deepEqual(sampled.past, [10, 0, Math.fround(0.2)]);
    const { begin, ends } = sampled.activity.past(HOUR, 1000);
    assert.deepEqual(
      [begin, ...ends].map((end) => end - BEGIN),
      [5000, 10_000, 15_000, 20_000],
    );
  });

  it('has no rate in the slot in which a counter was reset, went back or wrapped, and has one in the next', async () => {
    for (const next of [0n, 149n, 2n ** 60n]) {
      const sampled = new Sampled();
      await sampled.readAll(100n, 150n, next, next + 5n);
      assert.deepEqual(sampled.past, [10, NaN, 1], String(next));
    }
  });

  it('has none for the slots in which it was not read, nor for the one in which it came back', async () => {
    const sampled = new Sampled();
    await sampled.readAll(0n, 50n);
    await sampled.read([[9n, 9n]], { state: NULL });
    await sampled.readAll(100n, 150n);
    assert.deepEqual(sampled.past, [10, NaN, NaN, 10]);
  });

  it('has none where it was not read in the middle of a slot, or where another counter took its place', async () => {
    const sampled = new Sampled();
    await sampled.readAll(0n);
    await sampled.read([[10n, 0n]], { seconds: 2 });
    await sampled.read([[10n, 0n]], { seconds: 1, state: NULL });
    await sampled.read([[50n, 0n]], { seconds: 2 });
    await sampled.readAll(100n);
    sampled.origins = originsOf(ONE_COUNTER);
    await sampled.readAll(150n, 155n);
    assert.deepEqual(sampled.past, [NaN, 10, NaN, 1]);
    await sampled.read([[163n, 0n]], { seconds: 2 });
    assert.deepEqual(sampled.past, [NaN, 10, NaN, 1, 4], 'and what the open slot has');
  });

  it('has none for the time in which nobody looked', async () => {
    const sampled = new Sampled();
    await sampled.readAll(0n, 50n);
    await sampled.read([[1000n, 0n]], { seconds: 300 });
    await sampled.readAll(1050n);
    assert.deepEqual(sampled.past, [10, NaN, 10]);
  });

  it('has what a gauge was, below zero, too', async () => {
    const field = (format: 'i64' | 'u64') => fieldOf(familyOf(`g_${format}`), { format });
    const layout = layoutOf([entryOf('g', [field('i64')]), entryOf('h', [field('u64')])], [0, 1]);
    const sampled = new Sampled();
    sampled.origins = originsOf(layout);
    for (const value of [5n, 7n, -3n]) {
      const part = BigInt.asUintN(64, value);
      await sampled.read(
        [
          [part, 0n],
          [2n ** 63n + 2048n, 0n],
        ],
        { layout },
      );
    }
    await sampled.read(
      [
        [1n, 0n],
        [1n, 0n],
      ],
      { layout, state: NULL },
    );
    assert.deepEqual(sampled.past, [7, -3, NaN, 2 ** 63, 2 ** 63, NaN]);
  });

  it('goes on with rows that stay while others come and go, and knows nothing of those that are new', async () => {
    const elements = new ThreeElements();
    const sampled = new Sampled();
    const readOf = (layout: SeriesLayout, which: readonly number[], read: bigint): Promise<void> =>
      elements.read(sampled, layout, which, (one) => [5n * read * (one + 1n), 0n]);
    const all = elements.layoutOf([0, 1, 2]);
    for (let read = 0n; read < 3n; read++) await readOf(all, [0, 1, 2], read);
    assert.deepEqual(sampled.past, [1, 1, 2, 2, 3, 3]);
    const fewer = elements.layoutOf([2, 0], all);
    await readOf(fewer, [2, 0], 3n);
    assert.deepEqual(sampled.past, [3, 3, 3, 1, 1, 1]);
    await readOf(elements.layoutOf([0, 1, 2], fewer), [0, 1, 2], 4n);
    assert.deepEqual(sampled.past, [1, 1, 1, 1, NaN, NaN, NaN, NaN, 3, 3, 3, 3]);
  });
});
