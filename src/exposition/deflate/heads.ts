/**
 * Finds what the heads of a document's blocks, their comments and the start of their first line, repeat of each other. They never change, so
 * that is done once; only how far apart they are depends on the digits in between.
 */
import { codesOf, MAX_DISTANCE, type DeflateCode } from './deflateCode.js';

/** A repetition of `length` bytes that lie `shift` bytes less far back than the beginning of head `source`. */
interface Repetition {
  readonly length: number;
  readonly source: number;
  readonly shift: number;
}
/** What a head is written as, one after the other: literals, as of codesOf(), or a repetition. */
export type Piece = Uint32Array | Repetition;

/** Shorter repetitions cost as many bits as the bytes. */
const LEAST = 4;
const HASH_BITS = 15;

/**
 * @param heads their bytes
 * @param lengths for each the bytes from its beginning to the next one's, at most
 */
export function planHeads(heads: readonly Uint8Array[], lengths: readonly number[], code: DeflateCode): Piece[][] {
  /** For each hash of four bytes where they stood last: the head, from 1 on, and the offset. */
  const lastHead = new Uint32Array(1 << HASH_BITS);
  const lastOffset = new Uint32Array(1 << HASH_BITS);
  let position = 0;
  const positions = lengths.map((length) => (position += length) - length);

  return heads.map((head, index) => {
    const pieces: Piece[] = [];
    let literals = 0;
    let at = 0;
    const remember = (offset: number): void => {
      const hash = hashOf(head, offset);
      lastHead[hash] = index + 1;
      lastOffset[hash] = offset;
    };
    const flush = (): void => {
      if (at > literals) pieces.push(codesOf(head.subarray(literals, at), code));
    };
    while (at + LEAST <= head.length) {
      const hash = hashOf(head, at);
      const source = lastHead[hash]! - 1;
      const offset = lastOffset[hash]!;
      const isNear = source >= 0 && positions[index]! + at - positions[source]! - offset <= MAX_DISTANCE;
      const length = isNear ? commonLength(heads[source]!, offset, head, at) : 0;
      if (length < LEAST) {
        remember(at++);
        continue;
      }
      flush();
      pieces.push({ length, source, shift: at - offset });
      for (const end = at + length; at < end; at++) if (at + LEAST <= head.length) remember(at);
      literals = at;
    }
    at = head.length;
    flush();
    return pieces;
  });
}

/** How many bytes are the same. */
export function commonLength(left: Uint8Array, from: number, right: Uint8Array, at: number): number {
  let length = 0;
  while (from + length < left.length && at + length < right.length && left[from + length] === right[at + length]) {
    length++;
  }
  return length;
}

function hashOf(bytes: Uint8Array, at: number): number {
  const four = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
  return Math.imul(four, 0x9e3779b1) >>> (32 - HASH_BITS);
}
