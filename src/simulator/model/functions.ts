/** Functions of the simulated kernel: names, places and sizes in its symbol table, and no code. */

/** Which words an interface's counters are read from is known by the function that its driver has the kernel ask. */
export const getCounterFunctions = ['if_get_counter_default', 'vtnet_get_counter', 'lagg_get_counter'] as const;
export type GetCounterFunction = (typeof getCounterFunctions)[number];

const getCounterSizes: Readonly<Record<GetCounterFunction, number>> = {
  if_get_counter_default: 0x4a,
  vtnet_get_counter: 0x121,
  lagg_get_counter: 0xd3,
};

/** What amd64's interrupt controllers send a source to another CPU by: which kind one is, its struct pic tells by it. */
export const assignFunctions = { ioapic: 'ioapic_assign_cpu', msi: 'msi_assign_cpu' } as const;
const assignSizes = { [assignFunctions.ioapic]: 0x2b4, [assignFunctions.msi]: 0x25e };

/** What brings an interface up whose driver is one of iflib's: by that one is told from others. */
export const IFLIB_INIT = 'iflib_if_init';

/** By name, bytes of code. */
export function functionSizes(machine: 'amd64' | 'arm64'): Readonly<Record<string, number>> {
  const both = { ...getCounterSizes, [IFLIB_INIT]: 0x6c };
  return machine === 'amd64' ? { ...both, ...assignSizes } : both;
}
