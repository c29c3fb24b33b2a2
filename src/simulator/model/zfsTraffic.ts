/** How fast the counters of zfs.ko move: a pool that serves files, with a cache device (L2ARC) and without a separate log. */

/** As in traffic.ts: who does the work. */
type Who = 'even' | 'hot' | 'house';
type Rates = Readonly<Record<string, readonly [rate: number, cpuClass: Who]>>;

interface ZfsActivity {
  readonly rate: number;
  readonly cpuClass: Who;
  readonly level?: number;
}

const arcSums: Rates = {
  hits: [64_120, 'hot'],
  iohits: [210, 'hot'],
  misses: [1890, 'hot'],
  demand_data_hits: [41_300, 'hot'],
  demand_data_iohits: [160, 'hot'],
  demand_data_misses: [610, 'hot'],
  demand_metadata_hits: [21_900, 'hot'],
  demand_metadata_iohits: [20, 'hot'],
  demand_metadata_misses: [140, 'hot'],
  prefetch_data_hits: [780, 'hot'],
  prefetch_data_iohits: [25, 'hot'],
  prefetch_data_misses: [1090, 'hot'],
  prefetch_metadata_hits: [140, 'hot'],
  prefetch_metadata_iohits: [5, 'hot'],
  prefetch_metadata_misses: [50, 'hot'],
  mru_hits: [19_400, 'hot'],
  mru_ghost_hits: [31, 'hot'],
  mfu_hits: [43_800, 'hot'],
  mfu_ghost_hits: [48, 'hot'],
  uncached_hits: [2, 'hot'],
  deleted: [1700, 'house'],
  mutex_miss: [3, 'house'],
  access_skip: [0.2, 'hot'],
  evict_skip: [11, 'house'],
  evict_not_enough: [0.05, 'house'],
  evict_l2_cached: [61_000_000, 'house'],
  evict_l2_eligible: [38_000_000, 'house'],
  evict_l2_eligible_mfu: [14_000_000, 'house'],
  evict_l2_eligible_mru: [24_000_000, 'house'],
  evict_l2_ineligible: [9_000_000, 'house'],
  hash_collisions: [410, 'hot'],
  l2_hits: [540, 'even'],
  l2_misses: [1340, 'even'],
  l2_feeds: [1, 'house'],
  l2_read_bytes: [44_000_000, 'even'],
  l2_write_bytes: [7_800_000, 'house'],
  l2_writes_sent: [1, 'house'],
  l2_writes_done: [1, 'house'],
  l2_log_blk_writes: [0.06, 'house'],
  prune: [0.3, 'house'],
  predictive_prefetch: [1180, 'hot'],
  prescient_prefetch: [41, 'hot'],
  demand_hit_predictive_prefetch: [390, 'hot'],
  demand_hit_prescient_prefetch: [12, 'hot'],
  memory_indirect_count: [0.01, 'house'],
};

const symbols: Readonly<Record<string, Rates | undefined>> = {
  arc_sums: arcSums,
  dbuf_sums: {
    cache_total_evicts: [2100, 'house'],
    hash_hits: [91_000, 'hot'],
    hash_misses: [6200, 'hot'],
    hash_collisions: [240, 'hot'],
    hash_insert_race: [1, 'hot'],
  },
  zfetch_sums: {
    hits: [3400, 'hot'],
    future: [120, 'hot'],
    stride: [14, 'hot'],
    past: [60, 'hot'],
    misses: [9100, 'hot'],
    max_streams: [3, 'hot'],
    io_issued: [1150, 'hot'],
  },
  zil_sums_global: {
    zil_commit_count: [88, 'hot'],
    zil_commit_writer_count: [70, 'hot'],
    zil_itx_count: [160, 'hot'],
    zil_itx_copied_count: [90, 'hot'],
    zil_itx_copied_bytes: [1_100_000, 'hot'],
    zil_itx_needcopy_count: [70, 'hot'],
    zil_itx_needcopy_bytes: [5_200_000, 'hot'],
    zil_itx_metaslab_normal_count: [78, 'hot'],
    zil_itx_metaslab_normal_bytes: [6_500_000, 'hot'],
    zil_itx_metaslab_normal_write: [6_700_000, 'hot'],
    zil_itx_metaslab_normal_alloc: [8_100_000, 'hot'],
  },
};

/** What goes up and down: what its sum stays near, and how much of it comes and goes in a second. */
const levels: Readonly<Record<string, readonly [level: number, rate: number]>> = {
  'arc_sums.arcstat_hash_elements': [1_140_000, 1700],
  'arc_sums.arcstat_hash_chains': [88_000, 190],
  'arc_sums.arcstat_compressed_size': [21_300_000_000, 90_000_000],
  'arc_sums.arcstat_uncompressed_size': [31_900_000_000, 130_000_000],
  'arc_sums.arcstat_overhead_size': [910_000_000, 40_000_000],
  'arc_sums.arcstat_hdr_size': [281_000_000, 410_000],
  'arc_sums.arcstat_data_size': [19_800_000_000, 80_000_000],
  'arc_sums.arcstat_metadata_size': [2_410_000_000, 9_000_000],
  'arc_sums.arcstat_dbuf_size': [94_000_000, 500_000],
  'arc_sums.arcstat_bonus_size': [71_000_000, 300_000],
  'arc_sums.arcstat_meta_used': [3_100_000_000, 9_000_000],
  'arc_sums.arcstat_abd_chunk_waste_size': [12_000_000, 60_000],
  'arc_sums.arcstat_l2_prefetch_asize': [8_400_000_000, 900_000],
  'arc_sums.arcstat_l2_mru_asize': [61_000_000_000, 4_000_000],
  'arc_sums.arcstat_l2_mfu_asize': [118_000_000_000, 3_000_000],
  'arc_sums.arcstat_l2_bufc_data_asize': [171_000_000_000, 7_000_000],
  'arc_sums.arcstat_l2_bufc_metadata_asize': [16_000_000_000, 800_000],
  'arc_sums.arcstat_l2_lsize': [262_000_000_000, 11_000_000],
  'arc_sums.arcstat_l2_psize': [187_000_000_000, 7_800_000],
  'arc_sums.arcstat_l2_log_blk_asize': [610_000_000, 30_000],
  'arc_sums.arcstat_l2_log_blk_count': [14_900, 0.06],
  'dbuf_sums.cache_count': [61_000, 2100],
  'dbuf_sums.hash_elements': [402_000, 2400],
  'dbuf_sums.hash_chains': [31_000, 180],
  'dbuf_sums.metadata_cache_count': [2900, 2],
  'dbuf_sums.cache_levels[0]': [60_400, 2000],
  'dbuf_sums.cache_levels[1]': [600, 90],
  'dbuf_sums.cache_levels_bytes[0]': [701_000_000, 24_000_000],
  'dbuf_sums.cache_levels_bytes[1]': [9_800_000, 1_400_000],
};

/** Undefined for a symbol of another file; what is not listed is at rest, as on a healthy pool. */
export function zfsActivityOf(symbol: string, member: string): ZfsActivity | undefined {
  const rates = symbols[symbol];
  if (rates === undefined) return undefined;
  const level = levels[`${symbol}.${member}`];
  if (level !== undefined) return { level: level[0], rate: level[1], cpuClass: 'hot' };
  const [rate, cpuClass] = rates[member.replace(/^(arc|zfetch)stat_/, '')] ?? [0, 'even'];
  return { rate, cpuClass };
}
