/** What pf and ipfw of a simulated kernel hold at this moment, by the names of the series that the packs pf_rules and ipfw make of it. */
import type { KernelChanges } from '../../src/simulator/changes/kernelChanges.js';

const interfaceLabels = ['ipv4', 'ipv6'].flatMap((family) =>
  ['in', 'out'].flatMap((direction) => ['pass', 'block'].map((action) => ({ family, direction, action }))),
);
const tableLabels = ['in', 'out'].flatMap((direction) =>
  ['block', 'pass', 'xpass'].map((action) => ({ direction, action })),
);

/** Series without their prefix and `_total`. */
export function firewallTruth({ packetFilter: pf, ipfw }: KernelChanges): Map<string, bigint> {
  const told = new Map<string, bigint>();
  const tell = (metric: string, labels: Readonly<Record<string, string>>, value: bigint | undefined): void => {
    if (value !== undefined) told.set(`${metric}${labelsOf(labels)}`, value);
  };
  for (const { address, anchor, ruleset, nr, labels: texts } of pf.rules()) {
    const labels = { anchor, ruleset, rule: String(nr), label: texts.join() };
    const [evaluations, into, out, bytesIn, bytesOut, states, created] = pf.values('rule', address);
    tell('pf_rule_evaluations', labels, evaluations);
    tell('pf_rule_packets', { ...labels, direction: 'in' }, into);
    tell('pf_rule_packets', { ...labels, direction: 'out' }, out);
    tell('pf_rule_bytes', { ...labels, direction: 'in' }, bytesIn);
    tell('pf_rule_bytes', { ...labels, direction: 'out' }, bytesOut);
    tell('pf_rule_states', labels, states);
    tell('pf_rule_states_created', labels, created);
  }
  for (const { address, name } of pf.interfaces()) {
    const values = pf.values('interface', address);
    for (const [nth, labels] of interfaceLabels.entries()) {
      tell('pf_interface_packets', { interface: name, ...labels }, values[nth]);
      tell('pf_interface_bytes', { interface: name, ...labels }, values[nth + interfaceLabels.length]);
    }
  }
  for (const { address, anchor, name } of pf.tables()) {
    const values = pf.values('table', address);
    const own = { anchor, table: name };
    for (const [nth, labels] of tableLabels.entries()) {
      tell('pf_table_packets', { ...own, ...labels }, values[nth]);
      tell('pf_table_bytes', { ...own, ...labels }, values[nth + tableLabels.length]);
    }
    tell('pf_table_matches', own, values[12]);
    tell('pf_table_misses', own, values[13]);
    tell('pf_table_addresses', own, pf.addressesIn(address));
  }
  for (const rule of ipfw.rules()) {
    const labels = { rule: String(rule.number), id: String(rule.id), set: String(rule.set) };
    const [packets, bytes] = ipfw.values(rule);
    tell('ipfw_rule_packets', labels, packets);
    tell('ipfw_rule_bytes', labels, bytes);
  }
  return told;
}

/** As seriesName() has them: an empty one is none. */
function labelsOf(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).filter(([, value]) => value !== '');
  return `{${pairs.map(([name, value]) => `${name}=${value}`).join()}}`;
}
