/**
 * Sockets, and what sockets of the local domain have beside them, member by member as sys/socketvar.h and sys/unpcb.h have them. Those of 14 are of
 * the -CURRENT that was also looked at live, and a -CURRENT of 2025 has the same; 12 and 13 lock in another way, and were not seen.
 */
import type { Profile } from '../profiles.js';
import {
  madeOnce,
  array,
  cFunction,
  char,
  cInt,
  enumeration,
  forward,
  int64,
  long,
  pointer,
  short,
  struct,
  typedef,
  uchar,
  uInt,
  uint32,
  uint64,
  ulong,
  union,
  ushort,
  voidPointer,
  type StructType,
} from './ctypes.js';
import { task } from './interfaceTypes.js';
import { lockObject, mtx } from './kernelTypes.js';
import { listEntry, listHead, stailqEntry, tailqEntry, tailqHead } from './queues.js';
import { cacheLine } from './umaTypes.js';

/** `SO_ACCEPTCONN` of so_options. */
export const SO_ACCEPTCONN = 2;
/** `AF_LOCAL`. */
export const AF_LOCAL = 1;
const SUNPATHLEN = 104;

const timeval = struct('timeval', { tv_sec: typedef('time_t', long), tv_usec: typedef('suseconds_t', long) });
const sbintime = typedef('sbintime_t', int64);
const sx = struct('sx', { lock_object: lockObject, sx_lock: typedef('uintptr_t', ulong) });
export const selinfo = struct('selinfo', {
  si_tdlist: struct('selfdlist', { tqh_first: voidPointer, tqh_last: voidPointer }),
  si_note: struct('knlist', {
    kl_list: struct('klist', { slh_first: voidPointer }),
    kl_lock: pointer(cFunction),
    kl_unlock: pointer(cFunction),
    kl_assert_lock: pointer(cFunction),
    kl_lockarg: voidPointer,
    kl_autodestroy: cInt,
  }),
  si_mtx: pointer(mtx),
});
const osd = struct('osd', { osd_nslots: uInt, osd_slots: pointer(voidPointer), osd_next: listEntry('osd') });
const queueState = enumeration('socket_qstate', 'SQ_NONE');

const sockbuf = struct('sockbuf', {
  sb_sel: pointer(selinfo),
  sb_state: short,
  sb_flags: short,
  sb_acc: uInt,
  sb_ccc: uInt,
  sb_mbcnt: uInt,
  sb_ctl: uInt,
  sb_hiwat: uInt,
  sb_lowat: uInt,
  sb_mbmax: uInt,
  sb_timeo: sbintime,
  sb_upcall: pointer(cFunction),
  sb_upcallarg: voidPointer,
  sb_aiojobq: struct('', { tqh_first: voidPointer, tqh_last: voidPointer }),
  sb_aiotask: task,
  // Of a stream; those of other protocols lie over it.
  sb_mtx: pointer(mtx),
  sb_mb: pointer(forward('mbuf')),
  sb_mbtail: pointer(forward('mbuf')),
  sb_lastrecord: pointer(forward('mbuf')),
  sb_sndptr: pointer(forward('mbuf')),
  sb_fnrdy: pointer(forward('mbuf')),
  sb_sndptroff: uInt,
  sb_tlscc: uInt,
  sb_tlsdcc: uInt,
  sb_mtls: pointer(forward('mbuf')),
  sb_mtlstail: pointer(forward('mbuf')),
  sb_tls_seqno: uint64,
  sb_tls_info: voidPointer,
});

const acceptQueue = tailqHead('accept_queue', forward('socket'));

