/**
 * Huffman codes of DEFLATE (RFC 1951) that are fixed, fitted to what they are for, so that nothing is counted or built while a scrape waits:
 * that of per-CPU lines is in lineCode.ts, that of messages in messageCode.ts.
 */

/** The longest match, and the farthest, that DEFLATE can express, and the shortest. */
export const MAX_MATCH = 258;
export const MAX_DISTANCE = 32_768;
export const MIN_MATCH = 3;
const END_OF_BLOCK = 256;
/** Symbols of literals, of the end of a block and of match lengths, and of distances. */
const LITERALS = 286;
const DISTANCES = 30;
/** Distances up to this one are looked up. With their extra bits they have at most 16 bits. */
export const NEAR = 1024;

/** A prefix code: for each symbol its bits as they go into the stream, lowest first, and how many. */
export interface PrefixCode {
  readonly bits: Uint16Array;
  readonly lengths: Uint8Array;
}

/** How many bits the codes of some symbols have. */
export type CodeGroup = readonly [bits: number, symbols: readonly number[]];

export interface DeflateCode {
  /** Of bytes, of the end of a block (256) and of match lengths (257 to 285). */
  readonly literals: PrefixCode;
  readonly distances: PrefixCode;
  /** For each match length its code and extra bits together, and how many. */
  readonly matchBits: Uint16Array;
  readonly matchWidths: Uint8Array;
  /** For each distance up to NEAR the same. */
  readonly nearBits: Uint16Array;
  readonly nearWidths: Uint8Array;
}

/** Symbols that are in no group get codes of one length, or of that and the next, so that the code is complete: zlib refuses others. */
export function makeCode(literalGroups: readonly CodeGroup[], distanceGroups: readonly CodeGroup[]): DeflateCode {
  const literals = canonicalCode(lengthsOf(LITERALS, literalGroups));
  const distances = canonicalCode(lengthsOf(DISTANCES, distanceGroups));
  return { literals, distances, ...matchesOf(literals), ...nearOf(distances) };
}

function lengthsOf(symbols: number, groups: readonly CodeGroup[]): Uint8Array {
  const lengths = new Uint8Array(symbols);
  let left = 1;
  for (const [bits, own] of groups) {
    for (const symbol of own) lengths[symbol] = bits;
    left -= own.length * 2 ** -bits;
  }
  const rest = lengths.reduce((count, bits) => count + (bits === 0 ? 1 : 0), 0);
  // Of those with the shorter codes there are as many as would, with the longer ones, leave something over.
  let shorter = 0;
  while (rest > left * 2 ** (shorter + 1)) shorter++;
  let ofShorter = left * 2 ** (shorter + 1) - rest;
  for (const [symbol, bits] of lengths.entries())
    if (bits === 0) lengths[symbol] = ofShorter-- > 0 ? shorter : shorter + 1;
  return lengths;
}

/** RFC 1951, 3.2.2: codes of one length ascend with their symbols, after all shorter ones; they are packed from the highest bit. */
export function canonicalCode(lengths: Uint8Array): PrefixCode {
  const bits = new Uint16Array(lengths.length);
  let code = 0;
  for (let length = 1; length <= 15; length++) {
    lengths.forEach((own, symbol) => {
      if (own === length) bits[symbol] = reverse(code++, length);
    });
    code <<= 1;
  }
  return { bits, lengths };
}

function reverse(code: number, length: number): number {
  let reversed = 0;
  for (let bit = 0; bit < length; bit++) reversed |= ((code >> bit) & 1) << (length - 1 - bit);
  return reversed;
}

function matchesOf({ bits, lengths }: PrefixCode): Pick<DeflateCode, 'matchBits' | 'matchWidths'> {
  const matchBits = new Uint16Array(MAX_MATCH + 1);
  const matchWidths = new Uint8Array(MAX_MATCH + 1);
  // RFC 1951, 3.2.5: eight symbols without extra bits, then four with each number of them.
  for (let symbol = 257, length = MIN_MATCH; symbol < 285; symbol++) {
    const extra = symbol < 265 ? 0 : (symbol - 261) >> 2;
    for (let more = 0; more < 1 << extra; more++, length++) {
      matchBits[length] = bits[symbol]! | (more << lengths[symbol]!);
      matchWidths[length] = lengths[symbol]! + extra;
    }
  }
  // The longest has a symbol of its own.
  matchBits[MAX_MATCH] = bits[285]!;
  matchWidths[MAX_MATCH] = lengths[285]!;
  return { matchBits, matchWidths };
}

function nearOf({ bits, lengths }: PrefixCode): Pick<DeflateCode, 'nearBits' | 'nearWidths'> {
  const nearBits = new Uint16Array(NEAR + 1);
  const nearWidths = new Uint8Array(NEAR + 1);
  for (let distance = 1; distance <= NEAR; distance++) {
    const symbol = distanceSymbol(distance);
    const extra = distanceExtra(symbol);
    nearBits[distance] = bits[symbol]! | (((distance - 1) & ((1 << extra) - 1)) << lengths[symbol]!);
    nearWidths[distance] = lengths[symbol]! + extra;
  }
  return { nearBits, nearWidths };
}

/** RFC 1951, 3.2.5: the extra bits of a distance's symbol; they tell how far it is from the least distance of that symbol. */
export function distanceExtra(symbol: number): number {
  return symbol < 4 ? 0 : (symbol >> 1) - 1;
}

/** RFC 1951, 3.2.5. From 5 on, two symbols share each power of two. */
export function distanceSymbol(distance: number): number {
  if (distance <= 4) return distance - 1;
  const power = 31 - Math.clz32(distance - 1);
  return 2 * power + (((distance - 1) >> (power - 1)) & 1);
}

/** The codes of bytes as literals, one after the other, 16 bits in each element: the bits, and above them how many they are. */
export function codesOf(bytes: Uint8Array, { literals }: DeflateCode): Uint32Array {
  const codes: number[] = [];
  let bits = 0;
  let width = 0;
  for (const byte of bytes) {
    bits |= literals.bits[byte]! << width;
    width += literals.lengths[byte]!;
    if (width < 16) continue;
    codes.push((bits & 0xffff) | (16 << 16));
    bits >>>= 16;
    width -= 16;
  }
  if (width > 0) codes.push(bits | (width << 16));
  return Uint32Array.from(codes);
}

/** RFC 1951, 3.2.7: the order in which the lengths of the code for code lengths are told. */
const codeLengthOrder = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/** Tells `put` what begins a block of this code that is not the last one, 170 bytes or so. */
export function beginBlock(put: (bits: number, width: number) => void, { literals, distances }: DeflateCode): void {
  const lengthsCode = canonicalCode(Uint8Array.from({ length: 19 }, (_, length) => (length < 13 ? 4 : 5)));
  put(0, 1);
  put(2, 2);
  put(literals.lengths.length - 257, 5);
  put(distances.lengths.length - 1, 5);
  put(codeLengthOrder.length - 4, 4);
  for (const length of codeLengthOrder) put(lengthsCode.lengths[length]!, 3);
  for (const { lengths } of [literals, distances]) {
    for (const length of lengths) put(lengthsCode.bits[length]!, lengthsCode.lengths[length]!);
  }
}

/** Tells `put` what ends the block, and begins an empty one that is stored: bytes, not bits, come next. */
export function endBlock(put: (bits: number, width: number) => void, { literals }: DeflateCode): void {
  put(literals.bits[END_OF_BLOCK]!, literals.lengths[END_OF_BLOCK]!);
  put(0, 3);
}
