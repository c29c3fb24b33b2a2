/**
 * Interfaces and their addresses, member by member as net/if_var.h has them, and net/if_private.h since 14.0. That of 14 is the one that was also
 * looked at live.
 */
import type { Release } from '../profiles.js';
import {
  array,
  cFunction,
  char,
  cInt,
  counterU64,
  forward,
  long,
  madeOnce,
  pointer,
  short,
  struct,
  typedef,
  uchar,
  uInt,
  uint16,
  uint32,
  uint64,
  uint8,
  ulong,
  ushort,
  voidPointer,
  type CType,
  type StructType,
} from './ctypes.js';
import { mtx } from './kernelTypes.js';
import { ckStailqEntry, ckStailqHead, listEntry, stailqEntry } from './queues.js';

/** `IFCOUNTER_IPACKETS` and so on, in the order of `ift_counter`. */
export const ifCounterNames = [
  'ipackets',
  'ierrors',
  'opackets',
  'oerrors',
  'collisions',
  'ibytes',
  'obytes',
  'imcasts',
  'omcasts',
  'iqdrops',
  'oqdrops',
  'noproto',
] as const;
export const IFCOUNTERS = ifCounterNames.length;
/** `IFNAMSIZ`. */
export const IFNAMSIZ = 16;

export const task = struct('task', {
  ta_link: stailqEntry('task'),
  ta_pending: uint16,
  ta_priority: uint8,
  ta_flags: uint8,
  ta_func: pointer(cFunction),
  ta_context: voidPointer,
});

const ifaltq = struct('ifaltq', {
  ifq_head: pointer(forward('mbuf')),
  ifq_tail: pointer(forward('mbuf')),
  ifq_len: cInt,
  ifq_maxlen: cInt,
  ifq_mtx: mtx,
  ifq_drv_head: pointer(forward('mbuf')),
  ifq_drv_tail: pointer(forward('mbuf')),
  ifq_drv_len: cInt,
  ifq_drv_maxlen: cInt,
  altq_type: cInt,
  altq_flags: cInt,
  altq_disc: voidPointer,
  altq_ifp: pointer(forward('ifnet')),
  altq_enqueue: pointer(cFunction),
  altq_dequeue: pointer(cFunction),
  altq_request: pointer(cFunction),
  altq_tbr: pointer(forward('tb_regulator')),
  altq_cdnr: pointer(forward('top_cdnr')),
});

const epochContext = struct('epoch_context', { data: array(voidPointer, 2) });
const timeval = struct('timeval', { tv_sec: typedef('time_t', long), tv_usec: typedef('suseconds_t', long) });
const sizeT = typedef('size_t', ulong);

/** The start of every address: its own size, then its family. */
const sockaddr = struct('sockaddr', {
  sa_len: uchar,
  sa_family: typedef('sa_family_t', uint8),
  sa_data: array(char, 14),
});

export const sockaddrDl = struct('sockaddr_dl', {
  sdl_len: uchar,
  sdl_family: uchar,
  sdl_index: ushort,
  sdl_type: uchar,
  sdl_nlen: uchar,
  sdl_alen: uchar,
  sdl_slen: uchar,
  sdl_data: array(char, 46),
});

export const sockaddrIn = struct('sockaddr_in', {
  sin_len: uint8,
  sin_family: typedef('sa_family_t', uint8),
  sin_port: typedef('in_port_t', uint16),
  sin_addr: struct('in_addr', { s_addr: typedef('in_addr_t', uint32) }),
  sin_zero: array(char, 8),
});

export const ifaddr = madeOnce((release: Release): StructType => {
  return struct('ifaddr', {
    ifa_addr: pointer(sockaddr),
    ifa_dstaddr: pointer(sockaddr),
    ifa_netmask: pointer(sockaddr),
    ifa_ifp: pointer(forward('ifnet')),
    ifa_carp: pointer(forward('carp_softc')),
    ifa_link: ckStailqEntry('ifaddr'),
    ...(release === 12 ? { ifa_rtrequest: pointer(cFunction) } : {}),
    ifa_flags: ushort,
    ifa_refcnt: uInt,
    ifa_ipackets: counterU64,
    ifa_opackets: counterU64,
    ifa_ibytes: counterU64,
    ifa_obytes: counterU64,
    ifa_epoch_ctx: epochContext,
  });
});

/** One more than the last address family: HyperV's came with 13, DIVERT with 14.0. The simulated 14 is the -CURRENT before that. */
const addressFamilies: Readonly<Record<Release, number>> = { 12: 42, 13: 43, 14: 43, 15: 44 };

