/**
 * What pf keeps of its rules, interfaces and tables, member by member as net/pfvar.h has them. That of 14 is the -CURRENT that was also looked at
 * live. In 12 the structs are those of the programs, too, and count in plain words.
 */
import type { Release } from '../profiles.js';
import {
  madeOnce,
  array,
  char,
  cInt,
  counterU64,
  forward,
  long,
  pointer,
  struct,
  typedef,
  uInt,
  uint16,
  uint32,
  uint64,
  uint8,
  voidPointer,
  type CType,
  type StructType,
} from './ctypes.js';
import { IFNAMSIZ } from './interfaceTypes.js';
import { mtx } from './kernelTypes.js';
import { tailqEntry, tailqHead } from './queues.js';
import { rbEntry, rbHead } from './trees.js';

/** `PF_RULESET_*`, in their order. */
export const pfRulesets = ['scrub', 'filter', 'nat', 'binat', 'rdr'] as const;
export type PfRulesetName = (typeof pfRulesets)[number];
/** `PF_RULE_LABEL_SIZE`, and how many a rule may have since 13.1. */
export const LABEL_SIZE = 64;
export const MAX_LABELS = 5;
export const MAXPATHLEN = 1024;
export const ANCHOR_NAME_SIZE = 64;
export const TABLE_NAME_SIZE = 32;
const QNAME_SIZE = 64;
const MD5_SIZE = 16;

const pfAddr = struct('pf_addr', { addr32: array(uint32, 4) });
const pfRuleAddr = struct('pf_rule_addr', {
  // A union of addresses, an interface's and a table's name, and of pointers.
  addr: struct('pf_addr_wrap', { addr: pfAddr, mask: pfAddr, p: voidPointer, type: uint8, iflags: uint8 }),
  port: array(uint16, 2),
  neg: uint8,
  port_op: uint8,
});
const time = typedef('time_t', long);

/** A counter(9) in a struct of its own since 13.1. */
export const pfCounterU64 = struct('pf_counter_u64', { counter: counterU64 });

/** What counts packets and bytes. */
export const pfCount = madeOnce((release: Release): CType => {
  return release === 12 ? uint64 : pfCounterU64;
});

/** Tags of the structs. */
export function pfNames(release: Release): Readonly<Record<'rule' | 'ruleset' | 'anchor' | 'interface', string>> {
  return release === 12
    ? { rule: 'pf_rule', ruleset: 'pf_ruleset', anchor: 'pf_anchor', interface: 'pfi_kif' }
    : { rule: 'pf_krule', ruleset: 'pf_kruleset', anchor: 'pf_kanchor', interface: 'pfi_kkif' };
}

const pool = madeOnce((release: Release): StructType => {
  const mape = struct('pf_mape_portset', { offset: uint8, psidlen: uint8, psid: uint16 });
  return struct(release === 12 ? 'pf_pool' : 'pf_kpool', {
    ...(release >= 14 ? { mtx } : {}),
    list: tailqHead(release === 12 ? 'pf_palist' : 'pf_kpalist', forward('pf_kpooladdr')),
    cur: pointer(forward('pf_kpooladdr')),
    key: struct('pf_poolhashkey', { key32: array(uint32, 4) }),
    counter: pfAddr,
    ...(release >= 14 ? { mape } : {}),
    tblidx: cInt,
    proxy_port: array(uint16, 2),
    opts: uint8,
    ...(release >= 15 ? { ipv6_nexthop_af: uint8 } : {}),
  });
});

