/** UMA's structs (<vm/uma_int.h>): kegs, which have slabs, zones, which have caches, and what each has for a CPU or a memory domain. */
import type { Profile } from '../profiles.js';
import {
  madeOnce,
  array,
  char,
  cInt,
  counterU64,
  forward,
  int16,
  long,
  pointer,
  struct,
  typedef,
  uInt,
  uint16,
  uint32,
  uint64,
  uint8,
  ulong,
  unsigned,
  voidPointer,
  type CType,
  type StructType,
} from './ctypes.js';
import { timeval } from './interruptTypes.js';
import { lockObject, mtx } from './kernelTypes.js';

type Kernel = Pick<Profile, 'machine' | 'release'>;

/** `CACHE_LINE_SIZE`. */
export function cacheLine({ machine }: Pick<Profile, 'machine'>): number {
  return machine === 'amd64' ? 64 : 128;
}
/** `UMA_SUPER_ALIGN`: two lines on amd64. */
const SUPER_ALIGN = 128;

export const listHead = (of: string): StructType => struct('', { lh_first: pointer(forward(of)) });
const listEntry = (of: string): StructType =>
  struct('', { le_next: pointer(forward(of)), le_prev: pointer(pointer(forward(of))) });
/** Of a typedef for a pointer to a function, which nobody here calls. */
const callback = (name: string): CType => typedef(name, voidPointer);
const smrSeq = typedef('smr_seq_t', uint32);

export function mtxPadalign(kernel: Pick<Profile, 'machine'>): StructType {
  return struct('mtx_padalign', { lock_object: lockObject, mtx_lock: typedef('uintptr_t', ulong) }, cacheLine(kernel));
}

const task = struct('task', {
  ta_link: struct('', { stqe_next: pointer(forward('task')) }),
  ta_pending: uint16,
  ta_priority: uint8,
  ta_flags: uint8,
  ta_func: callback('task_fn_t'),
  ta_context: voidPointer,
});

/** What a cache of 12 has pointers to. */
export const umaBucket = madeOnce(({ release }: Kernel): StructType => {
  return struct('uma_bucket', {
    ub_link: release === 12 ? listEntry('uma_bucket') : struct('', { stqe_next: pointer(forward('uma_bucket')) }),
    ub_cnt: int16,
    ub_entries: int16,
    ...(release === 12 ? {} : { ub_seq: smrSeq }),
    ub_bucket: array(voidPointer, 0),
  });
});

/** Of one CPU, in a zone. */
export const umaCache = madeOnce((kernel: Kernel): StructType => {
  const bucket = pointer(umaBucket(kernel));
  const counts = { uc_allocs: uint64, uc_frees: uint64 };
  if (kernel.release === 12) {
    return struct('uma_cache', { uc_freebucket: bucket, uc_allocbucket: bucket, ...counts }, SUPER_ALIGN);
  }
  const inCache = struct('uma_cache_bucket', {
    ucb_bucket: bucket,
    ucb_cnt: int16,
    ucb_entries: int16,
    ucb_spare: uint32,
  });
  const buckets = { uc_freebucket: inCache, uc_allocbucket: inCache, uc_crossbucket: inCache };
  return struct('uma_cache', { ...buckets, ...counts }, SUPER_ALIGN);
});

/** Of one memory domain, in a keg. */
export const umaDomain = madeOnce((kernel: Kernel): StructType => {
  const slabs = {
    ud_part_slab: listHead('uma_slab'),
    ud_free_slab: listHead('uma_slab'),
    ud_full_slab: listHead('uma_slab'),
  };
  if (kernel.release === 12) return struct('uma_domain', slabs);
  const counts = { ud_pages: uint32, ud_free_items: uint32, ud_free_slabs: uint32 };
  return struct('uma_domain', { ud_lock: mtxPadalign(kernel), ...slabs, ...counts }, cacheLine(kernel));
});

