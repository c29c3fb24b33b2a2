/** The structs of the kernel proper: virtual memory, per-CPU data, vnets, malloc(9), netisr. */
import type { Profile, Release } from '../profiles.js';
import type { DescribedRelease } from './fromLayouts.js';
import {
  madeOnce,
  array,
  char,
  cInt,
  counterU64,
  forward,
  int16,
  int64,
  long,
  pointer,
  struct,
  typedef,
  u64Struct,
  uchar,
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
import { listEntry, tailqEntry, tailqHead } from './queues.js';

const vmCounters =
  `v_swtch v_trap v_syscall v_intr v_soft v_vm_faults v_io_faults v_cow_faults v_cow_optim v_zfod v_ozfod
  v_swapin v_swapout v_swappgsin v_swappgsout v_vnodein v_vnodeout v_vnodepgsin v_vnodepgsout v_intrans v_reactivated
  v_pdwakeups v_pdpages v_pdshortfalls v_dfree v_pfree v_tfree v_forks v_vforks v_rforks v_kthreads v_forkpages
  v_vforkpages v_rforkpages v_kthreadpages v_wire_count`.split(/\s+/);
const vmPlain = `v_page_size v_page_count v_free_reserved v_free_target v_free_min v_inactive_target v_pageout_free_min
  v_interrupt_free_min v_free_severe`.split(/\s+/);

/** 36 counters, then plain u_int. */
export const vmmeter = struct(
  'vmmeter',
  Object.fromEntries([
    ...vmCounters.map((name): [string, CType] => [name, counterU64]),
    ...vmPlain.map((name): [string, CType] => [name, uInt]),
  ]),
);

export const sfstat = u64Struct(
  'sfstat',
  `sf_syscalls sf_noiocnt sf_iocnt sf_pages_read sf_pages_valid sf_rhpages_requested sf_rhpages_read sf_busy
  sf_allocfail sf_allocwait sf_pages_bogus`,
);

const cryptoMembers = ['cs_ops', 'cs_errs', 'cs_kops', 'cs_kerrs', 'cs_intrs', 'cs_rets', 'cs_blocks', 'cs_kblocks'];

/** Counters since 13; 32-bit values in 12. */
export const cryptostats = madeOnce((release: DescribedRelease): StructType => {
  if (release === 14) return u64Struct('cryptostats', cryptoMembers.join(' '));
  return struct('cryptostats', Object.fromEntries(cryptoMembers.map((name): [string, CType] => [name, uint32])));
});

export const tailqPointer = (of: string): StructType => struct('', { stqe_next: pointer(forward(of)) });

/** The first members have these offsets in 12, 13 and 14. */
export const vnet = struct('vnet', {
  vnet_le: listEntry('vnet'),
  vnet_magic_n: uInt,
  vnet_ifcnt: uInt,
  vnet_sockcnt: uInt,
  vnet_state: uInt,
  vnet_data_mem: voidPointer,
  vnet_data_base: typedef('uintptr_t', ulong),
  vnet_shutdown: typedef('bool', uchar),
});

/** A loaded file (<sys/linker.h>); the list of them is in the order in which they were loaded. */
export const linkerFile = madeOnce((release: Release): StructType => {
  return struct('linker_file', {
    ops: voidPointer,
    refs: cInt,
    userrefs: cInt,
    flags: cInt,
    link: tailqEntry('linker_file'),
    filename: pointer(char),
    pathname: pointer(char),
    id: cInt,
    address: pointer(char),
    size: typedef('size_t', ulong),
    ctors_addr: pointer(char),
    ctors_size: typedef('size_t', ulong),
    // An enum.
    ...(release >= 15 ? { ctors_invoked: unsigned } : {}),
    ...(release >= 13 ? { dtors_addr: pointer(char), dtors_size: typedef('size_t', ulong) } : {}),
    ndeps: cInt,
    deps: voidPointer,
    common: struct('', { stqh_first: voidPointer, stqh_last: voidPointer }),
    modules: struct('', { tqh_first: voidPointer, tqh_last: voidPointer }),
    loaded: struct('', { tqe_next: voidPointer, tqe_prev: voidPointer }),
    loadcnt: cInt,
    nenabled: cInt,
    fbt_nentries: cInt,
  });
});

const elfAddr = typedef('Elf_Addr', uint64);

function elfFileStart(release: Release): Record<string, CType> {
  return { lf: linkerFile(release), preloaded: cInt, address: pointer(char) };
}

const text = pointer(char);
/** What both keep of a file's symbols and types, in this order. */
const symbolTable = { ddbsymtab: pointer(forward('elf64_sym')), ddbsymcnt: long, ddbstrtab: text, ddbstrcnt: long };
const typeTable = { ctftab: text, ctfcnt: long, ctfoff: text, typoff: text, typlen: long };

/**
 * What link_elf.c keeps of a loaded file, up to where its own VNET and DPCPU data is: of the kernel everywhere, of a module where it is a
 * shared object, which is not on amd64.
 */
export const elfFile = madeOnce((release: Release): StructType => {
  return struct('elf_file', {
    ...elfFileStart(release),
    dynamic: voidPointer,
    nbuckets: uint32,
    nchains: uint32,
    buckets: pointer(uint32),
    chains: pointer(uint32),
    hash: text,
    strtab: text,
    strsz: cInt,
    symtab: pointer(forward('elf64_sym')),
    got: pointer(elfAddr),
    pltrel: voidPointer,
    pltrelsize: cInt,
    pltrela: voidPointer,
    pltrelasize: cInt,
    rel: voidPointer,
    relsize: cInt,
    rela: voidPointer,
    relasize: cInt,
    modptr: text,
    ...symbolTable,
    symbase: text,
    strbase: text,
    ...typeTable,
    pcpu_start: elfAddr,
    pcpu_stop: elfAddr,
    pcpu_base: elfAddr,
    vnet_start: elfAddr,
    vnet_stop: elfAddr,
    vnet_base: elfAddr,
  });
});

/** A section of a relocatable file, where it was loaded. */
export const elfProgent = struct('', {
  addr: voidPointer,
  size: typedef('Elf_Off', uint64),
  flags: cInt,
  sec: cInt,
  name: pointer(char),
});

/** Of a module on amd64, where it is a relocatable file: link_elf_obj.c has a struct of its own by the same name. */
const elfObjectFile = madeOnce((release: Release): StructType => {
  return {
    ...struct('elf_file', {
      ...elfFileStart(release),
      object: voidPointer,
      e_shdr: voidPointer,
      progtab: pointer(elfProgent),
      nprogtab: uInt,
      relatab: voidPointer,
      nrelatab: uInt,
      reltab: voidPointer,
      nreltab: cInt,
      ...symbolTable,
      shstrtab: text,
      shstrcnt: long,
      ...typeTable,
    }),
    source: 'link_elf_obj.c',
  };
});

/** What the list of files has of a module. */
export function elfFileOf({ machine, release }: Pick<Profile, 'machine' | 'release'>): StructType {
  return machine === 'amd64' ? elfObjectFile(release) : elfFile(release);
}

export const linkerFiles = tailqHead('', forward('linker_file'));

/** `VNET_MAGIC_N`. */
export const VNET_MAGIC = 0x5e4a_6f28;

/** A zpcpu item of 64 bytes for each malloc type. */
export const mallocTypeStats = u64Struct(
  'malloc_type_stats',
  `mts_memalloced mts_memfreed mts_numallocs mts_numfrees mts_size _mts_reserved1 _mts_reserved2 _mts_reserved3`,
);

export const mallocTypeInternal = struct('malloc_type_internal', {
  mti_probes: array(uint32, 2),
  mti_zone: uchar,
  mti_stats: pointer(mallocTypeStats),
  mti_spare: array(ulong, 8),
});

/** Since 13 it embeds the internal part that 12 reaches through `ks_handle`. */
export const mallocType = madeOnce((release: Release): StructType => {
  const next = pointer(forward('malloc_type'));
  const name = pointer(char);
  return release >= 13
    ? struct('malloc_type', { ks_next: next, ks_version: ulong, ks_shortdesc: name, ks_mti: mallocTypeInternal })
    : struct('malloc_type', { ks_next: next, ks_magic: ulong, ks_shortdesc: name, ks_handle: voidPointer });
});

export const lockObject = struct('lock_object', {
  lo_name: pointer(char),
  lo_flags: uInt,
  lo_data: uInt,
  lo_witness: pointer(forward('witness')),
});
export const sx = struct('sx', { lock_object: lockObject, sx_lock: typedef('uintptr_t', ulong) });
export const mtx = struct('mtx', { lock_object: lockObject, mtx_lock: typedef('uintptr_t', ulong) });

const netisrWork = struct('netisr_work', {
  nw_head: pointer(forward('mbuf')),
  nw_tail: pointer(forward('mbuf')),
  nw_len: uInt,
  nw_qlimit: uInt,
  nw_watermark: uInt,
  nw_dispatched: uint64,
  nw_hybrid_dispatched: uint64,
  nw_qdrops: uint64,
  nw_queued: uint64,
  nw_handled: uint64,
});

/** DPCPU: the queues of one CPU's netisr thread, one for each protocol. It fills cache lines, which are longer on arm64. */
export function netisrWorkstream({ machine }: Pick<Profile, 'machine'>): StructType {
  return struct(
    'netisr_workstream',
    {
      nws_intr_event: pointer(forward('intr_event')),
      nws_swi_cookie: voidPointer,
      nws_mtx: mtx,
      nws_cpu: uInt,
      nws_flags: uInt,
      nws_pendingbits: uInt,
      nws_work: array(netisrWork, 16),
    },
    machine === 'amd64' ? 64 : 128,
  );
}

/** Made up: a zpcpu item of 64 bytes that holds every width and sign a field can have. */
export const simZpcpu = struct('sim_zpcpu', {
  operations: uint64,
  bytes: uint64,
  balance: int64,
  owner: voidPointer,
  errors: uint32,
  depth: cInt,
  queue: uint16,
  drift: int16,
  state: uint8,
  offset: typedef('int8_t', char),
  reserved: array(uint16, 9),
});

/** Made up: a small DPCPU struct. */
export const simDpcpu = struct('sim_dpcpu', { events: uint64, balance: int64, depth: unsigned, flags: uint16 });
