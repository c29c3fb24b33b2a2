/** Texts in the kernel's memory, as values of labels. */
import { isUtf8 } from 'node:buffer';
import { isKernelAddress } from './address.js';
import type { Memory } from './memory.js';
import { canRead } from './readFailure.js';

/** Bytes of a text that are read at once, and at most: what is longer is no name. */
const PIECE = 64;
const MAX_TEXT = 256;

const piece = Buffer.alloc(PIECE);
// Control characters are what this is about.
// eslint-disable-next-line no-control-regex
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g;
// eslint-disable-next-line no-control-regex
const NO_ASCII = /[\u0000-\u001f\u007f-\u00ff]/g;
/** The backslash of what would look like a byte that is written so. */
const LIKE_ESCAPED = /\\(?=x[0-9a-f]{2})/g;

/** A text and the bytes that it was made of. */
export interface KnownText {
  readonly bytes: Buffer;
  readonly text: string;
}

/**
 * The text that a pointer leads to, up to its NUL; undefined where there is none that could be read.
 * @param known what was read there before, most likely: it is given again where the bytes are the same
 */
export function readText(memory: Memory, pointer: bigint, known?: KnownText): KnownText | undefined {
  const bytes: Buffer[] = [];
  for (let at = pointer, read = 0; read < MAX_TEXT;) {
    if (!isKernelAddress(at)) return undefined;
    // No read crosses into a page that may not be there.
    const length = PIECE - Number(at % BigInt(PIECE));
    const part = piece.subarray(0, length);
    if (!canRead(memory, at, part)) return undefined;
    const end = part.indexOf(0);
    if (
      end >= 0 &&
      bytes.length === 0 &&
      known?.bytes.length === end &&
      part.compare(known.bytes, 0, end, 0, end) === 0
    )
      return known;
    bytes.push(Buffer.from(end < 0 ? part : part.subarray(0, end)));
    if (end >= 0) {
      const whole = Buffer.concat(bytes);
      return { bytes: whole, text: labelText(whole) };
    }
    at = BigInt.asUintN(64, at + BigInt(length));
    read += length;
  }
  return undefined;
}

/** The text in an array of characters, up to its NUL or its end. */
export function textIn(bytes: Buffer): string {
  const end = bytes.indexOf(0);
  return labelText(end < 0 ? bytes : bytes.subarray(0, end));
}

/** Two texts of different bytes stay different: what is no UTF-8, or cannot be printed, is written as `\xHH`. */
function labelText(bytes: Buffer): string {
  const encoding = isUtf8(bytes) ? 'utf8' : 'latin1';
  const escaped = (character: string): string =>
    Array.from(Buffer.from(character, encoding), (byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('');
  return bytes
    .toString(encoding)
    .replace(LIKE_ESCAPED, escaped)
    .replace(encoding === 'utf8' ? UNPRINTABLE : NO_ASCII, escaped);
}
