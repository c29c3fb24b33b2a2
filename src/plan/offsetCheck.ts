/** Whether what a config describes by offsets is what the kernel's types say of the symbol. What they do not tell is let pass. */
import type { Entry, Field } from '../config/model.js';
import type { CtfFile } from '../ctf/ctfFile.js';
import { leaves } from '../ctf/members.js';
import { typeText } from '../ctf/typeText.js';
import { isStruct, type CtfType } from '../ctf/types.js';
import { formatSize } from './series.js';
import { counterShape, isCounter, ShapeError, type ShapeMember } from './shapes.js';

/** Bytes of a counter(9), and of a pointer to one. */
const WORD = 8;

/** Throws ShapeError where `type`, that of the entry's symbol, contradicts the entry. */
export function checkByType(file: CtfFile, type: CtfType, entry: Entry): void {
  switch (entry.kind) {
    case 'counters':
      checkCounters(file, type, entry.fields);
      break;
    case 'zpcpu':
      for (const field of entry.fields) checkItem(file, type, field, entry.itemSize);
      break;
    case 'dpcpu':
      for (const field of entry.fields) checkValue(file, type, field);
      break;
  }
}

function checkCounters(file: CtfFile, type: CtfType, fields: readonly Field[]): void {
  const shape = counterShape(file, type);
  const members = shape.kind === 'struct' ? shape.members : [shape.member];
  const wrong = fields.find(({ cellOffset }) => !members.some((member) => isElement(member, cellOffset)));
  if (wrong !== undefined) throw new ShapeError(`at offset ${wrong.cellOffset} it has no counter_u64_t`);
}

function isElement({ offset, count, stride }: ShapeMember, at: number): boolean {
  return at >= offset && at < offset + (count ?? 1) * stride && (at - offset) % stride === 0;
}

/** The cell must be a pointer, and what it leads to must have room for the item and a value where the field is. */
function checkItem(file: CtfFile, type: CtfType, field: Field, itemSize: number): void {
  const cell = valueAt(file, type, field.cellOffset, WORD);
  if (cell === undefined) throw new ShapeError(`at offset ${field.cellOffset} it has no pointer`);
  if (cell === 'unknown') return;
  const pointer = file.resolve(cell);
  if (isCounter(file, cell)) {
    if (itemSize <= WORD) return;
    throw new ShapeError(`it is counter_u64_t, whose items have ${WORD} bytes, but the config says ${itemSize}`);
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

function checkValue(file: CtfFile, type: CtfType, { offset, format }: Field): void {
  const size = formatSize(format);
  if (valueAt(file, type, offset, size) !== undefined) return;
  throw new ShapeError(`${typeText(file, type)} has no single value in its bytes ${offset} to ${offset + size - 1}`);
}

/**
 * The type of the integer, pointer or other value that the `size` bytes at `offset` lie in; undefined where they lie in none, or in several;
 * `unknown` where they lie in what has no definition in the file.
 */
function valueAt(file: CtfFile, type: CtfType, offset: number, size: number): CtfType | 'unknown' | undefined {
  const resolved = file.resolve(type);
  if (resolved.kind === 'array') {
    const element = file.type(resolved.element);
    const each = file.sizeOf(element);
    if (each === undefined || each === 0) return 'unknown';
    if (offset >= each * resolved.count) return undefined;
    return valueAt(file, element, offset % each, size);
  }
  if (isStruct(resolved)) {
    for (const leaf of leaves(file, resolved)) {
      if (leaf.bitField !== undefined || leaf.size === undefined) continue;
      if (offset < leaf.offset || offset + size > leaf.offset + leaf.size) continue;
      const found = valueAt(file, leaf.type, offset - leaf.offset, size);
      // Of the members of a union any will do.
      if (found !== undefined) return found;
    }
    return undefined;
  }
  const whole = file.sizeOf(resolved);
  if (whole === undefined) return 'unknown';
  return offset + size <= whole ? type : undefined;
}
