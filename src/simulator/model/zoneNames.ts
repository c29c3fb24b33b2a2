/** The UMA zones that the simulated kernel has at boot: in a real one some 150. */
import type { CpuClass } from './traffic.js';

export interface ZoneModel {
  readonly name: string;
  readonly size: number;
  /** Items in a slab, and its pages. */
  readonly perSlab: number;
  readonly slabPages: number;
  /** Allocated, and freed, per second. */
  readonly rate: number;
  readonly inUse: number;
  readonly cpuClass: CpuClass;
  /** `secondary`: on the keg of the zone before it that is none; `cache`: of no keg; `internal`: its keg's zones have no caches. */
  readonly kind?: 'secondary' | 'cache' | 'internal';
  /** `uz_max_items`. */
  readonly limit?: number;
  /** Of allocations, per second. */
  readonly failures?: number;
  readonly sleeps?: number;
  /** Its counters are those of a kernel that has not got so far as to allocate any: EARLY_COUNTER. */
  readonly isEarly?: true;
}

type Row = readonly [name: string, size: number, rate: number, inUse: number, cpuClass: CpuClass, Partial<ZoneModel>?];

const rows: readonly Row[] = [
  ['UMA Kegs', 384, 0, 36, 'house', { kind: 'internal' }],
  ['UMA Zones', 1408, 0, 40, 'house', { kind: 'internal' }],
  ['buckets 32', 256, 310, 4400, 'even'],
  ['vmem btag', 56, 2100, 61_000, 'hot'],
  ['PROC', 1328, 29, 180, 'hot'],
  ['THREAD', 1824, 41, 910, 'hot'],
  ['VMSPACE', 616, 31, 150, 'hot'],
  ['mbuf', 256, 1_310_000, 84_000, 'rx', { limit: 26_060_000, failures: 0.01 }],
  ['mbuf_packet', 256, 640_000, 33_000, 'rx', { kind: 'secondary', limit: 26_060_000 }],
  ['mbuf_cluster', 2048, 61_000, 33_100, 'rx', { limit: 4_072_000, failures: 0.3, sleeps: 3 }],
  ['mbuf_jumbo_page', 4096, 410_000, 21_000, 'tx', { limit: 2_036_000 }],
  ['mbuf_jumbo_9k', 9216, 0, 0, 'rx', { limit: 603_000 }],
  ['ipq', 56, 12, 3, 'rx', { limit: 2056 }],
  ['socket', 960, 1010, 20_100, 'rx', { limit: 1_043_000 }],
  ['unpcb', 256, 70, 240, 'hot', { limit: 1_043_000 }],
  ['udp_inpcb', 424, 55, 31, 'rx'],
  ['tcp_inpcb', 424, 940, 19_800, 'rx', { limit: 1_043_000 }],
  // As a kernel has them in which TCP stacks come with modules.
  ['tcpcb', 1072, 940, 18_500, 'rx', { limit: 1_043_000 }],
  ['tcpcb', 760, 3, 12, 'rx'],
  ['tcpcb', 512, 0, 0, 'rx'],
  ['syncache', 168, 911, 61, 'rx', { limit: 15_375 }],
  ['hostcache', 64, 71, 10_200, 'rx', { limit: 15_360, failures: 0.02 }],
  ['tcpreass', 48, 262, 19, 'rx', { limit: 254_600 }],
  ['sackhole', 32, 241, 22, 'rx'],
  ['VNODE', 448, 44, 407_000, 'hot'],
  ['NAMEI', 1024, 112_000, 14, 'hot'],
  ['S VFS Cache', 104, 1900, 418_000, 'hot'],
  ['FFS inode', 160, 40, 402_000, 'hot'],
  ['VM OBJECT', 264, 8100, 410_500, 'hot'],
  ['MAP ENTRY', 96, 91_000, 14_800, 'hot'],
  ['RADIX NODE', 144, 51_000, 380_000, 'hot'],
  ['pbuf', 2624, 610, 20, 'even', { limit: 4096 }],
  ['vnpbuf', 2624, 61, 2, 'even', { kind: 'secondary', limit: 2048 }],
  ['malloc-64', 64, 310_000, 71_000, 'hot'],
  ['malloc-256', 256, 92_000, 21_000, 'hot'],
  ['pcpu-8', 8, 11, 5100, 'house'],
  ['g_bio', 408, 1900, 9, 'even'],
  // Pages that are free, of each memory domain and pool.
  ['vm pgcache', 4096, 27_000, 8400, 'hot', { kind: 'cache' }],
  ['vm pgcache', 4096, 3100, 900, 'hot', { kind: 'cache' }],
  // Not at boot, but where one more is asked for.
  ['sim_early', 96, 0, 0, 'house', { isEarly: true }],
];

export const ZONES_AT_BOOT = rows.length - 1;

/** The first `count` of them; those beyond the table are made up. */
export function zoneModels(count: number): ZoneModel[] {
  return Array.from({ length: count }, (_, nth) => {
    const made: Row = [`sim_zone_${nth}`, 32 + 8 * (nth % 61), 3 * (nth % 97), 50 * (nth % 31), 'even'];
    const [name, size, rate, inUse, cpuClass, rest] = rows[nth] ?? made;
    const slabPages = Math.max(1, Math.ceil(size / 4096));
    return { name, size, rate, inUse, cpuClass, slabPages, perSlab: Math.floor((4096 * slabPages) / size), ...rest };
  });
}
