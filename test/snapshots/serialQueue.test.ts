import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SerialQueue } from '../../src/snapshots/serialQueue.js';

describe('SerialQueue', () => {
  it('runs one piece of work after the other, also after one that failed', async () => {
    const exclusive = new SerialQueue();
    const steps: string[] = [];
    const work =
      (name: string, fails = false) =>
      async (): Promise<string> => {
        steps.push(`${name} begins`);
        await new Promise((resolve) => setImmediate(resolve));
        steps.push(`${name} ends`);
        if (fails) throw new Error(name);
        return name;
      };
    const results = await Promise.allSettled([
      exclusive.run(work('a')),
      exclusive.run(work('b', true)),
      exclusive.run(work('c')),
    ]);
    assert.deepEqual(
      results.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled'],
    );
    assert.deepEqual(steps, ['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
  });
});
