import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../support/until.js';
import { LoopSupply, SharedSupply } from '../../src/snapshots/supply.js';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('SharedSupply', () => {
  it('produces once for those who ask together', async () => {
    let count = 0;
    const supply = new SharedSupply(() => Promise.resolve(++count));
    assert.deepEqual(await Promise.all([supply.get(), supply.get(), supply.get()]), [1, 1, 1]);
  });

  it('produces once for who was waiting in a socket while production held the thread', async () => {
    let count = 0;
    let late: Promise<number> | undefined;
    const supply = new SharedSupply(() => {
      // What came meanwhile is handled in a callback of the next turn, as this timer's is.
      setTimeout(() => {
        late = supply.get();
      }, 0);
      const end = performance.now() + 5;
      while (performance.now() < end);
      return Promise.resolve(++count);
    });
    await supply.get();
    while (late === undefined) await turn();
    assert.equal(await late, 1);
  });

  it('produces afresh for who asks later', async () => {
    let count = 0;
    const supply = new SharedSupply(() => Promise.resolve(++count));
    // At once after the answer is late enough: nobody gets the same read twice.
    for (let round = 1; round <= 5; round++) assert.equal(await supply.get(), round);
  });

  it('fails for all who shared a failure, and produces again afterwards', async () => {
    let broken = true;
    const supply = new SharedSupply(() => (broken ? Promise.reject(new Error('no kernel')) : Promise.resolve('good')));
    const results = await Promise.allSettled([supply.get(), supply.get()]);
    assert.deepEqual(
      results.map(({ status }) => status),
      ['rejected', 'rejected'],
    );
    broken = false;
    assert.equal(await supply.get(), 'good');
  });
});

describe('LoopSupply', () => {
  it('produces on its own, one at a time, and hands out the newest', async () => {
    let count = 0;
    let running = 0;
    const supply = new LoopSupply(async () => {
      assert.equal(running++, 0, 'two at a time');
      await turn();
      running--;
      return ++count;
    }, 1);
    assert.equal(await supply.get(), 1);
    await until(() => count >= 3, 'it goes on');
    assert.ok((await supply.get()) >= 2);
    supply.stop();
    await sleep(5);
    const last = count;
    await sleep(10);
    assert.equal(count, last);
  });

  it('hands out a failure rather than what came before it, and recovers', async () => {
    let count = 0;
    let recover = (): void => undefined;
    // The third is under way until it is told to come.
    const third = new Promise<void>((resolve) => (recover = resolve));
    const supply = new LoopSupply(async () => {
      if (++count === 2) throw new Error('gone');
      if (count === 3) await third;
      return count;
    }, 1);
    assert.equal(await supply.get(), 1);
    await until(() => count === 3, 'the third begins');
    await assert.rejects(supply.get(), /gone/);
    recover();
    await turn();
    assert.ok((await supply.get()) >= 3);
    supply.stop();
  });
});