export const ifnet = madeOnce((release: Release) => {
  const since14 = (members: Record<string, CType>): Record<string, CType> => (release >= 14 ? members : {});
  const functions = (names: string): Record<string, CType> =>
    Object.fromEntries(names.split(' ').map((name) => [name, pointer(cFunction)]));
  return struct('ifnet', {
    if_link: ckStailqEntry('ifnet'),
    if_clones: listEntry('ifnet'),
    if_groups: ckStailqHead('', forward('ifg_list')),
    if_alloctype: uchar,
    ...(release >= 13 ? { if_numa_domain: uint8 } : {}),
    if_softc: voidPointer,
    if_llsoftc: voidPointer,
    if_l2com: voidPointer,
    if_dname: pointer(char),
    if_dunit: cInt,
    if_index: ushort,
    ...(release >= 14 ? { if_idxgen: ushort } : { if_index_reserved: short }),
    if_xname: array(char, IFNAMSIZ),
    if_description: pointer(char),
    if_flags: cInt,
    if_drv_flags: cInt,
    if_capabilities: cInt,
    ...since14({ if_capabilities2: cInt }),
    if_capenable: cInt,
    ...since14({ if_capenable2: cInt }),
    if_linkmib: voidPointer,
    if_linkmiblen: sizeT,
    if_refcount: uInt,
    if_type: uint8,
    if_addrlen: uint8,
    if_hdrlen: uint8,
    if_link_state: uint8,
    if_mtu: uint32,
    if_metric: uint32,
    if_baudrate: uint64,
    if_hwassist: uint64,
    if_epoch: typedef('time_t', long),
    if_lastchange: timeval,
    if_snd: ifaltq,
    if_linktask: task,
    ...(release >= 13 ? { if_addmultitask: task } : {}),
    if_addr_lock: mtx,
    if_addrhead: ckStailqHead('ifaddrhead', ifaddr(release)),
    if_multiaddrs: ckStailqHead('ifmultihead', forward('ifmultiaddr')),
    if_amcount: cInt,
    if_addr: pointer(ifaddr(release)),
    if_hw_addr: voidPointer,
    if_broadcastaddr: pointer(uint8),
    if_afdata_lock: mtx,
    if_afdata: array(voidPointer, addressFamilies[release]),
    if_afdata_initialized: cInt,
    if_fib: uInt,
    if_vnet: pointer(forward('vnet')),
    if_home_vnet: pointer(forward('vnet')),
    if_vlantrunk: pointer(forward('ifvlantrunk')),
    if_bpf: pointer(forward('bpf_if')),
    if_pcount: cInt,
    if_bridge: voidPointer,
    if_lagg: voidPointer,
    if_pf_kif: voidPointer,
    if_carp: pointer(forward('carp_if')),
    if_label: pointer(forward('label')),
    if_netmap: pointer(forward('netmap_adapter')),
    ...functions('if_output if_input if_bridge_input if_bridge_output if_bridge_linkstate if_start if_ioctl if_init'),
    ...functions('if_resolvemulti if_qflush if_transmit if_reassign'),
    if_get_counter: typedef('if_get_counter_t', pointer(cFunction)),
    if_requestencap: pointer(cFunction),
    ...(release >= 15 ? { if_ipsec_accel_m: pointer(forward('if_ipsec_accel_methods')) } : {}),
    if_counters: array(counterU64, IFCOUNTERS),
    if_hw_tsomax: uInt,
    if_hw_tsomaxsegcount: uInt,
    if_hw_tsomaxsegsize: uInt,
    if_snd_tag_alloc: pointer(cFunction),
    ...(release === 12
      ? functions('if_snd_tag_modify if_snd_tag_query if_snd_tag_free')
      : functions('if_ratelimit_query if_ratelimit_setup')),
    if_pcp: uint8,
    ...(release === 12
      ? { if_netdump_methods: pointer(forward('netdump_methods')) }
      : { if_debugnet_methods: pointer(forward('debugnet_methods')) }),
    if_epoch_ctx: epochContext,
    if_ispare: array(cInt, 4),
  });
});

/** Of V_ifnet: the interfaces of a vnet, in the order in which they came. */
export const ifnetHead = madeOnce((release: Release): StructType => {
  return ckStailqHead('ifnethead', ifnet(release));
});

/** Made up: what a driver with a if_get_counter of its own counts, in plain words by queue; one queue for each CPU id. */
export const simQueueStats = struct('sim_queue_stats', { counts: array(uint64, IFCOUNTERS) });

/** Where an interface is by its index. Since 14 one table for all vnets, with generations; before, this is a part of each vnet and has none. */
export const ifindexEntry = struct('ifindex_entry', { ife_ifnet: pointer(forward('ifnet')), ife_gencnt: uint16 });

/** `struct if_data` of <net/if.h>, as sysctl(3) tells it inside struct ifmibdata; its unions are as long as what they hold. */
const ifData = struct('if_data', {
  ifi_type: uint8,
  ifi_physical: uint8,
  ifi_addrlen: uint8,
  ifi_hdrlen: uint8,
  ifi_link_state: uint8,
  ifi_vhid: uint8,
  ifi_datalen: uint16,
  ifi_mtu: uint32,
  ifi_metric: uint32,
  ifi_baudrate: uint64,
  ...Object.fromEntries(ifCounterNames.map((name): [string, CType] => [`ifi_${name}`, uint64])),
  ifi_hwassist: uint64,
  __ifi_epoch: uint64,
  __ifi_lastchange: array(uint64, 2),
});

export const ifmibdata = struct('ifmibdata', {
  ifmd_name: array(char, IFNAMSIZ),
  ifmd_pcount: cInt,
  ifmd_flags: cInt,
  ifmd_snd_len: cInt,
  ifmd_snd_maxlen: cInt,
  ifmd_snd_drops: cInt,
  ifmd_filler: array(cInt, 4),
  ifmd_data: ifData,
});
