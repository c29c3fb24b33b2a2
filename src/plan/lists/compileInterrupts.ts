/** The kernel's tables of interrupts, held against its types: `intrcnt` and `intrnames`, how long they are, and amd64's `interrupt_sources`. */
import type { InterruptValue } from '../../config/model.js';
import { leaves } from '../../ctf/members.js';
import { typeText } from '../../ctf/typeText.js';
import { isStruct, type CtfType, type ObjectTypes } from '../../ctf/types.js';
import { WORD_BYTES } from '../../kernel/address.js';
import { ShapeError, structName, UntoldError } from '../shapes.js';
import type { ArraySymbol, InterruptsPlan, InterruptSourcesPlan, LengthSymbol } from './interruptsPlan.js';
import type { Slice } from './listPlan.js';

/** Throws ShapeError where the types say that it is something else, UntoldError where they do not tell. */
export function compileInterrupts(file: ObjectTypes, value: InterruptValue): InterruptsPlan {
  const table = {
    counts: arraySymbol(file, 'intrcnt', WORD_BYTES),
    names: arraySymbol(file, 'intrnames', 1),
    countBytes: lengthSymbol(file, 'sintrcnt'),
    nameBytes: lengthSymbol(file, 'sintrnames'),
    slots: file.typeOfObject('nintrcnt') === undefined ? undefined : lengthSymbol(file, 'nintrcnt'),
  };
  return { value, table, sources: value === 'cpu' ? sourcesOf(file) : undefined };
}

function typeOf(file: ObjectTypes, symbol: string): CtfType {
  const type = file.typeOfObject(symbol);
  if (type === undefined) throw new UntoldError(`the kernel's types tell nothing of ${symbol}`);
  return file.resolve(type);
}

function arraySymbol(file: ObjectTypes, symbol: string, size: number): ArraySymbol {
  const type = typeOf(file, symbol);
  const element =
    type.kind === 'pointer'
      ? file.resolve(type.target)
      : type.kind === 'array'
        ? file.resolve(type.element)
        : undefined;
  if (element?.kind === 'integer' && element.size === size) return { symbol, behindPointer: type.kind === 'pointer' };
  throw new ShapeError(`${symbol} is ${typeText(file, type)}, and no array of integers of ${size} bytes`);
}

function lengthSymbol(file: ObjectTypes, symbol: string): LengthSymbol {
  const type = typeOf(file, symbol);
  if (type.kind === 'integer' && (type.size === 4 || type.size === 8)) return { symbol, size: type.size };
  throw new ShapeError(`${symbol} is ${typeText(file, type)}, and no length`);
}

function sourcesOf(file: ObjectTypes): InterruptSourcesPlan {
  const symbol = 'interrupt_sources';
  const type = typeOf(file, symbol);
  const pointer =
    type.kind === 'pointer'
      ? file.resolve(type.target)
      : type.kind === 'array'
        ? file.resolve(type.element)
        : undefined;
  const struct = pointer?.kind === 'pointer' ? file.resolve(pointer.target) : undefined;
  if (struct === undefined || !isStruct(struct)) {
    throw new ShapeError(`${symbol} is ${typeText(file, type)}, and no array of pointers to structs`);
  }
  const fields = [...leaves(file, struct)];
  const member = (path: string, kind: 'pointer' | 'integer'): Slice => {
    const field = fields.find((one) => one.path === path);
    const found = field === undefined ? undefined : file.resolve(field.type);
    const size = kind === 'pointer' ? WORD_BYTES : 4;
    if (field === undefined || found?.kind !== kind || field.size !== size || field.bitField !== undefined) {
      throw new ShapeError(`${structName(struct)} has no ${path} that is ${kind === 'pointer' ? 'a' : 'an'} ${kind}`);
    }
    return { of: 'element', offset: field.offset, size };
  };
  const slices = {
    counter: member('is_count', 'pointer'),
    strayCounter: member('is_straycount', 'pointer'),
    index: member('is_index', 'integer'),
    handlers: member('is_handlers', 'integer'),
    cpu: member('is_cpu', 'integer'),
  };
  const all = Object.values(slices);
  const from = Math.min(...all.map(({ offset }) => offset));
  const length = Math.max(...all.map(({ offset, size }) => offset + size)) - from;
  return {
    pointers: { symbol, behindPointer: type.kind === 'pointer' },
    count: lengthSymbol(file, 'num_io_irqs'),
    span: { from, length },
    ...slices,
  };
}
