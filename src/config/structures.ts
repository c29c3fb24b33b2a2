/** What a config must know of the kernel's own structures that `structures` publishes: plan/lists/structures/ has how each is walked. */

export interface StructureFacts {
  /** Where it begins. */
  readonly symbol: string;
  /** By which its elements are told apart. */
  readonly labels: readonly string[];
}

export const structures = {
  ipfw_rules: { symbol: 'layer3_chain', labels: ['rule', 'id'] },
  ipsec_sas: { symbol: 'sahtree', labels: ['spi', 'source', 'destination', 'protocol', 'mode'] },
  nexthops: { symbol: 'rt_tables', labels: ['fib', 'family', 'nexthop', 'gateway', 'interface'] },
} as const satisfies Readonly<Record<string, StructureFacts>>;

export type StructureName = keyof typeof structures;

export const structureNames = Object.keys(structures) as StructureName[];
