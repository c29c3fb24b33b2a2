import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { counterStep } from '../../src/snapshots/counterStep.js';

function stepOf(before: bigint, now: bigint): number {
  const halves = (value: bigint): [number, number] => [Number(value & 0xffff_ffffn), Number(value >> 32n)];
  return counterStep(...halves(before), ...halves(now));
}

describe('counterStep', () => {
  it('is by how much a counter grew, over the bounds of its halves also', () => {
    for (const [before, now] of [
      [5n, 5n],
      [5n, 12n],
      [2n ** 32n - 1n, 2n ** 32n],
      [2n ** 63n - 3n, 2n ** 63n + 4n],
      [0n, 2n ** 53n],
    ] as const) {
      assert.equal(stepOf(before, now), Number(now - before));
    }
  });

  it('is less than 0 for one that went back, by however little, wrapped, or is somewhere else altogether', () => {
    for (const [before, now] of [
      [5n, 4n],
      [2n ** 32n, 2n ** 32n - 1n],
      [9n, 0n],
      [2n ** 64n - 1n, 3n],
      [0n, 2n ** 53n + 2048n],
      [7n, 2n ** 64n - 1n],
    ] as const) {
      assert.ok(stepOf(before, now) < 0, `${before} ${now}`);
    }
  });
});
