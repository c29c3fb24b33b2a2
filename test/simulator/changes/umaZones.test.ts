/** Zones that are created and destroyed: the lists and vm.zone_stats follow, and memory is poisoned and used again. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fingerprint } from '../../../src/simulator/changes/elementFingerprint.js';
import { createZone, destroyZone } from '../../../src/simulator/changes/umaZones.js';
import { profileNames } from '../../../src/simulator/spec.js';
import { withLookout } from '../lookout.js';
import { ABSENT, toldZones, walkZones } from '../memory/zoneWalk.js';

for (const profile of profileNames) {
  describe(profile, () => {
    it('creates zones that hold their fingerprints, and gives the memory of one that has gone to the next', async () => {
      const isOld = profile === 'amd64-12';
      await withLookout(`${profile},cpus=3,absent=${ABSENT}`, (look) => {
        const { image } = look;
        const names = (): string[] => {
          const found = walkZones(look, isOld);
          const told = toldZones(look.sysctl('vm.zone_stats'));
          for (const [nth, zone] of found.entries())
            assert.deepEqual(told[nth], { ...zone, own: zone.own ?? told[nth]!.own });
          assert.equal(look.kernel.sysctls.unsigned('vm.zone_count'), BigInt(found.length));
          return found.map(({ name }) => name);
        };
        const before = names();
        const first = createZone(image, 'first', { size: 96 });
        assert.deepEqual(names(), ['first', ...before]);
        const zone = walkZones(look, isOld)[0]!;
        assert.equal(zone.size, 96);
        const own = ['uz_allocs', 'uz_frees', 'uz_fails', 'uz_xdomain'].map((column) => fingerprint('first', column));
        assert.deepEqual(zone.own?.slice(0, isOld ? 3 : 4), own.slice(0, isOld ? 3 : 4));
        for (const [nth, column] of ['uc_allocs', 'uc_frees'].entries()) {
          assert.equal(
            zone.caches.reduce((sum, each) => sum + each[nth]!, 0n),
            fingerprint('first', column),
          );
        }
        const second = createZone(image, 'second', { kind: { secondaryOf: first } });
        createZone(image, 'only a cache', { kind: 'cache' });
        assert.deepEqual(names().slice(0, 2), ['first', 'second']);
        assert.equal(names().includes('only a cache'), !isOld);
        destroyZone(image, 'only a cache');
        destroyZone(image, second);
        destroyZone(image, 'first');
        assert.deepEqual(names(), before);
        assert.equal(look.int(first), 0xdeadc0de);
        assert.equal(createZone(image, 'third'), first, 'the memory of the first');
        assert.equal(walkZones(look, isOld)[0]!.own![0], fingerprint('third', 'uz_allocs'));

        // One of three of a name, and a secondary one.
        destroyZone(image, 'tcpcb');
        destroyZone(image, 'mbuf_packet');
        assert.equal(names().filter((name) => name === 'tcpcb').length, 2);
        assert.equal(names().length, before.length - 1);
        assert.throws(() => {
          destroyZone(image, 'mbuf_packet');
        }, /no zone mbuf_packet/);
      });
    });
  });
}
