/** Memory domains (<vm/vm_pagequeue.h>): what the kernel keeps of the pages of each, and of the queues that they wait in. */
import type { Profile } from '../profiles.js';
import {
  madeOnce,
  array,
  bool,
  char,
  cInt,
  forward,
  long,
  pointer,
  struct,
  typedef,
  uInt,
  uint64,
  uint8,
  ulong,
  unsigned,
  voidPointer,
  type CType,
  type StructType,
} from './ctypes.js';
import { mtx } from './kernelTypes.js';
import { cacheLine, mtxPadalign } from './umaTypes.js';

type Kernel = Pick<Profile, 'machine' | 'release'>;

/** `MAXMEMDOM`. */
export const MOST_DOMAINS = 8;
/** By their numbers, `PQ_INACTIVE` and so on. */
export const pageQueues = [
  'vm inactive pagequeue',
  'vm active pagequeue',
  'vm laundry pagequeue',
  'vm unswappable pagequeue',
] as const;

const tailq = struct('', { tqe_next: pointer(forward('vm_page')), tqe_prev: voidPointer });

/** Of its members only the size of all matters here, as markers in the queues are pages. */
const vmPage = struct('vm_page', {
  plinks: struct('', { q: tailq }),
  listq: tailq,
  object: pointer(forward('vm_object')),
  pindex: typedef('vm_pindex_t', ulong),
  phys_addr: typedef('vm_paddr_t', ulong),
  md: struct('md_page', {
    pv_list: struct('', { tqh_first: voidPointer, tqh_last: voidPointer }),
    pv_gen: cInt,
    pat_mode: cInt,
  }),
  ref_count: uInt,
  busy_lock: uInt,
  a: unsigned,
  order: uint8,
  pool: uint8,
  flags: uint8,
  oflags: uint8,
  psind: char,
  segind: char,
  valid: uint8,
  dirty: uint8,
});

const integers = (names: string, type: CType): Record<string, CType> =>
  Object.fromEntries(names.split(' ').map((name) => [name, type]));

const pidctrl = struct(
  'pidctrl',
  integers(
    'pc_error pc_olderror pc_integral pc_derivative pc_input pc_output pc_ticks pc_setpoint pc_interval pc_bound pc_Kpd pc_Kid pc_Kdd',
    cInt,
  ),
);

export const vmPagequeue = madeOnce((kernel: Kernel): StructType => {
  return struct(
    'vm_pagequeue',
    {
      pq_mutex: mtx,
      pq_pl: struct('pglist', { tqh_first: pointer(vmPage), tqh_last: voidPointer }),
      pq_cnt: cInt,
      pq_name: pointer(char),
      pq_pdpages: uint64,
    },
    cacheLine(kernel),
  );
});

export const vmDomain = madeOnce((kernel: Kernel): StructType => {
  const { release } = kernel;
  const line = cacheLine(kernel);
  const cache = struct('vm_pgcache', { domain: cInt, pool: cInt, zone: pointer(forward('uma_zone')) });
  const members = {
    vmd_pagequeues: array(vmPagequeue(kernel), pageQueues.length),
    vmd_free_mtx: mtxPadalign(kernel),
    vmd_pageout_mtx: mtxPadalign(kernel),
    vmd_pgcache: array(cache, release >= 15 ? 3 : 2),
    vmd_kernel_arena: pointer(forward('vmem')),
    vmd_kernel_rwx_arena: pointer(forward('vmem')),
    vmd_domain: uInt,
    vmd_page_count: uInt,
    vmd_segs: long,
    vmd_free_count: uInt,
    vmd_pageout_deficit: uInt,
    vmd_pad: array(uint8, line - 8),
    vmd_pid: pidctrl,
    vmd_oom: release >= 15 ? bool : typedef('boolean_t', cInt),
    ...(release === 12 ? {} : scanners),
    vmd_oom_seq: cInt,
    vmd_last_active_scan: cInt,
    vmd_markers: array(vmPage, pageQueues.length),
    vmd_inacthead: vmPage,
    vmd_clock: array(vmPage, 2),
    vmd_pageout_wanted: cInt,
    vmd_pageout_pages_needed: cInt,
    vmd_minset: bool,
    vmd_severeset: bool,
    // An enum.
    vmd_laundry_request: unsigned,
    ...integers(
      `vmd_clean_pages_freed vmd_background_launder_target vmd_free_reserved vmd_free_target vmd_free_min vmd_inactive_target ` +
        `vmd_pageout_free_min vmd_pageout_wakeup_thresh vmd_interrupt_free_min vmd_free_severe`,
      uInt,
    ),
    vmd_oid: pointer(forward('sysctl_oid')),
    vmd_name: array(char, 2),
  };
  return struct('vm_domain', members, line, { vmd_free_count: line });
});

/** Several threads scan the inactive queue since 13. */
const scanners = integers(
  `vmd_inactive_threads vmd_inactive_shortage vmd_inactive_running vmd_inactive_starting vmd_addl_shortage vmd_inactive_freed ` +
    `vmd_inactive_us vmd_inactive_pps`,
  uInt,
);
