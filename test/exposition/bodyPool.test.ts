import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BodyPool } from '../../src/exposition/bodyPool.js';

describe('BodyPool', () => {
  it('hands a buffer out again only when the last holder has released it', () => {
    const pool = new BodyPool();
    const first = pool.take(100);
    first.hold();
    first.release();
    const second = pool.take(100);
    assert.notEqual(second.buffer, first.buffer);
    first.release();
    assert.equal(pool.take(100).buffer, first.buffer);
  });

  it('gives as much as is asked for, and lets go of what has become too small', () => {
    const pool = new BodyPool();
    pool.take(100).release();
    const larger = pool.take(1000);
    assert.ok(larger.buffer.length >= 1000);
    larger.release();
    assert.equal(pool.take(10).buffer, larger.buffer);
  });
});
