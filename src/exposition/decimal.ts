/** Writes 64-bit integers as decimal digits into bytes, exactly, from two 32-bit halves: no bigint is made of them. */

const TWO_16 = 0x1_0000;
export const TWO_32 = 0x1_0000_0000;
/** High halves below this belong to integers below 2^53, which a double holds exactly. */
export const SAFE_HIGH = 0x20_0000;
const MINUS = 0x2d;
const ZERO = 0x30;

/** The digits of 0000 to 9999, each as the 32 bits that a little-endian store turns into four bytes. */
const fourDigits = Uint32Array.from({ length: 10_000 }, (_, value) => {
  const digit = (power: number): number => ZERO + (Math.floor(value / power) % 10);
  return digit(1000) | (digit(100) << 8) | (digit(10) << 16) | (digit(1) << 24);
});

/** 10^n for as long as doubles are exact. */
const powersOfTen = Float64Array.from({ length: 17 }, (_, exponent) => Number(10n ** BigInt(exponent)));

/** The most bytes that one value takes: 2^64 - 1, and -2^63 with its sign. */
export const MAX_DECIMAL_BYTES = 20;

/** Writes the unsigned value `high` · 2^32 + `low` at `at`; returns where it ends. */
export function writeUnsigned(into: DataView, at: number, low: number, high: number): number {
  if (high < SAFE_HIGH) return writeSafe(into, at, high * TWO_32 + low);
  // From 2^53 on no double is exact: divide by 10^4 in steps of 16 bits, whose remainders stay small.
  let rest = high >>> 16;
  let quotient = Math.floor(rest / 10_000);
  rest = (rest % 10_000) * TWO_16 + (high & 0xffff);
  quotient = quotient * TWO_16 + Math.floor(rest / 10_000);
  rest = (rest % 10_000) * TWO_16 + (low >>> 16);
  quotient = quotient * TWO_16 + Math.floor(rest / 10_000);
  rest = (rest % 10_000) * TWO_16 + (low & 0xffff);
  quotient = quotient * TWO_16 + Math.floor(rest / 10_000);
  const end = writeSafe(into, at, quotient);
  fillDigits(into, end, end + 4, rest % 10_000);
  return end + 4;
}

/** Writes the value whose two's complement has these halves at `at`; returns where it ends. */
export function writeSigned(into: DataView, at: number, low: number, high: number): number {
  if (high < 0x8000_0000) return writeUnsigned(into, at, low, high);
  into.setUint8(at, MINUS);
  return writeUnsigned(into, at + 1, -low >>> 0, (low === 0 ? -high : ~high) >>> 0);
}

/**
 * Writes an unsigned value over the digits from `start` to `end` if it has just as many; false where it has not, or may not: then nothing
 * was written. The digits of a counter rarely become more, so this is the common way.
 */
export function overwriteUnsigned(into: DataView, start: number, end: number, low: number, high: number): boolean {
  const width = end - start;
  if (high >= SAFE_HIGH || width >= powersOfTen.length) return false;
  const value = high * TWO_32 + low;
  if (value >= powersOfTen[width]! || (value < powersOfTen[width - 1]! && width > 1)) return false;
  fillDigits(into, start, end, value);
  return true;
}

/** Writes the last eight digits of a longer number, an integer below 10^8, so that they end at `end`. */
export function overwriteLastEight(into: DataView, end: number, value: number): void {
  const small = value | 0;
  const top = (small / 10_000) | 0;
  into.setUint32(end - 8, fourDigits[top]!, true);
  into.setUint32(end - 4, fourDigits[small - Math.imul(top, 10_000)]!, true);
}

/** Writes an integer of at most 2^53. */
function writeSafe(into: DataView, at: number, value: number): number {
  let width = 1;
  while (width < powersOfTen.length && value >= powersOfTen[width]!) width++;
  fillDigits(into, at, at + width, value);
  return at + width;
}

/** Writes an integer of at most 2^53 from `start` to `end`, with leading zeros where it has fewer digits. */
function fillDigits(into: DataView, start: number, end: number, value: number): void {
  let at = end;
  let rest = value;
  if (rest >= 100_000_000) {
    const top = Math.floor(rest / 100_000_000);
    overwriteLastEight(into, at, rest - top * 100_000_000);
    at -= 8;
    rest = top;
  }
  // Of 2^53 no more than eight digits are left: a small integer, and told to be one, so that it is divided as one.
  let small = rest | 0;
  while (at - start >= 4) {
    const top = (small / 10_000) | 0;
    into.setUint32(at - 4, fourDigits[small - Math.imul(top, 10_000)]!, true);
    at -= 4;
    small = top;
  }
  while (at > start) {
    const top = (small / 10) | 0;
    into.setUint8(--at, ZERO + small - Math.imul(top, 10));
    small = top;
  }
}
