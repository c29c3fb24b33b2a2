import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { KvmError } from '../../src/kernel/errors.js';
import { readInHalves } from '../../src/scrape/inHalves.js';

/** What is read, in what portions, where some cannot be. */
function attempt(count: number, bad: readonly number[]): { read: number[]; failed: number[]; calls: number } {
  const read: number[] = [];
  const failed: number[] = [];
  let calls = 0;
  readInHalves(
    0,
    count,
    (from, to) => {
      calls++;
      if (bad.some((index) => index >= from && index < to)) throw new KvmError('kvm_read', 'Bad address');
      for (let index = from; index < to; index++) read.push(index);
    },
    (index) => failed.push(index),
  );
  return { read, failed, calls };
}

describe('readInHalves', () => {
  it('reads all but those that cannot be read, each once', () => {
    for (let count = 1; count <= 40; count++) {
      for (const bad of [
        [],
        [0],
        [count - 1],
        [0, count - 1],
        [count >> 1],
        Array.from({ length: count }, (_, i) => i),
      ]) {
        const { read, failed } = attempt(count, bad);
        const wrong = new Set(bad);
        assert.deepEqual(
          failed,
          [...wrong].sort((a, b) => a - b),
        );
        assert.deepEqual(
          read,
          Array.from({ length: count }, (_, index) => index).filter((index) => !wrong.has(index)),
        );
      }
    }
  });

  it('takes one call where all can be read, and a few where one cannot', () => {
    assert.equal(attempt(1024, []).calls, 1);
    assert.equal(attempt(1024, [700]).calls, 21);
  });

  it('hands on what is no failure of a read', () => {
    const broken = (): never => {
      throw new TypeError('a mistake');
    };
    assert.throws(() => {
      readInHalves(0, 4, broken, () => assert.fail());
    }, TypeError);
  });
});
