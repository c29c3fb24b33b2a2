/** Covers: config/packs/zfs.yaml and kernel/kstats.ts: what it publishes on each simulated kernel is what the kstats of zfs.ko tell. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { profileOf } from '../../../src/simulator/profiles.js';
import { profileNames } from '../../../src/simulator/spec.js';
import { verify } from '../../../src/truth/verify.js';
import { publishedIn } from '../../support/published.js';
import { Simulated } from '../../support/simulated.js';

const ROUNDS = 8;
/** By release: OpenZFS 2.1 in 13.2 and in that -CURRENT, 2.4 in 15.0. */
const VALUES = { 12: 0, 13: 93, 14: 93, 15: 130 };
const ASK = 'packs: [zfs]';

describe('the pack zfs', () => {
  for (const profile of profileNames) {
    const values = VALUES[profileOf(profile).release];
    it(`tells ${values} values, each as its kstat does, wherever zfs.ko is loaded, and while all move: ${profile}`, async () => {
      const simulated = await Simulated.open(`${profile},cpus=3,absent=1`, ASK, 'believable');
      try {
        const { image, kernel, scraper } = simulated;
        for (let load = 0; load < 2; load++) {
          assert.equal((await scraper.read()).layout.rows.length, 0);
          image.loadModule('zfs');
          for (let round = 0; round < ROUNDS; round++) {
            const { comparisons, unchecked, neverCounted } = await verify(kernel, scraper);
            assert.deepEqual(
              comparisons.filter(({ agrees }) => !agrees),
              [],
            );
            assert.deepEqual([comparisons.length, unchecked, neverCounted], [values, [], []]);
          }
          image.unloadModule('zfs');
        }
      } finally {
        await simulated.close();
      }
    });
  }

  it('takes for gauges what goes up and down, of which a CPU may have less than nothing', async () => {
    const simulated = await Simulated.open('amd64-15,cpus=4', ASK);
    try {
      simulated.image.loadModule('zfs');
      const published = publishedIn(await simulated.scraper.read());
      const gauges = published.filter(({ isGauge }) => isGauge);
      assert.equal(gauges.length, 26);
      for (const { metric, value } of gauges) assert.ok(value >= 0n, metric);
      assert.ok(gauges.every(({ metric }) => !metric.endsWith('_total')));
    } finally {
      await simulated.close();
    }
  });

  it('leaves out sums that are no counters, where a release has one in the place of a counter', async () => {
    for (const [profile, absent, there] of [
      ['amd64-14', ['zfs_arc_dnode_bytes', 'zfs_arc_metadata_used_bytes'], []],
      ['amd64-15', ['zfs_arc_dnode_bytes'], ['zfs_arc_metadata_used_bytes']],
    ] as const) {
      const simulated = await Simulated.open(`${profile},cpus=2`, ASK);
      try {
        simulated.image.loadModule('zfs');
        const names = new Set(
          publishedIn(await simulated.scraper.read()).map(({ metric }) => metric.replace(/^freebsd_/, '')),
        );
        for (const name of absent) assert.ok(!names.has(name), name);
        for (const name of there) assert.ok(names.has(name), name);
      } finally {
        await simulated.close();
      }
    }
  });
});
