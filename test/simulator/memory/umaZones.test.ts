/** UMA's zones: the lists of kegs and zones tell what vm.zone_stats tells, on every simulated kernel. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseSimulatorSpec, profileNames } from '../../../src/simulator/spec.js';
import { withLookout, type Lookout } from '../lookout.js';

interface Zone {
  readonly name: string;
  readonly size: number;
  readonly pages: number;
  readonly kegFree: number;
  readonly limit: number;
  readonly isSecondary: boolean;
  readonly zoneFree: number;
  /** uz_allocs, uz_frees, uz_fails, uz_xdomain, uz_sleeps; undefined where they are not allocated. */
  readonly own: readonly bigint[] | undefined;
  /** Of each CPU id: allocated, freed, and free in its cache. */
  readonly caches: readonly (readonly bigint[])[];
}

const ABSENT = 1;

function walk(look: Lookout, isOld: boolean): Zone[] {
  const keg = (path: string): bigint => look.offset('uma_keg', path);
  const zone = (path: string): bigint => look.offset('uma_zone', path);
  const early = look.word(look.symbol('sim_early'));
  const domains = look.image.maxId >= 7 ? 2 : 1;
  const signed = (address: bigint): bigint => BigInt(look.bytes(address, 2).readInt16LE());
  const read = (at: bigint, ofKeg: bigint | undefined, isFirst: boolean): Zone => {
    const isInternal = ofKeg !== undefined && (look.int(ofKeg + keg('uk_flags')) & 0x2000_0000) !== 0;
    const flags = look.int(at + zone('uz_flags'));
    const caches = at + BigInt(look.sizeOf('uma_zone'));
    const afterCaches = caches + BigInt(look.sizeOf('uma_cache') * (look.image.maxId + 1));
    const zoneDomains = isOld ? look.word(at + zone('uz_domain')) : afterCaches;
    assert.equal(zoneDomains, afterCaches);
    let pages = 0;
    let kegFree = 0;
    let limit = 0;
    if (ofKeg !== undefined) {
      const ppera = look.int(ofKeg + keg('uk_ppera'), 2);
      const ipers = look.int(ofKeg + keg('uk_ipers'), 2);
      if (isOld) {
        pages = look.int(ofKeg + keg('uk_pages'));
        kegFree = look.int(ofKeg + keg('uk_free'));
        limit = Math.floor(look.int(ofKeg + keg('uk_maxpages')) / ppera) * ipers;
      } else {
        for (let domain = 0; domain < domains; domain++) {
          const slabs = ofKeg + BigInt(look.sizeOf('uma_keg') + domain * look.sizeOf('uma_domain'));
          pages += look.int(slabs + look.offset('uma_domain', 'ud_pages'));
          kegFree += look.int(slabs + look.offset('uma_domain', 'ud_free_items'));
        }
        limit = Number(look.word(at + zone('uz_max_items')));
        if (limit > 0) pages = Math.floor(Number(look.word(at + zone('uz_items'))) / ipers) * ppera;
      }
      assert.equal(look.word(at + zone(isOld ? 'uz_klink.kl_keg' : 'uz_keg')), ofKeg);
    }
    let zoneFree = 0;
    for (let domain = 0; domain < domains; domain++) {
      const own = zoneDomains + BigInt(domain * look.sizeOf('uma_zone_domain'));
      zoneFree += Number(look.word(own + look.offset('uma_zone_domain', 'uzd_nitems')));
    }
    const sleeps = look.word(at + zone('uz_sleeps'));
    const counters = ['uz_allocs', 'uz_frees', 'uz_fails', 'uz_xdomain'];
    const own =
      !isOld && look.word(at + zone('uz_allocs')) === early
        ? undefined
        : [
            ...counters.map((name) => {
              if (!isOld) return look.counter(at + zone(name));
              return name === 'uz_xdomain' ? 0n : look.word(at + zone(name));
            }),
            sleeps,
          ];
    return {
      name: look.text(look.word(at + zone('uz_name'))),
      size: look.int(ofKeg === undefined ? at + zone('uz_size') : ofKeg + keg('uk_size')),
      pages,
      kegFree,
      limit,
      isSecondary: !isFirst && (flags & 0x200) !== 0,
      zoneFree,
      own,
      caches: Array.from({ length: look.image.maxId + 1 }, (_, cpu) => {
        if (isInternal || cpu === ABSENT) return [0n, 0n, 0n];
        const cache = caches + BigInt(cpu * look.sizeOf('uma_cache'));
        const inCache = (path: string): bigint => cache + look.offset('uma_cache', path);
        const free = ['uc_freebucket', 'uc_allocbucket', 'uc_crossbucket'].reduce((sum, name) => {
          if (!isOld) return sum + signed(inCache(`${name}.ucb_cnt`));
          const bucket = name === 'uc_crossbucket' ? 0n : look.word(inCache(name));
          return bucket === 0n ? sum : sum + signed(bucket + look.offset('uma_bucket', 'ub_cnt'));
        }, 0n);
        return [look.word(inCache('uc_allocs')), look.word(inCache('uc_frees')), free];
      }),
    };
  };
  const kegs = look.list(look.symbol('uma_kegs'), keg('uk_link.le_next'));
  const found = kegs.flatMap((each) =>
    look.list(each + keg('uk_zones.lh_first'), zone('uz_link.le_next')).map((at, nth) => read(at, each, nth === 0)),
  );
  const cacheZones = look.list(look.symbol('uma_cachezones'), zone('uz_link.le_next'));
  assert.ok(kegs.length >= 34 && cacheZones.length === 2);
  // 12 does not tell of these.
  return isOld ? found : [...found, ...cacheZones.map((at) => read(at, undefined, true))];
}

/** As libmemstat(3) reads it. */
function stream(bytes: Buffer): Zone[] {
  const [version, maxcpus, count] = [0, 4, 8].map((at) => bytes.readUInt32LE(at)) as [number, number, number];
  assert.equal(version, 1);
  const size = 120 + 64 * maxcpus;
  assert.equal(bytes.length, 16 + count * size);
  return Array.from({ length: count }, (_, nth) => {
    const at = 16 + nth * size;
    const number = (offset: number): number => bytes.readUInt32LE(at + offset);
    return {
      name: bytes.toString('latin1', at, bytes.indexOf(0, at)),
      size: number(36),
      limit: number(48),
      pages: number(52),
      kegFree: number(56),
      zoneFree: number(60),
      isSecondary: (number(68) & 1) !== 0,
      own: [72, 80, 88, 104, 96].map((offset) => bytes.readBigUInt64LE(at + offset)),
      caches: Array.from({ length: maxcpus }, (__, cpu) =>
        [0, 8, 16].map((offset) => bytes.readBigUInt64LE(at + 120 + 64 * cpu + offset)),
      ),
    };
  });
}

for (const profile of profileNames) {
  const isOld = profile === 'amd64-12';
  describe(profile, () => {
    for (const cpus of [3, 8]) {
      it(`tells the same of zones by its lists and by its sysctls, with ${cpus} CPUs`, async () => {
        await withLookout(`${profile},cpus=${cpus},absent=${ABSENT}`, (look) => {
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
      const deadline = performance.now() + 5000;
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
