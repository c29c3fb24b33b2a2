import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { spreadOf } from '../../../src/snapshots/activity/spread.js';

const counts = (...values: number[]): Float64Array => Float64Array.from(values);

/** The same from step to step. */
function* numbers(seed: number): Generator<number, never> {
  for (let state = seed; ;) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    yield state / 2 ** 32;
  }
}

describe('the spread over CPUs', () => {
  it('has the figures that sorting gives', () => {
    const random = numbers(7);
    for (let round = 0; round < 1000; round++) {
      // From a few counts, of which each has its own bin, to as large ones as doubles tell apart; now and then of one CPU far beyond the others.
      const most = 2 ** Math.floor(54 * random.next().value);
      const base = Math.floor(random.next().value * (2 ** 53 - most));
      const values = Array.from(
        { length: 1 + Math.floor(600 * random.next().value) },
        () => base + Math.floor(most * random.next().value),
      );
      if (round % 3 === 0) values[Math.floor(values.length * random.next().value)] = 2 ** 53;
      const sorted = [...values].sort((a, b) => a - b);
      const at = (quantile: number): number => sorted[Math.max(0, Math.ceil(quantile * values.length) - 1)]!;
      const { max, p50, p99 } = spreadOf(counts(...values), undefined);
      assert.deepEqual([max, p50, p99], [sorted.at(-1), at(0.5), at(0.99)], values.join(' '));
    }
  });

  it('names a CPU that did clearly more than the others, of two also', () => {
    assert.equal(spreadOf(counts(100, 100, 300, 100), undefined).hot, 2);
    assert.equal(spreadOf(counts(1000, 10), undefined).hot, 0);
    assert.equal(spreadOf(counts(0, 0, 0, 11), undefined).hot, 3);
  });

  it('names none where all did as much, where little was done, and where there is but one', () => {
    assert.equal(spreadOf(counts(1000, 1010, 990, 1005), undefined).hot, undefined);
    assert.equal(spreadOf(counts(0, 0, 9, 0), undefined).hot, undefined);
    assert.equal(spreadOf(counts(0, 0, 0, 0), undefined).hot, undefined);
    assert.equal(spreadOf(counts(5000), undefined).hot, undefined);
    assert.equal(spreadOf(counts(), undefined).hot, undefined);
  });

  it('stays with the CPU that it named until another is clearly busier', () => {
    assert.equal(spreadOf(counts(10, 1000, 1200, 10), 1).hot, 1);
    assert.equal(spreadOf(counts(10, 1000, 1300, 10), 1).hot, 2);
    assert.equal(spreadOf(counts(10, 12, 1300, 10), 1).hot, 2);
  });
});
