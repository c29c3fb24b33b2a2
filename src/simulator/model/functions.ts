/** Functions of the simulated kernel: names, places and sizes in its symbol table, and no code. */

/** Which words an interface's counters are read from is known by the function that its driver has the kernel ask. */
export const getCounterFunctions = ['if_get_counter_default', 'vtnet_get_counter', 'lagg_get_counter'] as const;
export type GetCounterFunction = (typeof getCounterFunctions)[number];

/** With how many bytes of code each has. */
export const functionSizes: Readonly<Record<GetCounterFunction, number>> = {
  if_get_counter_default: 0x4a,
  vtnet_get_counter: 0x121,
  lagg_get_counter: 0xd3,
};
