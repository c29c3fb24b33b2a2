/** UMA's zones, by a walk over the lists of kegs and zones and by vm.zone_stats. */
import assert from 'node:assert/strict';
import type { Lookout } from '../lookout.js';

export interface Zone {
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

/** The id of the CPU that is not there. */
export const ABSENT = 1;

export function walkZones(look: Lookout, isOld: boolean): Zone[] {
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
  assert.ok(kegs.length > 0);
  // 12 does not tell of these.
  return isOld ? found : [...found, ...cacheZones.map((at) => read(at, undefined, true))];
}

/** As libmemstat(3) reads it. */
export function toldZones(bytes: Buffer): Zone[] {
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
