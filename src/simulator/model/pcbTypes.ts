/**
 * What TCP keeps of each socket, and where all of these are found, member by member as netinet/in_pcb.h has them. That of 14 is the -CURRENT that
 * was also looked at live, that of 15 a -CURRENT of 2025; those of 12 and 13 are like 14's where no difference is known, and were not seen.
 */
import type { Profile } from '../profiles.js';
import {
  madeOnce,
  array,
  char,
  cInt,
  forward,
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
  union,
  ushort,
  voidPointer,
  type CType,
  type StructType,
} from './ctypes.js';
import { lockObject, mtx } from './kernelTypes.js';
import { ckListEntry, ckListHead, tailqEntry } from './queues.js';

/** `INP_IPV4` and `INP_IPV6`, of inp_vflag. */
export const pcbFlags = { ipv4: 1, ipv6: 2 } as const;

const rwlock = struct('rwlock', { lock_object: lockObject, rw_lock: typedef('uintptr_t', ulong) });
const inAddr = struct('in_addr', { s_addr: typedef('in_addr_t', uint32) });
const in6Addr = struct('in6_addr', {
  __u6_addr: union('', { __u6_addr8: array(uint8, 16), __u6_addr16: array(uint16, 8), __u6_addr32: array(uint32, 4) }),
});
const dependAddr = union('in_dependaddr', {
  id46_addr: struct('in_addr_4in6', { ia46_pad32: array(uint32, 3), ia46_addr4: inAddr }),
  id6_addr: in6Addr,
});
const connInfo = struct('in_conninfo', {
  inc_flags: uint8,
  inc_len: uint8,
  inc_fibnum: uint16,
  inc_ie: struct('in_endpoints', {
    ie_fport: uint16,
    ie_lport: uint16,
    ie_dependfaddr: dependAddr,
    ie_dependladdr: dependAddr,
    ie6_zoneid: uint32,
  }),
});

/** What a route leads to, as TCP remembers it. */
const cachedRoute = struct('', {
  ro_nh: voidPointer,
  ro_lle: voidPointer,
  ro_prepend: pointer(char),
  ro_plen: uint16,
  ro_flags: uint16,
  ro_mtu: uint16,
  spare: uint16,
  ro_dst: array(char, 28),
});

/** True where listeners have a hash of their own, and connections another: since 14.0-RELEASE. The -CURRENT before that had one of all. */
export function hasOwnHash({ release }: Pick<Profile, 'release'>): boolean {
  return release >= 15;
}

export const inpcb = madeOnce((profile: Profile): StructType => {
  const { release } = profile;
  return struct('inpcb', {
    ...hashLinks(profile),
    inp_lock: rwlock,
    ...pacing(profile),
    inp_refcount: uInt,
    inp_flags: cInt,
    inp_flags2: cInt,
    inp_numa_domain: uint8,
    inp_ppcb: voidPointer,
    inp_socket: pointer(forward('socket')),
    ...(release === 14 ? { inp_hptsslot: cInt, inp_hpts_drop_reas: uint32 } : {}),
    inp_pcbinfo: pointer(forward('inpcbinfo')),
    ...(release <= 13 ? { inp_pcbgroup: pointer(forward('inpcbgroup')), inp_pcbgroup_wild: ckListEntry('inpcb') } : {}),
    inp_cred: pointer(forward('ucred')),
    inp_flow: uint32,
    inp_vflag: uchar,
    inp_ip_ttl: uchar,
    inp_ip_p: uchar,
    inp_ip_minttl: uchar,
    inp_flowid: uint32,
    ...(release >= 15 ? { inp_smr: uint32 } : {}),
    inp_snd_tag: voidPointer,
    inp_flowtype: uint32,
    ...(release <= 14 ? { inp_rss_listen_bucket: uint32 } : {}),
    inp_inc: connInfo,
    inp_label: voidPointer,
    inp_sp: voidPointer,
    '@ip4': struct('', { inp_ip_tos: uchar, inp_options: voidPointer, inp_moptions: voidPointer }),
    '@ip6': struct('', {
      in6p_options: voidPointer,
      in6p_outputopts: voidPointer,
      in6p_moptions: voidPointer,
      in6p_icmp6filt: voidPointer,
      in6p_cksum: cInt,
      in6p_hops: short,
    }),
    inp_portlist: ckListEntry('inpcb'),
    inp_phd: voidPointer,
    inp_gencnt: typedef('inp_gen_t', uint64),
    spare_ptr: voidPointer,
    inp_rt_cookie: typedef('rt_gen_t', uInt),
    '@route': union('', { inp_route: cachedRoute, inp_route6: cachedRoute }),
    inp_list: ckListEntry('inpcb'),
    ...(release <= 13 ? { inp_epoch_ctx: struct('epoch_context', { data: array(voidPointer, 2) }) } : {}),
  });
});

function hashLinks(profile: Profile): Record<string, CType> {
  if (hasOwnHash(profile)) return { inp_hash_exact: ckListEntry('inpcb'), inp_hash_wild: ckListEntry('inpcb') };
  const inHash = { inp_hash: ckListEntry('inpcb') };
  return profile.release <= 13 ? { ...inHash, inp_pcbgrouphash: ckListEntry('inpcb') } : inHash;
}

/** Of TCP's high precision timers, which have moved elsewhere by 15. */
function pacing({ release, machine }: Profile): Record<string, CType> {
  if (release >= 15) return {};
  return {
    inp_hpts: tailqEntry('inpcb'),
    ...(release === 14 ? { inp_hpts_gencnt: uint32 } : {}),
    inp_hpts_request: uint32,
    inp_in_hpts: machine === 'amd64' ? uint8 : uint32,
    inp_hpts_cpu: uint16,
    inp_irq_cpu: uint16,
  };
}

export const inpcbinfo = madeOnce((profile: Profile): StructType => {
  const { release } = profile;
  const head = ckListHead('inpcbhead', inpcb(profile));
  return struct('inpcbinfo', {
    ipi_lock: mtx,
    ipi_listhead: release <= 13 ? pointer(head) : head,
    ipi_count: uInt,
    ipi_gencnt: typedef('u_quad_t', uint64),
    ipi_lastport: ushort,
    ipi_lastlow: ushort,
    ipi_lasthi: ushort,
    ipi_zone: voidPointer,
    ...(release >= 14 ? { ipi_portzone: voidPointer, ipi_smr: voidPointer } : {}),
    ...(release <= 13 ? { ipi_pcbgroups: voidPointer, ipi_npcbgroups: uInt, ipi_hashfields: uInt } : {}),
    ipi_hash_lock: mtx,
    ...(hasOwnHash(profile)
      ? { ipi_hash_exact: pointer(head), ipi_hash_wild: pointer(head) }
      : { ipi_hashbase: pointer(head) }),
    ipi_hashmask: ulong,
    ipi_porthashbase: voidPointer,
    ipi_porthashmask: ulong,
    ...(release <= 13 ? { ipi_wildbase: voidPointer, ipi_wildmask: ulong } : {}),
    ipi_lbgrouphashbase: voidPointer,
    ipi_lbgrouphashmask: ulong,
    ipi_vnet: pointer(forward('vnet')),
    ...(release <= 13 ? { ipi_pspare: array(voidPointer, 2), ipi_list_lock: rwlock } : {}),
  });
});
