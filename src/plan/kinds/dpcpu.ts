/** `dpcpu`: the symbol is a DPCPU object itself, of which each CPU has a copy (DPCPU_DEFINE of <sys/pcpu.h>). */
import { dpcpu as instances } from '../instances/dpcpu.js';
import { itemShape, ShapeError, structName } from '../shapes.js';
import { checkValue } from '../valueAt.js';
import { shapeSize, wholeType, type Kind } from './kind.js';

export const dpcpu: Kind = {
  instances,
  isCounter: false,
  shapeOf(symbol) {
    const { file, struct, size } = symbol;
    const type = wholeType(symbol);
    const shape = itemShape(file, struct ?? type);
    if (struct !== undefined && struct.size !== size) {
      throw new ShapeError(`${structName(struct)} has ${struct.size} bytes, but the symbol ${size}`);
    }
    return shape;
  },
  itemSize: shapeSize,
  readsWhole: false,
  symbolSize: ({ size }) => size,
  place: (offset) => ({ cellOffset: 0, offset }),
  reach: ({ itemSize }) => itemSize,
  checkOffsets(file, type, { fields }) {
    for (const field of fields) checkValue(file, type, field);
  },
};
