/** `zpcpu`: the symbol holds pointers to other items of a UMA_ZONE_PCPU zone (zpcpu(9), uma(9)). */
import { ZPCPU_SIZES } from '../../config/limits.js';
import type { Field } from '../../config/model.js';
import { typeText } from '../../ctf/typeText.js';
import { isStruct, type CtfType, type ObjectTypes } from '../../ctf/types.js';
import { WORD_BYTES } from '../../kernel/address.js';
import { plain } from '../instances/plain.js';
import { isCounter, itemShape, ShapeError } from '../shapes.js';
import { checkValue, valueAt } from '../valueAt.js';
import { ownType, reachOfCells, shapeSize, type Kind } from './kind.js';

const SIZES: readonly number[] = ZPCPU_SIZES;

export const zpcpu: Kind = {
  instances: plain,
  isCounter: false,
  shapeOf(symbol) {
    const { file, struct } = symbol;
    if (struct !== undefined) return itemShape(file, struct);
    const type = ownType(symbol);
    const pointer = file.resolve(type);
    const target = pointer.kind === 'pointer' ? file.resolve(pointer.target) : undefined;
    if (target !== undefined && isStruct(target)) return itemShape(file, target);
    throw new ShapeError(`its type is ${typeText(file, type)}, which does not say what its items are; "struct" can`);
  },
  itemSize(shape) {
    const size = shapeSize(shape);
    if (SIZES.includes(size)) return size;
    throw new ShapeError(`its items would have ${size} bytes, but a per-CPU zone's have ${SIZES.join(', ')}`);
  },
  readsWhole: true,
  symbolSize: () => undefined,
  place: (offset) => ({ cellOffset: 0, offset }),
  reach: reachOfCells,
  checkOffsets(file, type, { fields, itemSize }) {
    for (const field of fields) checkItem(file, type, field, itemSize);
  },
};

/** The cell must be a pointer, and what it leads to must have room for the item and a value where the field is. */
function checkItem(file: ObjectTypes, type: CtfType, field: Field, itemSize: number): void {
  const cell = valueAt(file, type, field.cellOffset, WORD_BYTES);
  if (cell === undefined) throw new ShapeError(`at offset ${field.cellOffset} it has no pointer`);
  if (cell === 'unknown') return;
  const pointer = file.resolve(cell);
  if (isCounter(file, cell)) {
    if (itemSize <= WORD_BYTES) return;
    throw new ShapeError(`it is counter_u64_t, whose items have ${WORD_BYTES} bytes, but the config says ${itemSize}`);
  }
  if (pointer.kind !== 'pointer') {
    if (pointer.kind === 'integer') return;
    throw new ShapeError(`its type at offset ${field.cellOffset} is ${typeText(file, cell)}, which is no pointer`);
  }
  const target = file.resolve(pointer.target);
  // A pointer to a number may lead to one or to many.
  if (!isStruct(target)) return;
  if (itemSize > target.size) {
    throw new ShapeError(
      `its items are ${typeText(file, target)}, ${target.size} bytes, but the config says ${itemSize}`,
    );
  }
  checkValue(file, target, field);
}
