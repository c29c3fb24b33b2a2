/** `structures`: the symbol begins what the program knows to walk, and its elements hold counters, zpcpu pointers or plain integers. */
import { plain } from '../instances/plain.js';
import { walkable } from '../lists/structures/registry.js';
import { ShapeError } from '../shapes.js';
import { ofElements, ownType, type Kind } from './kind.js';

export const structures: Kind = {
  instances: plain,
  isCounter: false,
  shapeOf(symbol) {
    const { file, structure } = symbol;
    if (structure === undefined) throw new ShapeError('it is no structure');
    const { name, limit } = structure;
    const compiled = walkable[name](file, ownType(symbol));
    const shape = { ...compiled.shape, kind: 'struct' } as const;
    return 'sockets' in compiled
      ? { ...shape, sockets: { ...compiled.sockets, limit } }
      : { ...shape, list: { ...compiled.plan, limit } };
  },
  ...ofElements,
  checkOffsets() {
    throw new ShapeError('a structure goes by the kernel’s types');
  },
};
