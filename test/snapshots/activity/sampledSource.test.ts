import assert from 'node:assert/strict';
import { describe, it, mock } from 'node:test';
import { Activity } from '../../../src/snapshots/activity/activity.js';
import { SampledSource } from '../../../src/snapshots/activity/sampledSource.js';
import type { Snapshot, SnapshotSource } from '../../../src/snapshots/snapshot.js';
import { entryOf, familyOf, fieldOf, layoutOf, originsOf, reportOf, snapshotOf } from '../../support/entries.js';

const LAYOUT = layoutOf([entryOf('c', [fieldOf(familyOf('c_total', { type: 'counter', cpu: 'sum' }))])], [0]);

/** A kernel that tells whether all parts were asked for. */
class Kernel implements SnapshotSource {
  reads = 0;
  readonly asked: (boolean | undefined)[] = [];
  private readonly origins = originsOf(LAYOUT);

  read(allParts?: boolean): Promise<Snapshot> {
    this.asked.push(allParts);
    const report = reportOf({ sequence: ++this.reads, clock: performance.timeOrigin + performance.now() });
    const values = [BigInt(this.reads), BigInt(this.reads)];
    const snapshot = { ...snapshotOf(LAYOUT, values, undefined, report), origins: this.origins };
    return Promise.resolve({ ...snapshot, areSumsAlone: allParts === false });
  }
}

describe('reads that the activity is told of', () => {
  it('have all parts where they are samples, or somebody looks, and are samples where they come a while after the last', async () => {
    let now = 1000;
    const clock = mock.method(performance, 'now', () => now);
    try {
      const kernel = new Kernel();
      const activity = new Activity({ intervalMs: 5000, windowMs: 20_000 });
      const source = new SampledSource(kernel, activity, 5000);
      const readAt = async (time: number): Promise<[boolean | undefined, number]> => {
        now = time;
        await source.read();
        return [kernel.asked.at(-1), activity.sampledAt - performance.timeOrigin];
      };
      const found = [
        await readAt(1000),
        await readAt(1100),
        await readAt(1499),
        await readAt(1500),
        await readAt(1600),
      ];
      assert.deepEqual(found, [
        [true, 1000],
        [false, 1000],
        [false, 1000],
        [true, 1500],
        [false, 1500],
      ]);
      source.look();
      assert.deepEqual(
        [await readAt(1700), (await readAt(6599))[0], (await readAt(6700))[0]],
        [[true, 1500], true, false],
      );
    } finally {
      clock.mock.restore();
    }
  });

  it('are made where nobody asks, until it is stopped, whether they fail or not', async () => {
    mock.timers.enable({ apis: ['setTimeout'] });
    try {
      const kernel = new Kernel();
      const source = new SampledSource(kernel, new Activity({ intervalMs: 5000, windowMs: 20_000 }), 5000);
      let asked = 0;
      source.start(async () => {
        asked++;
        if (asked === 2) throw new Error('the kernel cannot be read');
        await source.read();
      });
      const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
      for (let round = 0; round < 4; round++) {
        await settle();
        mock.timers.tick(5000);
      }
      await settle();
      assert.equal(asked, 5);
      source.stop();
      mock.timers.tick(60_000);
      await settle();
      assert.equal(asked, 5);
    } finally {
      mock.timers.reset();
    }
  });
});
