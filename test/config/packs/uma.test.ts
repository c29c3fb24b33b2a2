/** Covers: config/packs/uma.yaml: what it publishes on each simulated kernel is what vm.zone_stats tells. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { profileOf } from '../../../src/simulator/profiles.js';
import { profileNames } from '../../../src/simulator/spec.js';
import { zonesIn } from '../../support/kernelStreams.js';
import { comparePack } from '../../support/packValues.js';
import { publishedIn, seriesName } from '../../support/published.js';
import { Simulated } from '../../support/simulated.js';

const ofZones = {
  allocations: 'uma_allocations',
  frees: 'uma_frees',
  failures: 'uma_allocation_failures',
  sleeps: 'uma_limit_sleeps',
  otherDomainFrees: 'uma_other_domain_frees',
  limit: 'uma_limit_items',
};
const ofCacheZones = {
  allocations: 'uma_cache_zone_allocations',
  frees: 'uma_cache_zone_frees',
  failures: 'uma_cache_zone_allocation_failures',
};
/** The only ones that have no keg. */
const CACHE_ZONES = 'vm pgcache';

describe('the pack uma', () => {
  for (const profile of profileNames.filter((name) => profileOf(name).release > 12)) {
    // With as many CPUs there are two memory domains.
    for (const cpus of [3, 8]) {
      it(`tells of each zone what vm.zone_stats does, while all move: ${profile}, ${cpus} CPUs`, async (context) => {
        const compared = await comparePack(
          `${profile},cpus=${cpus},absent=1`,
          'uma',
          ({ sysctls }) => {
            const zones = zonesIn(sysctls.bytes('vm.zone_stats')!);
            assert.equal(zones.size, 39);
            assert.ok(zones.has('tcpcb,nth=3'));
            return new Map(
              [...zones].flatMap(([zone, numbers]) =>
                Object.entries(zone.startsWith(CACHE_ZONES) ? ofCacheZones : ofZones).map(
                  ([key, metric]) => [`${metric}{zone=${zone}}`, numbers[key]!] as const,
                ),
              ),
            );
          },
          (series) => series.startsWith('uma_limit_sleeping_threads'),
        );
        context.diagnostic(`${compared} values compared`);
      });
    }
  }

  it('says why there is nothing of it in 12', async () => {
    const simulated = await Simulated.open('amd64-12,cpus=2', 'packs: [uma]');
    try {
      const { report } = await simulated.scraper.read();
      assert.deepEqual(
        report.symbols.map(({ symbol, optional, up, reason }) => [symbol, optional, up, reason.split(',')[0]]),
        ['uma_kegs', 'uma_cachezones'].map((symbol) => [symbol, true, false, 'struct uma_zone has no member uz_keg']),
      );
    } finally {
      await simulated.close();
    }
  });

  it('does not publish what a zone has of its limit, which holds the threads that sleep, too, but how many do', async () => {
    const simulated = await Simulated.open('arm64-14,cpus=2', 'packs: [uma]');
    try {
      const published = publishedIn(await simulated.scraper.read());
      const ofSockets = published.filter(({ labels }) => labels['zone'] === 'socket');
      assert.deepEqual(ofSockets.map(({ member }) => member).sort(), [
        'uz_allocs',
        'uz_fails',
        'uz_frees',
        'uz_max_items',
        'uz_sleepers',
        'uz_sleeps',
        'uz_xdomain',
      ]);
      assert.deepEqual(
        new Map(ofSockets.filter(({ isGauge }) => isGauge).map((each) => [seriesName(each), each.value])),
        new Map([
          ['uma_limit_items{zone=socket}', 1_043_000n],
          ['uma_limit_sleeping_threads{zone=socket}', 0n],
        ]),
      );
    } finally {
      await simulated.close();
    }
  });
});
