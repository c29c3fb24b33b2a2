/** UMA's zones: the lists of kegs and zones tell what vm.zone_stats tells, on every simulated kernel. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseSimulatorSpec, profileNames } from '../../../src/simulator/spec.js';
import { PATIENCE_MS } from '../../support/until.js';
import { withLookout } from '../lookout.js';
import { ABSENT, toldZones as stream, walkZones as walk, type Zone } from './zoneWalk.js';

for (const profile of profileNames) {
  const isOld = profile === 'amd64-12';
  describe(profile, () => {
    for (const cpus of [3, 8]) {
      it(`tells the same of zones by its lists and by its sysctls, with ${cpus} CPUs`, async () => {
        await withLookout(`${profile},cpus=${cpus},absent=${ABSENT},zones=40`, (look) => {
          const found = walk(look, isOld);
          const told = stream(look.sysctl('vm.zone_stats'));
          assert.equal(look.kernel.sysctls.unsigned('vm.zone_count'), BigInt(found.length));
          assert.equal(told.length, found.length);
          for (const [nth, zone] of found.entries()) {
            const own = zone.own ?? told[nth]!.own;
            assert.deepEqual(told[nth], { ...zone, own }, zone.name);
          }
          const names = found.map(({ name }) => name);
          assert.equal(names.filter((name) => name === 'tcpcb').length, 3);
          assert.equal(names.filter((name) => name === 'vm pgcache').length, isOld ? 0 : 2);
          assert.deepEqual(
            found.filter(({ isSecondary }) => isSecondary).map(({ name }) => name),
            ['vnpbuf', 'mbuf_packet'],
          );
          assert.equal(found.find(({ own }) => own === undefined)?.name, isOld ? undefined : 'sim_early');
          // In use is what was allocated and not freed, most of it by the caches.
          const mbuf = found.find(({ name }) => name === 'mbuf')!;
          const total = (which: number): bigint => mbuf.caches.reduce((sum, each) => sum + each[which]!, 0n);
          assert.ok(total(0) > 90n * mbuf.own![0]!);
          const inUse = mbuf.own![0]! + total(0) - mbuf.own![1]! - total(1);
          assert.ok(inUse > 60_000n && inUse < 110_000n, `${inUse}`);
        });
      });
    }

    it('has the sizes and offsets that such a kernel has', async () => {
      await withLookout(`${profile},cpus=2`, (look) => {
        const isArm = profile.startsWith('arm64');
        const at = (tag: string, path: string): number => Number(look.offset(tag, path));
        assert.equal(look.sizeOf('uma_cache'), 128);
        assert.equal(at('uma_cache', 'uc_allocs'), isOld ? 16 : 48);
        assert.equal(at('uma_zone', 'uz_cpu'), 384);
        assert.equal(at('uma_zone', 'uz_allocs'), isOld ? 256 : 144);
        assert.equal(at('uma_zone', 'uz_name'), isOld ? 8 : 168);
        assert.equal(at('uma_keg', 'uk_zones.lh_first'), isOld ? 48 : 16);
        if (!isOld) assert.equal(at('uma_keg', 'uk_link.le_next'), 128);
        if (!isOld) assert.equal(at('uma_keg', 'uk_domain'), isArm ? 256 : 192);
      });
    });
  });
}

it('keeps its sysctl bracketed while the workload runs', async () => {
  await withLookout(
    `amd64-14,cpus=4,absent=${ABSENT}`,
    (look) => {
      const all = ({ own, caches }: Zone): bigint => own![0]! + caches.reduce((sum, [allocs]) => sum + allocs!, 0n);
      const told = (): bigint => all(stream(look.sysctl('vm.zone_stats')).find(({ name }) => name === 'mbuf')!);
      const first = told();
      const deadline = performance.now() + PATIENCE_MS;
      while (told() === first) assert.ok(performance.now() < deadline, 'mbuf moves');
      for (let round = 0; round < 30; round++) {
        const low = told();
        const sum = all(walk(look, false).find(({ name }) => name === 'mbuf')!);
        assert.ok(low <= sum && sum <= told());
      }
    },
    'believable',
  );
});

it('has as many zones as it is told to', async () => {
  for (const count of [0, 5, 600]) {
    await withLookout(`arm64-15,cpus=2,zones=${count}`, (look) => {
      assert.equal(stream(look.sysctl('vm.zone_stats')).length, count);
    });
  }
  assert.throws(
    () => parseSimulatorSpec('cpus=1000,zones=500'),
    /500 zones on 1000 CPUs are too many; with as many CPUs there can be 200/,
  );
});