const listening = struct('', {
  sol_incomp: acceptQueue,
  sol_comp: acceptQueue,
  sol_qlen: uInt,
  sol_incqlen: uInt,
  sol_qlimit: uInt,
  sol_accept_filter: voidPointer,
  sol_accept_filter_arg: voidPointer,
  sol_accept_filter_str: pointer(char),
  sol_upcall: pointer(cFunction),
  sol_upcallarg: voidPointer,
  sol_sbrcv_lowat: cInt,
  sol_sbsnd_lowat: cInt,
  sol_sbrcv_hiwat: uInt,
  sol_sbsnd_hiwat: uInt,
  sol_sbrcv_flags: short,
  sol_sbsnd_flags: short,
  sol_sbrcv_timeo: sbintime,
  sol_sbsnd_timeo: sbintime,
  sol_lastover: timeval,
  sol_overcount: cInt,
});

/** `use.flow` is what a connection has in the place of `use.sol`, which a listener has. */
export const socket = madeOnce((profile: Profile): StructType => {
  const { release } = profile;
  const line = cacheLine(profile);
  const flow = struct('', {
    so_rcv: sockbuf,
    so_snd: sockbuf,
    so_list: tailqEntry('socket'),
    so_listen: pointer(forward('socket')),
    so_qstate: queueState,
    so_peerlabel: voidPointer,
    so_oobmark: ulong,
    ...(release >= 13 ? { so_ktls_rx_list: stailqEntry('socket') } : {}),
  });
  const withLocks = release >= 14;
  return struct(
    'socket',
    {
      so_lock: mtx,
      so_count: uInt,
      so_rdsel: selinfo,
      so_wrsel: selinfo,
      ...(release === 12 ? { so_type: short, so_options: cInt } : { so_options: cInt, so_type: short }),
      so_state: short,
      so_pcb: voidPointer,
      so_vnet: pointer(forward('vnet')),
      so_proto: pointer(forward('protosw')),
      so_linger: short,
      so_timeo: short,
      so_error: ushort,
      ...(release >= 14 ? { so_rerror: ushort } : {}),
      so_sigio: voidPointer,
      so_cred: pointer(forward('ucred')),
      so_label: voidPointer,
      so_gencnt: typedef('so_gen_t', uint64),
      so_emuldata: voidPointer,
      so_dtor: pointer(cFunction),
      osd,
      so_fibnum: cInt,
      so_user_cookie: uint32,
      so_ts_clock: cInt,
      so_max_pacing_rate: uint32,
      ...(withLocks ? { so_snd_sx: sx, so_snd_mtx: mtx, so_rcv_sx: sx, so_rcv_mtx: mtx } : {}),
      '@use': union('', { '@flow': flow, '@sol': listening }),
    },
    1,
    withLocks ? { so_snd_sx: line, so_rcv_sx: line } : {},
  );
});

export const sockaddrUn = struct('sockaddr_un', {
  sun_len: uchar,
  sun_family: typedef('sa_family_t', uchar),
  sun_path: array(char, SUNPATHLEN),
});

export const unpcb = madeOnce((profile: Profile): StructType => {
  return struct(
    'unpcb',
    {
      unp_mtx: mtx,
      unp_conn: pointer(forward('unpcb')),
      unp_refcount: uInt,
      unp_flags: short,
      unp_gcflag: short,
      unp_addr: pointer(sockaddrUn),
      unp_socket: pointer(forward('socket')),
      unp_pairbusy: uInt,
      unp_vnode: pointer(forward('vnode')),
      unp_peercred: struct('xucred', {
        cr_version: uInt,
        cr_uid: uInt,
        cr_ngroups: short,
        cr_groups: array(uInt, 16),
        '@of': union('', { _cr_unused1: voidPointer, cr_pid: cInt }),
      }),
      unp_reflink: listEntry('unpcb'),
      unp_link: listEntry('unpcb'),
      unp_refs: listHead('unp_head', forward('unpcb')),
      unp_gencnt: typedef('unp_gen_t', uint64),
      unp_file: pointer(forward('file')),
      unp_msgcount: uInt,
      unp_gcrefs: uInt,
      unp_ino: typedef('ino_t', uint64),
      unp_dead: listEntry('unpcb'),
    },
    cacheLine(profile),
  );
});
