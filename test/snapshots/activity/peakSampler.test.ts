/** Covers: peakSampler.ts, and sampledSource.ts where it tells it of reads. */
import assert from 'node:assert/strict';
import { describe, it, mock } from 'node:test';
import { Activity } from '../../../src/snapshots/activity/activity.js';
import { PeakSampler, type PartSource } from '../../../src/snapshots/activity/peakSampler.js';
import { SampledSource } from '../../../src/snapshots/activity/sampledSource.js';
import { itemStates } from '../../../src/snapshots/itemStates.js';
import { SerialQueue } from '../../../src/snapshots/serialQueue.js';
import type { SnapshotSource } from '../../../src/snapshots/snapshot.js';
import { entryOf, familyOf, fieldOf, layoutOf, originsOf, reportOf, snapshotOf } from '../../support/entries.js';

const LAYOUT = layoutOf([entryOf('c', [fieldOf(familyOf('c_total', { type: 'counter', peak: true }))])], [0]);
const ORIGINS = originsOf(LAYOUT);
const WITHDRAWN = itemStates.indexOf('withdrawn');
const WINDOW = 60_000;

/** What is sampled can always be read: that a counter is withdrawn is known only to who reads it for publication. */
const sampled: PartSource = {
  layout: LAYOUT,
  readingOf: () => ({
    layout: LAYOUT,
    words: new Uint32Array(4),
    states: new Uint8Array(1),
    origins: ORIGINS,
    read: () => Promise.resolve(),
  }),
};

describe('peaks of a counter that is withdrawn', () => {
  it('begin anew, whoever had it read meanwhile', async () => {
    let now = 1000;
    const clock = mock.method(performance, 'now', () => now);
    mock.timers.enable({ apis: ['setTimeout'] });
    const sampler = new PeakSampler(
      sampled,
      () => [0],
      new SerialQueue(),
      (error) => assert.fail(String(error)),
    );
    const pass = async (seconds: number): Promise<void> => {
      for (let second = 0; second < seconds; second++) {
        now += 1000;
        mock.timers.tick(1000);
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    try {
      let state = 0;
      const kernel: SnapshotSource = {
        reads: 0,
        read: () => Promise.resolve({ ...snapshotOf(LAYOUT, [0n, 0n], [state], reportOf()), origins: ORIGINS }),
      };
      const activity = new Activity({ intervalMs: 5000, windowMs: WINDOW });
      const source = new SampledSource(kernel, activity, 5000, sampler);
      const isKnown = (): boolean => sampler.peakOf(LAYOUT, 0, WINDOW) !== undefined;
      sampler.start();
      await new Promise((resolve) => setImmediate(resolve));
      await pass(61);
      await source.read();
      assert.ok(isKnown());
      state = WITHDRAWN;
      await source.read();
      state = 0;
      await source.read();
      assert.ok(!isKnown());
      await pass(58);
      assert.ok(!isKnown());
      await pass(4);
      assert.ok(isKnown());
    } finally {
      sampler.stop();
      mock.timers.reset();
      clock.mock.restore();
    }
  });
});
