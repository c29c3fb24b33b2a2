/** Writes a DEFLATE stream in one of the codes, bit by bit from the lowest of each byte, into a buffer that grows. */
import { MAX_DECIMAL_BYTES } from '../decimal.js';
import {
  beginBlock,
  distanceExtra,
  distanceSymbol,
  endBlock,
  MAX_MATCH,
  MIN_MATCH,
  NEAR,
  type DeflateCode,
} from './deflateCode.js';
import { DIGIT_BITS, lineCode, twoDigits } from './lineCode.js';

const { literals: lineLiterals, matchBits, matchWidths, nearBits, nearWidths } = lineCode;
const MINUS = 0x2d;
const MINUS_BITS = lineLiterals.bits[MINUS]!;
const MINUS_WIDTH = lineLiterals.lengths[MINUS]!;

/** Lines that differ from the one before only in what ends their labels, such as a CPU's id, and in their digits. */
export interface Lines {
  readonly lines: Uint8Array;
  /** For each line where its digits begin and end in `lines`. */
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
}

/** What stands between the common start of such lines and their digits. */
export interface Ending {
  readonly length: number;
  /** How many of its bytes are the same in the line before. */
  readonly common: number;
  /** The codes of the others, as of codesOf(). */
  readonly codes: Uint32Array;
}

export class BitWriter {
  private buffer: Uint8Array = new Uint8Array(0);
  private at = 0;
  /** Bits that are not in the buffer yet: fewer than 16 between calls. */
  private hold = 0;
  private count = 0;

  constructor(private readonly code: DeflateCode) {}

  /** Begins anew, in this memory: some bytes as they are, then a block. */
  begin(buffer: Uint8Array, before: Uint8Array): void {
    this.buffer = buffer;
    this.at = 0;
    this.hold = 0;
    this.count = 0;
    this.bytes(before);
    beginBlock((bits, width) => {
      this.put(bits, width);
    }, this.code);
  }

  /** Bytes that are written. Bits that are no whole byte yet are not among them. */
  get length(): number {
    return this.at;
  }

  /** @param width at most 16 */
  put(bits: number, width: number): void {
    this.hold |= bits << this.count;
    this.count += width;
    if (this.count < 16) return;
    this.buffer[this.at] = this.hold;
    this.buffer[this.at + 1] = this.hold >>> 8;
    this.at += 2;
    this.hold >>>= 16;
    this.count -= 16;
  }

  /** Ends the block at a whole byte, by an empty stored one. */
  end(): void {
    endBlock((bits, width) => {
      this.put(bits, width);
    }, this.code);
    this.bytes(Uint8Array.of(0, 0, 0xff, 0xff));
  }

  /** @param codes as of codesOf(), in the same code */
  codes(codes: Uint32Array): void {
    for (const code of codes) this.put(code & 0xffff, code >>> 16);
  }

  /** Repeats `length` bytes, 3 or more, from `distance` before. */
  match(length: number, distance: number): void {
    let rest = length;
    while (rest > MAX_MATCH) {
      // What is left must not be too short for a match.
      const part = Math.min(MAX_MATCH, rest - MIN_MATCH);
      this.matchOnce(part, distance);
      rest -= part;
    }
    this.matchOnce(rest, distance);
  }

  /**
   * In the code of lines: a row's lines from its second one on, of which each repeats the line before from that one's first byte, or rather from the newline in front of
   * it. The newline that ends the last line is left to what comes next.
   * @param first index of the row's first line, which is written
   * @param start bytes of the lines' common start
   * @param endings one for each line of the row
   */
  repeatLines(text: Lines, first: number, start: number, endings: readonly Ending[]): void {
    const longest = 1 + start + endings.at(-1)!.length + MAX_DECIMAL_BYTES;
    if (longest <= MAX_MATCH) this.repeatShortLines(text, first, start, endings);
    else this.repeatLongLines(text, first, start, endings);
  }

  /** What stands in `bytes` from `start` to `end`. */
  literals(bytes: Uint8Array, start: number, end: number): void {
    for (let at = start; at < end; at++) this.literal(bytes[at]!);
  }

