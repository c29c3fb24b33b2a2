/** The struct pcpu of each CPU. It is there from the boot on and never moves: CPUs do not come or go. */
import { copiesOf, inItsModule, type InstanceKind } from './instance.js';

export const pcpu: InstanceKind = {
  find: (_entry, { symbols }) => copiesOf(symbols.resolvePcpu()),
  stillThere: inItsModule,
};
