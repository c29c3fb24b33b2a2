import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SerialQueue } from '../../src/snapshots/serialQueue.js';
import type { Snapshot } from '../../src/snapshots/snapshot.js';
import { Snapshots } from '../../src/snapshots/snapshots.js';
import { entryOf, familyOf, fieldOf, layoutOf, reportOf, snapshotOf } from '../support/entries.js';
import { until } from '../support/until.js';

const layout = layoutOf([entryOf('x', [fieldOf(familyOf('x'))])], [0]);

/** Its values are the number of the read, in the same memory each time. */
class Counting {
  reads = 0;
  private readonly memory = snapshotOf(layout, [0n, 0n]);

  read(): Promise<Snapshot> {
    const sequence = ++this.reads;
    this.memory.words.fill(sequence);
    return Promise.resolve({ ...this.memory, report: reportOf({ sequence }) });
  }
}

function seen({ words, report }: Snapshot): number[] {
  return [words[0]!, report.sequence];
}

describe('Snapshots', () => {
  it('reads for each who asks, and once for those who ask together', async () => {
    const source = new Counting();
    const snapshots = new Snapshots(source, undefined);
    assert.deepEqual(await snapshots.use(seen), [1, 1]);
    assert.deepEqual(await Promise.all([snapshots.use(seen), snapshots.use(seen), snapshots.refresh()]), [
      [2, 2],
      [2, 2],
      undefined,
    ]);
  });

  it('lets nobody read while somebody works on the values', async () => {
    const source = new Counting();
    const queue = new SerialQueue();
    const [one, other] = [new Snapshots(source, undefined, queue), new Snapshots(source, undefined, queue)];
    let underWay = 0;
    const slow = async (snapshot: Snapshot): Promise<number> => {
      assert.equal(underWay++, 0, 'one at a time');
      const before = snapshot.words[0]!;
      await new Promise((resolve) => setTimeout(resolve, 5));
      assert.equal(snapshot.words[0], before);
      underWay--;
      return before;
    };
    await Promise.all([one.use(slow), other.use(slow), one.use(slow), other.use(slow)]);
  });

  it('gives none that is older than what somebody else of the same kernel was given', async () => {
    const source = new Counting();
    const queue = new SerialQueue();
    const loop = new Snapshots(source, 1_000_000, queue);
    const [before] = await loop.use(seen);
    const [other] = await new Snapshots(source, undefined, queue).use(seen);
    assert.ok(other! > before!);
    assert.ok((await loop.use(seen))[0]! > other!, 'the loop had only its first read');
    loop.stop();
  });

  it('gives no values that a failed read has overwritten in part', async () => {
    const memory = snapshotOf(layout, [0n, 0n]);
    let fail: (() => void) | undefined;
    const read = (): Promise<Snapshot> => {
      memory.words[0]!++;
      if (memory.words[0] === 1) return Promise.resolve(memory);
      return new Promise((_resolve, reject) => {
        fail = () => {
          reject(new Error('half of it'));
        };
      });
    };
    const snapshots = new Snapshots({ read, reads: 0 }, 1);
    assert.equal((await snapshots.use(seen))[0], 1);
    await until(() => fail !== undefined, 'the second read begins');
    // The loop still hands out the first read while the second is under way.
    const late = snapshots.use(seen);
    await new Promise((resolve) => setImmediate(resolve));
    fail?.();
    await assert.rejects(late, /half of it/);
    snapshots.stop();
  });
});
