/** A DPCPU object, which is there once for each CPU (DPCPU_DEFINE of <sys/pcpu.h>): the copies themselves, without pointers. */
import { inItsModule, NO_LABELS, type InstanceKind } from './instance.js';

export const dpcpu: InstanceKind = {
  find({ symbol }, { symbols }) {
    const found = symbols.resolveDpcpu(symbol);
    if (found === undefined) return undefined;
    const { addresses, origin, size } = found;
    return { instances: [{ labels: NO_LABELS, where: { copies: addresses }, origin }], origin, size };
  },
  stillThere: inItsModule,
};
