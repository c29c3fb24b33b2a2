/** `values`: the symbol is an integer, an array of integers or a struct of them, of which no CPU has a copy of its own. */
import { WORD_BYTES } from '../../kernel/address.js';
import { plain } from '../instances/plain.js';
import { plainShape, ShapeError } from '../shapes.js';
import { placeInElement, readTogether, wholeType, type Kind } from './kind.js';

export const values: Kind = {
  instances: plain,
  isCounter: false,
  shapeOf: (symbol) => plainShape(symbol.file, symbol.struct ?? wholeType(symbol)),
  itemSize: () => WORD_BYTES,
  readsWhole: true,
  symbolSize: ({ size }) => size,
  place: placeInElement,
  finish: readTogether,
  reach: ({ symbolSize }) => symbolSize ?? 0,
  checkOffsets() {
    throw new ShapeError('plain integers go by the kernel’s types');
  },
};