export const pfRule = madeOnce((release: Release): StructType => {
  const names = pfNames(release);
  const since = (least: Release, members: Record<string, CType>): Record<string, CType> =>
    release >= least ? members : {};
  const count = pfCount(release);
  const text = (size: number): CType => array(char, size);
  const states = { states_cur: counterU64, states_tot: counterU64 };
  return struct(names.rule, {
    src: pfRuleAddr,
    dst: pfRuleAddr,
    skip: array(pointer(forward(names.rule)), 8),
    label: release === 12 ? text(LABEL_SIZE) : array(text(LABEL_SIZE), MAX_LABELS),
    ...since(13, { ridentifier: uint32 }),
    ifname: text(IFNAMSIZ),
    ...since(15, { rcv_ifname: text(IFNAMSIZ) }),
    qname: text(QNAME_SIZE),
    pqname: text(QNAME_SIZE),
    tagname: text(QNAME_SIZE),
    match_tagname: text(QNAME_SIZE),
    overload_tblname: text(TABLE_NAME_SIZE),
    entries: tailqEntry(names.rule),
    ...(release >= 15
      ? {
          nat: pool(release),
          rdr: pool(release),
          route: pool(release),
          pktrate: struct('pf_kthreshold', { limit: uint32, seconds: uint32, cr: pointer(forward('counter_rate')) }),
        }
      : { rpool: pool(release) }),
    evaluations: count,
    packets: array(count, 2),
    bytes: array(count, 2),
    ...since(14, { timestamp: pointer(release >= 15 ? time : uint32) }),
    kif: pointer(forward(names.interface)),
    ...since(15, { rcv_kif: pointer(forward(names.interface)) }),
    anchor: pointer(forward(names.anchor)),
    overload_tbl: pointer(forward('pfr_ktable')),
    os_fingerprint: typedef('pf_osfp_t', uint32),
    rtableid: cInt,
    timeout: array(uint32, release >= 15 ? 27 : 20),
    max_states: uint32,
    max_src_nodes: uint32,
    max_src_states: uint32,
    max_src_conn: uint32,
    max_src_conn_rate: struct('', { limit: uint32, seconds: uint32 }),
    ...since(15, { max_pkt_size: uint16 }),
    ...(release >= 14
      ? { qid: uint16, pqid: uint16, dnpipe: uint16, dnrpipe: uint16, free_flags: uint32 }
      : { qid: uint32, pqid: uint32, rt_listid: uint32 }),
    nr: uint32,
    prob: uint32,
    cuid: typedef('uid_t', uint32),
    cpid: typedef('pid_t', cInt),
    ...states,
    src_nodes: release >= 15 ? array(counterU64, 3) : counterU64,
    return_icmp: uint16,
    return_icmp6: uint16,
    max_mss: uint16,
    tag: uint16,
    match_tag: uint16,
    scrub_flags: uint16,
    uid: struct('pf_rule_uid', { uid: array(typedef('uid_t', uint32), 2), op: uint8 }),
    gid: struct('pf_rule_gid', { gid: array(typedef('uid_t', uint32), 2), op: uint8 }),
    rule_flag: uint32,
    ...since(13, { rule_ref: uint32 }),
    action: uint8,
    direction: uint8,
    log: uint8,
    logif: uint8,
    quick: uint8,
    ifnot: uint8,
    match_tag_not: uint8,
    natpass: uint8,
    keep_state: uint8,
    af: typedef('sa_family_t', uint8),
    proto: uint8,
    // What else a packet must be, and what is done to it.
    rest: array(uint8, 16),
    divert: struct('', { addr: pfAddr, port: uint16 }),
    ...since(13, { md5sum: array(uint8, MD5_SIZE), entry_global: rbEntry(release, names.rule) }),
  });
});

export const pfRuleset = madeOnce((release: Release): StructType => {
  const names = pfNames(release);
  const rule = pfRule(release);
  const queue = (): StructType => tailqHead(release === 12 ? 'pf_rulequeue' : 'pf_krulequeue', rule);
  const half = struct('', {
    ptr: pointer(queue()),
    ptr_array: pointer(pointer(forward(names.rule))),
    rcount: uint32,
    ticket: uint32,
    open: cInt,
    ...(release === 12 ? {} : { tree: pointer(rbHead('pf_krule_global', forward(names.rule))) }),
  });
  return struct(names.ruleset, {
    rules: array(struct('', { queues: array(queue(), 2), active: half, inactive: half }), pfRulesets.length),
    anchor: pointer(forward(names.anchor)),
    tticket: uint32,
    tables: cInt,
    topen: cInt,
  });
});

