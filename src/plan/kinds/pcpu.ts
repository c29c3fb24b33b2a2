/** `pcpu`: values in the struct pcpu of each CPU (<sys/pcpu.h>). */
import { pcpu as instances } from '../instances/pcpu.js';
import { itemShape, requireStruct, ShapeError } from '../shapes.js';
import { checkValue } from '../valueAt.js';
import { shapeSize, type Kind } from './kind.js';

export const pcpu: Kind = {
  instances,
  isCounter: false,
  shapeOf: ({ file }) => itemShape(file, requireStruct(file, 'pcpu')),
  itemSize: shapeSize,
  readsWhole: false,
  symbolSize: () => undefined,
  place: (offset) => ({ cellOffset: 0, offset }),
  reach: ({ itemSize }) => itemSize,
  checkOffsets(file, _type, { fields, symbolSize }) {
    const struct = requireStruct(file, 'pcpu');
    if (symbolSize !== struct.size) {
      throw new ShapeError(`struct pcpu has ${struct.size} bytes, but the config says ${symbolSize}`);
    }
    for (const field of fields) checkValue(file, struct, field);
  },
};
