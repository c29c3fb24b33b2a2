/**
 * The Huffman code in which per-CPU lines are deflated (RFC 1951). It is fixed, fitted to what such lines are made of, so that nothing is
 * counted or built while a scrape waits, and all decimal digits have codes of one length, 0 to 9 in order: digits are written without
 * looking anything up but four bits each.
 */

/** Bits of a decimal digit. */
export const DIGIT_BITS = 4;
/** The longest match, and the farthest, that DEFLATE can express. */
export const MAX_MATCH = 258;
export const MAX_DISTANCE = 32_768;
const END_OF_BLOCK = 256;

const bytesOf = (text: string): number[] => [...Buffer.from(text)];
const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, index) => from + index);

/** How long the codes of literals, of the end of the block (256) and of match lengths (257 to 285) are. The rest come after these. */
const literalGroups: readonly (readonly [bits: number, symbols: readonly number[]])[] = [
  [DIGIT_BITS, bytesOf('0123456789')],
  // What ends the labels: once in each line.
  [5, bytesOf('"} ')],
  // Matches of 35 to 98 bytes, the usual lengths of names.
  [6, range(273, 278)],
  [7, [...range(269, 272), ...range(279, 281)]],
  [9, [...bytesOf('abcdefghijklmnopqrstuvwxyz_'), ...range(257, 268), ...range(282, 285)]],
  [10, [...bytesOf('\n#{=,.-'), ...bytesOf('ABCDEFGHIJKLMNOPQRSTUVWXYZ')]],
];
/** All others have 13 bits, or, from this many on, 14: so the code is complete. */
const THIRTEEN = 88;
/** How long the codes of distances are: lines of 33 to 128 bytes are the usual ones. */
const distanceGroups: readonly (readonly [bits: number, symbols: readonly number[]])[] = [
  [2, [11, 12]],
  [3, [10, 13]],
  [5, [9, 14]],
  [7, [...range(0, 8), ...range(15, 29)]],
];

/** A prefix code: for each symbol its bits as they go into the stream, lowest first, and how many. */
export interface PrefixCode {
  readonly bits: Uint16Array;
  readonly lengths: Uint8Array;
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

function literalLengths(): Uint8Array {
  const lengths = new Uint8Array(286);
  for (const [bits, symbols] of literalGroups) for (const symbol of symbols) lengths[symbol] = bits;
  let others = 0;
  lengths.forEach((bits, symbol) => {
    if (bits === 0) lengths[symbol] = others++ < THIRTEEN ? 13 : 14;
  });
  return lengths;
}

function distanceLengths(): Uint8Array {
  const lengths = new Uint8Array(30);
  for (const [bits, symbols] of distanceGroups) for (const symbol of symbols) lengths[symbol] = bits;
  return lengths;
}

export const literalCode = canonicalCode(literalLengths());
export const distanceCode = canonicalCode(distanceLengths());

/** RFC 1951, 3.2.5: the extra bits of a distance's symbol; they tell how far it is from the least distance of that symbol. */
export function distanceExtra(symbol: number): number {
  return symbol < 4 ? 0 : (symbol >> 1) - 1;
}

/** For each match length its code and extra bits together, and how many. */
export const matchBits = new Uint16Array(MAX_MATCH + 1);
export const matchWidths = new Uint8Array(MAX_MATCH + 1);
// RFC 1951, 3.2.5: eight symbols without extra bits, then four with each number of them.
for (let symbol = 257, length = 3; symbol < 285; symbol++) {
  const extra = symbol < 265 ? 0 : (symbol - 261) >> 2;
  for (let more = 0; more < 1 << extra; more++, length++) {
    matchBits[length] = literalCode.bits[symbol]! | (more << literalCode.lengths[symbol]!);
    matchWidths[length] = literalCode.lengths[symbol]! + extra;
  }
}
// The longest has a symbol of its own.
matchBits[MAX_MATCH] = literalCode.bits[285]!;
matchWidths[MAX_MATCH] = literalCode.lengths[285]!;

/** Distances up to this one are looked up. With their extra bits they have at most 16 bits. */
export const NEAR = 1024;
export const nearBits = new Uint16Array(NEAR + 1);
export const nearWidths = new Uint8Array(NEAR + 1);
for (let distance = 1; distance <= NEAR; distance++) {
  const symbol = distanceSymbol(distance);
  const extra = distanceExtra(symbol);
  const more = (distance - 1) & ((1 << extra) - 1);
  nearBits[distance] = distanceCode.bits[symbol]! | (more << distanceCode.lengths[symbol]!);
  nearWidths[distance] = distanceCode.lengths[symbol]! + extra;
}

/** RFC 1951, 3.2.5. From 5 on, two symbols share each power of two. */
export function distanceSymbol(distance: number): number {
  if (distance <= 4) return distance - 1;
  const power = 31 - Math.clz32(distance - 1);
  return 2 * power + (((distance - 1) >> (power - 1)) & 1);
}

/** For two digits, as four bits each of their ASCII codes, the first one higher: their codes, the first one lower. */
export const twoDigits = Uint8Array.from({ length: 256 }, (_, pair) => {
  const first = pair >> 4;
  const second = pair & 15;
  return first > 9 || second > 9 ? 0 : literalCode.bits[48 + first]! | (literalCode.bits[48 + second]! << DIGIT_BITS);
});

/** The codes of bytes as literals, one after the other, 16 bits in each element: the bits, and above them how many they are. */
export function codesOf(bytes: Uint8Array): Uint32Array {
  const codes: number[] = [];
  let bits = 0;
  let width = 0;
  for (const byte of bytes) {
    bits |= literalCode.bits[byte]! << width;
    width += literalCode.lengths[byte]!;
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
export function beginBlock(put: (bits: number, width: number) => void): void {
  const lengthsCode = canonicalCode(Uint8Array.from({ length: 19 }, (_, length) => (length < 13 ? 4 : 5)));
  put(0, 1);
  put(2, 2);
  put(literalCode.lengths.length - 257, 5);
  put(distanceCode.lengths.length - 1, 5);
  put(codeLengthOrder.length - 4, 4);
  for (const length of codeLengthOrder) put(lengthsCode.lengths[length]!, 3);
  for (const { lengths } of [literalCode, distanceCode]) {
    for (const length of lengths) put(lengthsCode.bits[length]!, lengthsCode.lengths[length]!);
  }
}

/** Tells `put` what ends the block, and begins an empty one that is stored: bytes, not bits, come next. */
export function endBlock(put: (bits: number, width: number) => void): void {
  put(literalCode.bits[END_OF_BLOCK]!, literalCode.lengths[END_OF_BLOCK]!);
  put(0, 3);
}