export const umaKeg = madeOnce((kernel: Kernel): StructType => {
  const isOld = kernel.release === 12;
  return struct('uma_keg', {
    ...(isOld ? { uk_lock: mtx } : {}),
    uk_hash: struct('uma_hash', { uh_slab_hash: voidPointer, uh_hashsize: uInt, uh_hashmask: uInt }),
    uk_zones: listHead('uma_zone'),
    uk_dr: struct('domainset_ref', { dr_policy: pointer(forward('domainset')), dr_iter: unsigned }),
    uk_align: uint32,
    ...(isOld ? { uk_pages: uint32, uk_free: uint32 } : {}),
    uk_reserve: uint32,
    uk_size: uint32,
    uk_rsize: uint32,
    ...(isOld ? { uk_maxpages: uint32 } : {}),
    uk_init: callback('uma_init'),
    uk_fini: callback('uma_fini'),
    uk_allocf: callback('uma_alloc'),
    uk_freef: callback('uma_free'),
    uk_offset: ulong,
    uk_kva: typedef('vm_offset_t', ulong),
    ...(isOld ? { uk_slabzone: pointer(forward('uma_zone')) } : {}),
    uk_pgoff: uint32,
    uk_ppera: uint16,
    uk_ipers: uint16,
    uk_flags: uint32,
    uk_name: pointer(char),
    uk_link: listEntry('uma_keg'),
    uk_domain: array(umaDomain(kernel), 0),
  });
});

/** Of one memory domain, in a zone. */
export const umaZoneDomain = madeOnce((kernel: Kernel): StructType => {
  const items = { uzd_nitems: long, uzd_imax: long, uzd_imin: long };
  if (kernel.release === 12) {
    return struct('uma_zone_domain', { uzd_buckets: listHead('uma_bucket'), ...items, uzd_wss: long });
  }
  return struct(
    'uma_zone_domain',
    {
      uzd_buckets: struct('uma_bucketlist', { stqh_first: voidPointer, stqh_last: voidPointer }),
      uzd_cross: pointer(forward('uma_bucket')),
      ...items,
      uzd_bimin: long,
      uzd_wss: long,
      uzd_limin: long,
      uzd_timin: uInt,
      uzd_seq: smrSeq,
      uzd_lock: mtx,
    },
    cacheLine(kernel),
  );
});

const rare = { uz_warning: pointer(char), uz_ratecheck: timeval, uz_maxaction: task };
const construction = { uz_ctor: callback('uma_ctor'), uz_dtor: callback('uma_dtor') };
const initialization = { uz_init: callback('uma_init'), uz_fini: callback('uma_fini') };
const backend = { uz_import: callback('uma_import'), uz_release: callback('uma_release'), uz_arg: voidPointer };

/** The caches of all CPUs follow it, and since 13 what it has of each memory domain follows those. */
export const umaZone = madeOnce((kernel: Kernel): StructType => {
  const caches = array(umaCache(kernel), 0);
  if (kernel.release > 12) {
    return struct('uma_zone', {
      uz_flags: uint32,
      uz_size: uint32,
      ...construction,
      uz_smr: typedef('smr_t', pointer(forward('smr'))),
      uz_max_items: uint64,
      uz_bucket_max: uint64,
      uz_bucket_size: uint16,
      uz_bucket_size_max: uint16,
      uz_sleepers: uint32,
      uz_xdomain: counterU64,
      uz_keg: pointer(forward('uma_keg')),
      ...backend,
      ...initialization,
      uz_items: uint64,
      uz_sleeps: uint64,
      uz_link: listEntry('uma_zone'),
      uz_allocs: counterU64,
      uz_frees: counterU64,
      uz_fails: counterU64,
      uz_name: pointer(char),
      uz_ctlname: pointer(char),
      uz_namecnt: cInt,
      uz_bucket_size_min: uint16,
      uz_reclaimers: uint16,
      uz_oid: pointer(forward('sysctl_oid')),
      ...rare,
      uz_cross_lock: mtx,
      uz_cpu: caches,
    });
  }
  const members = {
    uz_lockptr: pointer(mtx),
    uz_name: pointer(char),
    uz_domain: pointer(umaZoneDomain(kernel)),
    uz_flags: uint32,
    uz_size: uint32,
    ...construction,
    ...initialization,
    ...backend,
    uz_slab: callback('uma_slaballoc'),
    uz_count: uint16,
    uz_count_min: uint16,
    uz_link: listEntry('uma_zone'),
    uz_kegs: listHead('uma_klink'),
    uz_lock: mtx,
    uz_klink: struct('uma_klink', { kl_link: listEntry('uma_klink'), kl_keg: pointer(forward('uma_keg')) }),
    ...rare,
    // Plain numbers, which are added to atomically.
    uz_allocs: ulong,
    uz_fails: ulong,
    uz_frees: ulong,
    uz_sleeps: uint64,
    uz_cpu: caches,
  };
  return struct('uma_zone', members, SUPER_ALIGN, { uz_allocs: SUPER_ALIGN });
});

/** `UMA_ZONE_SECONDARY`, and `UMA_ZFLAG_INTERNAL`: such a keg's zones have no caches. */
export const UMA_SECONDARY = 0x200;
export const UMA_INTERNAL = 0x2000_0000;
