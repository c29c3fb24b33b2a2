/** Which value of a C type lies at an offset, by which what a config says by offsets is held against the kernel's types. */
import type { Field } from '../config/model.js';
import { valueFormats } from '../config/valueFormats.js';
import { leaves } from '../ctf/members.js';
import { typeText } from '../ctf/typeText.js';
import { isStruct, type CtfType, type ObjectTypes } from '../ctf/types.js';
import { ShapeError } from './shapes.js';

/** Throws ShapeError where the field's bytes are no single value. */
export function checkValue(file: ObjectTypes, type: CtfType, { offset, format }: Field): void {
  const size = valueFormats[format].bytes;
  if (valueAt(file, type, offset, size) !== undefined) return;
  throw new ShapeError(`${typeText(file, type)} has no single value in its bytes ${offset} to ${offset + size - 1}`);
}

/**
 * The type of the integer, pointer or other value that the `size` bytes at `offset` lie in; undefined where they lie in none, or in several;
 * `unknown` where they lie in what has no definition in the file.
 */
export function valueAt(
  file: ObjectTypes,
  type: CtfType,
  offset: number,
  size: number,
): CtfType | 'unknown' | undefined {
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
