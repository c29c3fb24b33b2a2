/** A DPCPU object, which is there once for each CPU (DPCPU_DEFINE of <sys/pcpu.h>): the copies themselves, without pointers. */
import { copiesOf, inItsModule, type InstanceKind } from './instance.js';

export const dpcpu: InstanceKind = {
  find: ({ symbol }, { symbols }) => copiesOf(symbols.resolveDpcpu(symbol)),
  stillThere: inItsModule,
};
