/** IPsec's security associations (<netipsec/keydb.h>), which lead to their keys. A union of sockaddrs is as long as IPv6's. */
import {
  madeOnce,
  array,
  char,
  cInt,
  counterU64,
  forward,
  pointer,
  struct,
  uint16,
  uint32,
  uint64,
  uint8,
  uInt,
  voidPointer,
  type StructType,
} from './ctypes.js';
import type { Release } from '../profiles.js';
import { listEntry, tailqEntry, tailqHead } from './queues.js';

const sockaddrUnion = struct('sockaddr_union', {
  sa: struct('sockaddr', { sa_len: uint8, sa_family: uint8, sa_data: array(char, 14) }),
  // What is longer than the others of IPv6's, aligned as that is.
  sin6_rest: array(uint32, 3),
});

export const seckey = struct('seckey', { bits: uint16, key_data: pointer(char) });

/** Both cells of `lft_c`. */
export const LIFETIME_BYTES = 16;

export const secasvar = madeOnce((release: Release): StructType => {
  return struct('secasvar', {
    spi: uint32,
    flags: uint32,
    seq: uint32,
    pid: cInt,
    ivlen: uInt,
    sah: pointer(forward('secashead')),
    key_auth: pointer(seckey),
    key_enc: pointer(seckey),
    ...(release === 12 ? { sched: voidPointer, schedlen: uint64 } : {}),
    replay: pointer(forward('secreplay')),
    natt: pointer(forward('secnatt')),
    lock: voidPointer,
    tdb_xform: voidPointer,
    tdb_encalgxform: voidPointer,
    tdb_authalgxform: voidPointer,
    tdb_compalgxform: voidPointer,
    tdb_cryptoid: voidPointer,
    alg_auth: uint8,
    alg_enc: uint8,
    alg_comp: uint8,
    state: uint8,
    lft_c: counterU64,
    lft_h: pointer(forward('seclifetime')),
    lft_s: pointer(forward('seclifetime')),
    created: uint64,
    firstused: uint64,
    chain: tailqEntry('secasvar'),
    spihash: listEntry('secasvar'),
    drainq: listEntry('secasvar'),
    cntr: uint64,
    refcnt: uInt,
  });
});

export const secashead = madeOnce((release: Release): StructType => {
  return struct('secashead', {
    chain: tailqEntry('secashead'),
    addrhash: listEntry('secashead'),
    drainq: listEntry('secashead'),
    saidx: struct('secasindex', { src: sockaddrUnion, dst: sockaddrUnion, proto: uint8, mode: uint8, reqid: uint32 }),
    idents: pointer(forward('secident')),
    identd: pointer(forward('secident')),
    refcnt: uInt,
    state: uint8,
    savtree_alive: tailqHead('secasvar_queue', secasvar(release)),
    savtree_larval: tailqHead('secasvar_queue', secasvar(release)),
  });
});
