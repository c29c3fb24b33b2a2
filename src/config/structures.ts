/** What a config must know of the kernel's own structures that `structures` publishes: plan/lists/structures/ has how each is walked. */

export interface StructureFacts {
  /** Where it begins. */
  readonly symbol: string;
  /** By which its elements are told apart, and the parts of what these hold. */
  readonly labels: readonly string[];
}

export const structures = {
  ipfw_rules: { symbol: 'layer3_chain', labels: ['rule', 'id', 'set'] },
  pf_rules: { symbol: 'pf_anchors', labels: ['anchor', 'ruleset', 'rule', 'label', 'direction'] },
  pf_interfaces: { symbol: 'pfi_ifs', labels: ['interface', 'family', 'direction', 'action'] },
  pf_tables: { symbol: 'pfr_ktables', labels: ['anchor', 'table', 'direction', 'action'] },
  tcp_listeners: { symbol: 'tcbinfo', labels: ['protocol', 'address', 'port'] },
  unix_listeners: { symbol: 'unp_shead', labels: ['path'] },
  bpf_readers: { symbol: 'bpf_iflist', labels: ['pid', 'interface', 'nth'] },
  bpf_writers: { symbol: 'bpf_iflist', labels: ['pid', 'interface', 'nth'] },
  ipsec_sas: { symbol: 'sahtree', labels: ['spi', 'source', 'destination', 'protocol', 'mode'] },
  iflib_rings: { symbol: 'ifnet', labels: ['interface', 'queue'] },
  iflib_queues: { symbol: 'ifnet', labels: ['interface', 'queue'] },
  nexthops: { symbol: 'rt_tables', labels: ['fib', 'family', 'nexthop', 'gateway', 'interface'] },
} as const satisfies Readonly<Record<string, StructureFacts>>;

export type StructureName = keyof typeof structures;

export const structureNames = Object.keys(structures) as StructureName[];
