/** What ipfw keeps of its rules, member by member as netpfil/ipfw/ip_fw_private.h has them. That of 14 is the -CURRENT that was also looked at live. */
import type { Release } from '../profiles.js';
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
  voidPointer,
  type StructType,
} from './ctypes.js';
import { lockObject } from './kernelTypes.js';
import { listHead } from './queues.js';

/** `IPFW_RULE_CNTR_SIZE`: packets, then bytes. */
export const IPFW_ITEM_SIZE = 16;
/** The rule that always is, `IPFW_DEFAULT_RULE`. */
export const DEFAULT_RULE = 65_535;

export const ipFw = madeOnce((release: Release): StructType => {
  const jump = struct('ip_fw_jump_cache', { raw_value: uint64 });
  return struct('ip_fw', {
    act_ofs: uint16,
    cmd_len: uint16,
    rulenum: uint16,
    set: uint8,
    flags: uint8,
    cntr: counterU64,
    ...(release >= 14 ? { cache: jump } : {}),
    timestamp: uint32,
    id: uint32,
    ...(release < 14 ? { cached_id: uint32, cached_pos: uint32 } : {}),
    refcnt: uint32,
    next: pointer(forward('ip_fw')),
    cmd: array(struct('_ipfw_insn', { opcode: uint8, len: uint8, arg1: uint16 }), 1),
  });
});

/** Of V_layer3_chain. The lock is as long as it is in 14; nothing here looks at what lies behind it. */
export const ipFwChain = madeOnce((release: Release): StructType => {
  const rwlock = struct('rwlock', { lock_object: lockObject, rw_lock: uint64 });
  return struct('ip_fw_chain', {
    map: pointer(pointer(ipFw(release))),
    id: uint32,
    n_rules: cInt,
    tablestate: voidPointer,
    valuestate: voidPointer,
    idxmap: pointer(cInt),
    srvstate: pointer(voidPointer),
    rwmtx: struct('rmlock', { lock_object: lockObject, rm_writecpus: array(uint64, 4), rest: array(char, 40) }),
    static_len: cInt,
    gencnt: uint32,
    nat: listHead('nat_list', forward('cfg_nat')),
    default_rule: pointer(forward('ip_fw')),
    tblcfg: pointer(forward('tables_config')),
    ifcfg: voidPointer,
    idxmap_back: pointer(cInt),
    srvmap: pointer(forward('namedobj_instance')),
    uh_lock: rwlock,
  });
});