  private repeatLongLines(
    { lines, starts, ends }: Lines,
    first: number,
    start: number,
    endings: readonly Ending[],
  ): void {
    for (let column = 1; column < endings.length; column++) {
      const line = first + column;
      const { common, codes } = endings[column]!;
      const digits = ends[line - 1]! - starts[line - 1]!;
      this.match(1 + start + common, 1 + start + endings[column - 1]!.length + digits);
      this.codes(codes);
      this.literals(lines, starts[line]!, ends[line]!);
    }
  }

  /**
   * The same for lines no longer than one repetition. A scrape writes nearly all of its bits here, so the state is in local variables and
   * what put() does is written out, without its branch: two bytes are always stored, and kept where there are two.
   */
  private repeatShortLines(
    { lines, starts, ends }: Lines,
    first: number,
    start: number,
    endings: readonly Ending[],
  ): void {
    const { buffer } = this;
    let { at, hold, count } = this;
    let digits = ends[first]! - starts[first]!;
    let length = endings[0]!.length;
    let full: number;
    for (let column = 1; column < endings.length; column++) {
      const ending = endings[column]!;
      const repeated = 1 + start + ending.common;
      const distance = 1 + start + length + digits;
      length = ending.length;

      hold |= matchBits[repeated]! << count;
      count += matchWidths[repeated]!;
      buffer[at] = hold;
      buffer[at + 1] = hold >>> 8;
      full = count & 16;
      at += full >> 3;
      hold >>>= full;
      count &= 15;

      hold |= nearBits[distance]! << count;
      count += nearWidths[distance]!;
      buffer[at] = hold;
      buffer[at + 1] = hold >>> 8;
      full = count & 16;
      at += full >> 3;
      hold >>>= full;
      count &= 15;

      const { codes } = ending;
      for (const code of codes) {
        hold |= (code & 0xffff) << count;
        count += code >>> 16;
        buffer[at] = hold;
        buffer[at + 1] = hold >>> 8;
        full = count & 16;
        at += full >> 3;
        hold >>>= full;
        count &= 15;
      }

      let from = starts[first + column]!;
      const end = ends[first + column]!;
      digits = end - from;
      if (lines[from] === MINUS) {
        hold |= MINUS_BITS << count;
        count += MINUS_WIDTH;
        buffer[at] = hold;
        buffer[at + 1] = hold >>> 8;
        full = count & 16;
        at += full >> 3;
        hold >>>= full;
        count &= 15;
        from++;
      }
      for (; from + 4 <= end; from += 4) {
        const high = twoDigits[((lines[from]! & 15) << 4) | (lines[from + 1]! & 15)]!;
        const low = twoDigits[((lines[from + 2]! & 15) << 4) | (lines[from + 3]! & 15)]!;
        hold |= (high | (low << (2 * DIGIT_BITS))) << count;
        buffer[at] = hold;
        buffer[at + 1] = hold >>> 8;
        at += 2;
        hold >>>= 16;
      }
      for (; from < end; from++) {
        // As if a 0 came before it.
        hold |= (twoDigits[lines[from]! & 15]! >>> DIGIT_BITS) << count;
        count += DIGIT_BITS;
        buffer[at] = hold;
        buffer[at + 1] = hold >>> 8;
        full = count & 16;
        at += full >> 3;
        hold >>>= full;
        count &= 15;
      }
    }
    this.at = at;
    this.hold = hold;
    this.count = count;
  }

  /** Bytes as they are, behind bits that fill up to a whole byte. */
  private bytes(bytes: Uint8Array): void {
    this.align();
    this.buffer.set(bytes, this.at);
    this.at += bytes.length;
  }

  private literal(byte: number): void {
    const { bits, lengths } = this.code.literals;
    this.put(bits[byte]!, lengths[byte]!);
  }

  private matchOnce(length: number, distance: number): void {
    const { matchBits, matchWidths, nearBits, nearWidths, distances } = this.code;
    this.put(matchBits[length]!, matchWidths[length]!);
    if (distance <= NEAR) {
      this.put(nearBits[distance]!, nearWidths[distance]!);
      return;
    }
    const symbol = distanceSymbol(distance);
    const extra = distanceExtra(symbol);
    this.put(distances.bits[symbol]!, distances.lengths[symbol]!);
    this.put((distance - 1) & ((1 << extra) - 1), extra);
  }

  private align(): void {
    this.put(0, (8 - (this.count & 7)) & 7);
    if (this.count === 0) return;
    this.buffer[this.at++] = this.hold;
    this.hold = 0;
    this.count = 0;
  }
}
