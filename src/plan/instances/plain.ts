/** A symbol that is there once, or once in this process's vnet: its cells hold zpcpu pointers. */
import { inItsModule, NO_LABELS, type InstanceKind } from './instance.js';

export const plain: InstanceKind = {
  find({ symbol }, { symbols }) {
    const found = symbols.resolve(symbol);
    if (found === undefined) return undefined;
    const { address, origin, size, vnet } = found;
    return { instances: [{ labels: NO_LABELS, where: { cells: address }, origin }], origin, size, vnet };
  },
  stillThere: inItsModule,
};