export const pfAnchor = madeOnce((release: Release): StructType => {
  const { anchor } = pfNames(release);
  return struct(anchor, {
    entry_global: rbEntry(release, anchor),
    entry_node: rbEntry(release, anchor),
    parent: pointer(forward(anchor)),
    children: rbHead(`${anchor}_node`, forward(anchor)),
    name: array(char, ANCHOR_NAME_SIZE),
    path: array(char, MAXPATHLEN),
    ruleset: pfRuleset(release),
    refcnt: cInt,
    ...(release === 12 ? { match: cInt, owner: array(char, ANCHOR_NAME_SIZE) } : {}),
  });
});

/** Of V_pf_anchors: all but the main one. */
export const pfAnchors = madeOnce((release: Release): StructType => {
  return rbHead(`${pfNames(release).anchor}_global`, pfAnchor(release));
});

/** By address family, direction, and whether they were passed. */
export const pfInterface = madeOnce((release: Release): StructType => {
  const tag = pfNames(release).interface;
  const counts = array(array(array(pfCount(release), 2), 2), 2);
  const tree = rbEntry(release, tag);
  return struct(tag, {
    pfik_name: array(char, IFNAMSIZ),
    // A union with the entry of a list that nothing here uses.
    _pfik_glue: struct('', { _pfik_tree: tree }),
    pfik_packets: counts,
    pfik_bytes: counts,
    pfik_tzero: release >= 15 ? time : uint32,
    pfik_flags: uInt,
    pfik_ifp: pointer(forward('ifnet')),
    pfik_group: pointer(forward('ifg_group')),
    pfik_rulerefs: uInt,
    pfik_dynaddrs: tailqHead('', forward('pfi_dynaddr')),
  });
});

export const pfInterfaces = madeOnce((release: Release): StructType => {
  return rbHead('pfi_ifhead', pfInterface(release));
});

/** What a table counts since it was set to zero, for which nothing is written to the counter. */
export const pfrKstateCounter = struct('pfr_kstate_counter', { pkc_pcpu: counterU64, pkc_zero: uint64 });

export const pfTable = madeOnce((release: Release): StructType => {
  const one = release === 12 ? uint64 : pfrKstateCounter;
  const counts = array(array(one, 3), 2);
  const name = release === 12 ? 'pfrts' : 'pfrkts';
  const stats = struct(release === 12 ? 'pfr_tstats' : 'pfr_ktstats', {
    pfrts_t: struct('pfr_table', {
      pfrt_anchor: array(char, MAXPATHLEN),
      pfrt_name: array(char, TABLE_NAME_SIZE),
      pfrt_flags: uint32,
      pfrt_fback: uint8,
    }),
    [`${name}_packets`]: counts,
    [`${name}_bytes`]: counts,
    [`${name}_match`]: one,
    [`${name}_nomatch`]: one,
    [`${name}_tzero`]: long,
    [`${name}_cnt`]: cInt,
    [`${name}_refcnt`]: array(cInt, 2),
  });
  const node = pointer(forward('radix_node_head'));
  const table = pointer(forward('pfr_ktable'));
  return struct('pfr_ktable', {
    [release === 12 ? 'pfrkt_ts' : 'pfrkt_kts']: stats,
    pfrkt_tree: rbEntry(release, 'pfr_ktable'),
    pfrkt_workq: struct('', { sle_next: table }),
    pfrkt_ip4: node,
    pfrkt_ip6: node,
    pfrkt_shadow: table,
    pfrkt_root: table,
    pfrkt_rs: pointer(forward(pfNames(release).ruleset)),
    pfrkt_larg: long,
    pfrkt_nflags: cInt,
  });
});

export const pfTables = madeOnce((release: Release): StructType => {
  return rbHead('pfr_ktablehead', pfTable(release));
});
