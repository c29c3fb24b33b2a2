import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PasswordQueue } from '../../../src/http/auth/queue.js';

describe('PasswordQueue', () => {
  it('goes on after work that failed, and one at a time', async () => {
    const queue = new PasswordQueue();
    let atOnce = 0;
    const order: number[] = [];
    const all = Array.from({ length: 10 }, (_, number) =>
      queue.run('a', 'b', async () => {
        atOnce += 1;
        assert.equal(atOnce, 1);
        await new Promise((resolve) => setImmediate(resolve));
        atOnce -= 1;
        order.push(number);
        if (number % 2 === 1) throw new Error('odd');
      }),
    );
    const settled = await Promise.allSettled(all);
    assert.equal(settled.filter(({ status }) => status === 'rejected').length, 5);
    assert.deepEqual(order, [...Array(10).keys()]);
  });
});
