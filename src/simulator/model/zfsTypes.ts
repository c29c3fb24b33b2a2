/**
 * What zfs.ko counts: structs of sums, whose wmsum_t is counter(9) on FreeBSD (OpenZFS' sys/wmsum.h), in the variables that its kstats are made
 * from. 13.2 and that 14.0-CURRENT have OpenZFS 2.1, 15.0 has 2.4; 12 has an older ZFS, which counts in its kstats at once.
 */
import type { Profile } from '../profiles.js';
import { cacheLine } from './umaTypes.js';
import {
  madeOnce,
  array,
  cInt,
  counterU64,
  forward,
  int64,
  pointer,
  struct,
  typedef,
  uint64,
  uInt,
  type CType,
  type StructType,
} from './ctypes.js';
import { sx } from './kernelTypes.js';

type Kernel = Pick<Profile, 'machine' | 'release'>;

export interface ZfsSymbol {
  readonly name: string;
  readonly type: CType;
  readonly value?: bigint | undefined;
}

/** A sum that is no counter(9): what is there now, fanned out over buckets that have locks. */
const aggsum = madeOnce((kernel: Kernel): CType => {
  const members = {
    as_lock: typedef('kmutex_t', sx),
    as_lower_bound: int64,
    as_upper_bound: uint64,
    as_buckets: pointer(forward('aggsum_bucket')),
    as_numbuckets: typedef('uint_t', uInt),
    as_bucketshift: typedef('uint_t', uInt),
  };
  return typedef('aggsum_t', struct('aggsum', members, 1, { as_buckets: cacheLine(kernel) }));
});

const MOST_LEVELS = 12;

/** @param names with a prefix `?` since 15 only, and `!` for what is an aggsum */
function sums(kernel: Kernel, prefix: string, names: string): Record<string, CType> {
  return Object.fromEntries(
    names
      .trim()
      .split(/\s+/)
      .filter((name) => kernel.release >= 15 || !name.startsWith('?'))
      .map((name): [string, CType] => {
        const [, isAggsum, base = '', count] = /^\??(!?)(\w+?)(?:\[(\d+)\])?$/.exec(name) ?? [];
        const one = isAggsum === '' ? counterU64 : aggsum(kernel);
        return [prefix + base, count === undefined ? one : array(one, Number(count))];
      }),
  );
}

export const arcSums = madeOnce((kernel: Kernel): StructType => {
  const isNew = kernel.release >= 15;
  return struct(
    'arc_sums',
    sums(
      kernel,
      'arcstat_',
      `hits ?iohits misses demand_data_hits ?demand_data_iohits demand_data_misses demand_metadata_hits
      ?demand_metadata_iohits demand_metadata_misses prefetch_data_hits ?prefetch_data_iohits prefetch_data_misses
      prefetch_metadata_hits ?prefetch_metadata_iohits prefetch_metadata_misses mru_hits mru_ghost_hits mfu_hits
      mfu_ghost_hits ?uncached_hits deleted mutex_miss access_skip evict_skip evict_not_enough evict_l2_cached
      evict_l2_eligible evict_l2_eligible_mfu evict_l2_eligible_mru evict_l2_ineligible evict_l2_skip ?hash_elements
      hash_collisions hash_chains !size compressed_size uncompressed_size overhead_size hdr_size data_size metadata_size
      dbuf_size !dnode_size bonus_size l2_hits l2_misses l2_prefetch_asize l2_mru_asize l2_mfu_asize l2_bufc_data_asize
      l2_bufc_metadata_asize l2_feeds l2_rw_clash l2_read_bytes l2_write_bytes l2_writes_sent l2_writes_done
      l2_writes_error l2_writes_lock_retry l2_evict_lock_retry l2_evict_reading l2_evict_l1cached l2_free_on_write
      l2_abort_lowmem l2_cksum_bad l2_io_error l2_lsize l2_psize !l2_hdr_size l2_log_blk_writes l2_log_blk_asize
      l2_log_blk_count l2_rebuild_success l2_rebuild_abort_unsupported l2_rebuild_abort_io_errors
      l2_rebuild_abort_dh_errors l2_rebuild_abort_cksum_lb_errors l2_rebuild_abort_lowmem l2_rebuild_size
      l2_rebuild_asize l2_rebuild_bufs l2_rebuild_bufs_precached l2_rebuild_log_blks memory_throttle_count
      memory_direct_count memory_indirect_count prune ${isNew ? '' : '!'}meta_used async_upgrade_sync
      ?predictive_prefetch demand_hit_predictive_prefetch ?demand_iohit_predictive_prefetch ?prescient_prefetch
      demand_hit_prescient_prefetch ?demand_iohit_prescient_prefetch raw_size cached_only_in_progress
      abd_chunk_waste_size`,
    ),
  );
});

/** Both have no name in the sources: structs of one variable each. */
const dbufSums = madeOnce((kernel: Kernel): StructType => {
  const levels = `cache_levels[${MOST_LEVELS}] cache_levels_bytes[${MOST_LEVELS}]`;
  const names = `cache_count cache_total_evicts ${levels} hash_hits hash_misses hash_collisions ?hash_elements
    hash_chains hash_insert_race metadata_cache_count metadata_cache_overflow`;
  return struct('', sums(kernel, '', names));
});

const zfetchSums = madeOnce((kernel: Kernel): StructType => {
  const names = `hits ?future ?stride ?past misses max_streams io_issued ?!io_active`;
  return struct('', sums(kernel, 'zfetchstat_', names));
});

const zilSums = madeOnce((kernel: Kernel): StructType => {
  const places = (place: string): string =>
    ['count', 'bytes', 'write', 'alloc'].map((what) => `itx_metaslab_${place}_${what}`).join(' ');
  const names = `commit_count commit_writer_count commit_error_count commit_stall_count commit_suspend_count
    commit_crash_count itx_count itx_indirect_count itx_indirect_bytes itx_copied_count itx_copied_bytes
    itx_needcopy_count itx_needcopy_bytes ${places('normal')} ${places('slog')}`;
  return struct('zil_sums', sums(kernel, 'zil_', names));
});

export function zfsSymbols(kernel: Kernel): ZfsSymbol[] {
  const flags = { name: 'zfs_flags', type: cInt, value: 0n };
  if (kernel.release === 12) return [flags];
  return [
    flags,
    { name: 'arc_sums', type: typedef('arc_sums_t', arcSums(kernel)) },
    { name: 'dbuf_sums', type: dbufSums(kernel) },
    { name: 'zfetch_sums', type: zfetchSums(kernel) },
    ...(kernel.release >= 15 ? [{ name: 'zil_sums_global', type: typedef('zil_sums_t', zilSums(kernel)) }] : []),
  ];
}
