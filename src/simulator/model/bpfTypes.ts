/**
 * bpf(4)'s descriptors and the interfaces that they hang on, member by member as net/bpfdesc.h and net/bpf.c have them. Those of 14 are of the
 * -CURRENT that was also looked at live, and a -CURRENT of 2025 has the same; 12's has LIST in the place of CK_LIST, and that of 13 was not seen.
 */
import type { Profile } from '../profiles.js';
import {
  madeOnce,
  char,
  cFunction,
  cInt,
  counterU64,
  forward,
  array,
  int64,
  pointer,
  short,
  struct,
  typedef,
  uchar,
  uInt,
  ulong,
  voidPointer,
  type CType,
  type StructType,
} from './ctypes.js';
import { lockObject, mtx } from './kernelTypes.js';
import { ckListEntry, ckListHead, listEntry, listHead, tailqEntry } from './queues.js';
import { selinfo } from './socketTypes.js';

const caddr = typedef('caddr_t', pointer(char));
const epochContext = struct('epoch_context', { data: array(voidPointer, 2) });
const callout = struct('callout', {
  c_links: tailqEntry('callout'),
  c_time: typedef('__sbintime_t', int64),
  c_precision: typedef('__sbintime_t', int64),
  c_arg: voidPointer,
  c_func: pointer(cFunction),
  c_lock: pointer(lockObject),
  c_flags: short,
  c_iflags: short,
  c_cpu: cInt,
});

/** A list whose head is `bpfd_list` for one kind of elements, and has no name for another. */
function queuesOf({ release }: Pick<Profile, 'release'>): {
  head: (name: string, element: CType) => StructType;
  entry: (of: string) => StructType;
  first: string;
  next: string;
} {
  return release === 12
    ? { head: listHead, entry: listEntry, first: 'lh_first', next: 'le_next' }
    : { head: ckListHead, entry: ckListEntry, first: 'clh_first', next: 'cle_next' };
}

export const bpfDescriptor = madeOnce((profile: Profile): StructType => {
  return struct('bpf_d', {
    bd_next: queuesOf(profile).entry('bpf_d'),
    bd_sbuf: caddr,
    bd_hbuf: caddr,
    bd_fbuf: caddr,
    bd_hbuf_in_use: cInt,
    bd_slen: cInt,
    bd_hlen: cInt,
    bd_bufsize: cInt,
    bd_bif: pointer(forward('bpf_if')),
    bd_rtout: ulong,
    bd_rfilter: pointer(forward('bpf_insn')),
    bd_wfilter: pointer(forward('bpf_insn')),
    bd_bfilter: voidPointer,
    bd_rcount: counterU64,
    bd_dcount: counterU64,
    bd_promisc: uchar,
    bd_state: uchar,
    bd_immediate: uchar,
    bd_writer: uchar,
    bd_hdrcmplt: cInt,
    bd_direction: cInt,
    bd_tstamp: cInt,
    bd_feedback: cInt,
    bd_async: cInt,
    bd_sig: cInt,
    bd_pcp: cInt,
    bd_sigio: voidPointer,
    bd_sel: selinfo,
    bd_lock: mtx,
    bd_callout: callout,
    bd_label: voidPointer,
    bd_fcount: counterU64,
    bd_pid: typedef('pid_t', cInt),
    bd_locked: cInt,
    bd_bufmode: uInt,
    bd_wcount: counterU64,
    bd_wfcount: counterU64,
    bd_wdcount: counterU64,
    bd_zcopy: counterU64,
    bd_compat32: uchar,
    ...(profile.release === 12 ? {} : { bd_refcnt: uInt, epoch_ctx: epochContext }),
  });
});

export const bpfInterface = madeOnce((profile: Profile): StructType => {
  const { head, entry } = queuesOf(profile);
  const descriptors = head('bpfd_list', bpfDescriptor(profile));
  return struct('bpf_if', {
    bif_ext: struct('bpf_if_ext', { bif_next: entry('bpf_if'), bif_dlist: descriptors }),
    bif_dlt: uInt,
    bif_hdrlen: uInt,
    bif_wlist: descriptors,
    bif_ifp: pointer(forward('ifnet')),
    bif_bpf: pointer(pointer(forward('bpf_if'))),
    ...(profile.release === 12 ? {} : { bif_refcnt: uInt, epoch_ctx: epochContext }),
  });
});

export function bpfSymbols(profile: Profile): { readonly name: string; readonly type: CType }[] {
  return [
    { name: 'bpf_iflist', type: queuesOf(profile).head('bpf_iflist', bpfInterface(profile)) },
    { name: 'bpf_bpfd_cnt', type: cInt },
  ];
}

/** How lists are called of which the kernel of that release makes them. */
export function bpfLinks(profile: Profile): { readonly first: string; readonly next: string } {
  const { first, next } = queuesOf(profile);
  return { first, next };
}
