/** `counters`: the symbol holds one counter_u64_t or more (counter(9)). */
import { WORD_BYTES } from '../../kernel/address.js';
import { plain } from '../instances/plain.js';
import { counterShape, pcpustatShape, ShapeError, type ShapeMember } from '../shapes.js';
import { reachOfCells, wholeType, type Kind } from './kind.js';

export const counters: Kind = {
  instances: plain,
  isCounter: true,
  shapeOf(symbol) {
    const { file, struct, size } = symbol;
    const type = wholeType(symbol);
    return struct === undefined ? counterShape(file, type) : pcpustatShape(file, type, struct, size);
  },
  itemSize: () => WORD_BYTES,
  readsWhole: true,
  symbolSize: ({ size }) => size,
  place: (offset) => ({ cellOffset: offset, offset: 0 }),
  reach: reachOfCells,
  checkOffsets(file, type, { fields }) {
    const shape = counterShape(file, type);
    const members = shape.kind === 'struct' ? shape.members : [shape.member];
    const wrong = fields.find(({ cellOffset }) => !members.some((member) => isElement(member, cellOffset)));
    if (wrong !== undefined) throw new ShapeError(`at offset ${wrong.cellOffset} it has no counter_u64_t`);
  },
};

function isElement({ offset, count, stride }: ShapeMember, at: number): boolean {
  return at >= offset && at < offset + (count ?? 1) * stride && (at - offset) % stride === 0;
}
