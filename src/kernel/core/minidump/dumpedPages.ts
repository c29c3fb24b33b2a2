/**
 * Which pages of physical memory a dump has, and where in the file. A page's bit in the bitmap says that the dump has it, and as many pages lie
 * before it as bits are set before that one: they are counted once, for each CHUNK_BYTES of the bitmap, so that finding a page counts few.
 */
import { KvmError } from '../../errors.js';
import type { DumpFile } from './dumpFile.js';
import { DamagedDump, ENTRY_BYTES, type MinidumpHeader } from './header.js';

/** Bytes of the bitmap that are counted together. */
const CHUNK_BYTES = 512;
/** Bytes of the bitmap that are read at once when it is counted: the whole of a large one is never in memory. */
const PIECE_BYTES = 65_536;
/** Physical addresses have 52 bits at most on both platforms. */
const PHYSICAL_END = 1n << 52n;

/** Pages of physical memory, one after the other, with bits one after the other. */
interface Range {
  readonly firstPage: number;
  readonly endPage: number;
  readonly firstBit: number;
}

export class DumpedPages {
  /** Pages that the bitmap promises. */
  readonly count: number;
  /** Of these, the last ones, which the file does not have, or not whole: it was cut off. */
  readonly missing: number;
  private readonly ranges: readonly Range[];
  /** Pages that begin behind this place in the file are not read. */
  private lastOffset = Infinity;
  /** How many bits are set before each chunk. */
  private readonly before: Uint32Array;

  /** Throws DamagedDump where the parts of the dump do not fit each other. */
  constructor(
    private readonly file: DumpFile,
    private readonly header: MinidumpHeader,
  ) {
    this.ranges = rangesOf(file, header);
    this.before = new Uint32Array(Math.ceil(header.bitmap.bytes / CHUNK_BYTES) + 1);
    this.count = this.countBits();
    const bits = bitsOf(this.ranges);
    if (bits < header.bitmap.bytes * 8 && this.bitsBefore(bits) !== this.count)
      throw new DamagedDump('the bitmap has pages beyond the end of memory');
    const there = Math.floor((file.size - header.pagesOffset) / header.pageBytes);
    // One bit that was lost would move all pages behind it.
    if (there > this.count) throw new DamagedDump(`${there} pages where the bitmap has ${this.count}`);
    this.missing = this.count - there;
  }

  /**
   * Where the page with this number (its physical address by the size of a page) lies in the file.
   * @throws KvmError where the dump does not have it
   */
  offsetOf(page: number): number {
    const bit = this.bitOf(page);
    if (bit < 0 || !this.isSet(bit)) throw new KvmError('vmcore', `page ${this.addressText(page)} is not in the dump`);
    const nth = this.bitsBefore(bit);
    if (nth >= this.count - this.missing)
      throw new KvmError('vmcore', `page ${this.addressText(page)} is not in the dump, which is cut off before it`);
    const offset = this.header.pagesOffset + nth * this.header.pageBytes;
    if (offset > this.lastOffset)
      throw new KvmError(
        'vmcore',
        `page ${this.addressText(page)} lies behind all that proves where pages are, in a dump that is cut off`,
      );
    return offset;
  }

  /** From now on, reads no page that lies behind this one. */
  endAt(offset: number): void {
    this.lastOffset = offset;
  }

  /** Every page that the dump has, in the order of the file. */
  *all(): Generator<{ physical: bigint; offset: number }> {
    const { pagesOffset, pageBytes } = this.header;
    const end = this.file.size - pageBytes;
    let offset = pagesOffset;
    for (const { firstPage, endPage, firstBit } of this.ranges) {
      for (let page = firstPage; page < endPage && offset <= end; page++) {
        const bit = firstBit + page - firstPage;
        // Most words of a large bitmap are 0: their 32 bits are passed over together, those of the next range as well.
        if (bit % 32 === 0 && this.file.uint32(this.wordAt(bit)) === 0) {
          page += 31;
          continue;
        }
        if (!this.isSet(bit)) continue;
        yield { physical: BigInt(page) * BigInt(pageBytes), offset };
        offset += pageBytes;
      }
    }
  }

  /** The bit of a page in the bitmap; -1 where it is in no range of memory. */
  bitOf(page: number): number {
    for (const range of this.ranges) {
      if (page < range.firstPage) return -1;
      if (page < range.endPage) return range.firstBit + page - range.firstPage;
    }
    return -1;
  }

  /** The bitmap is an array of little-endian longs, as good as one of 32 bits each. */
  isSet(bit: number): boolean {
    return ((this.file.uint32(this.wordAt(bit)) >>> (bit % 32)) & 1) !== 0;
  }

  private bitsBefore(bit: number): number {
    const chunk = Math.floor(bit / (CHUNK_BYTES * 8));
    let count = this.before[chunk] ?? 0;
    const start = this.header.bitmap.offset + chunk * CHUNK_BYTES;
    const last = this.wordAt(bit);
    for (let at = start; at < last; at += 4) count += ones(this.file.uint32(at));
    const rest = bit % 32;
    return rest === 0 ? count : count + ones(this.file.uint32(last) & (2 ** rest - 1));
  }

  private wordAt(bit: number): number {
    return this.header.bitmap.offset + Math.floor(bit / 32) * 4;
  }

  private countBits(): number {
    const { offset, bytes } = this.header.bitmap;
    const piece = new Uint32Array(PIECE_BYTES / 4);
    let count = 0;
    for (let at = 0; at < bytes; at += PIECE_BYTES) {
      const length = Math.min(PIECE_BYTES, bytes - at);
      if (this.file.readAt(offset + at, new Uint8Array(piece.buffer, 0, length)) !== length)
        throw new DamagedDump('the file became shorter while it was opened');
      for (let from = 0; from < length; from += CHUNK_BYTES) {
        this.before[(at + from) / CHUNK_BYTES] = count;
        const end = Math.min(length, from + CHUNK_BYTES) / 4;
        // The order of bytes makes no difference to how many bits there are.
        for (let word = from / 4; word < end; word++) {
          const bits = piece[word] ?? 0;
          if (bits !== 0) count += ones(bits);
        }
      }
    }
    this.before[this.before.length - 1] = count;
    return count;
  }

  private addressText(page: number): string {
    return `0x${(BigInt(page) * BigInt(this.header.pageBytes)).toString(16)}`;
  }
}

/** How many of 32 bits are set. */
export function ones(word: number): number {
  const pairs = word - ((word >>> 1) & 0x5555_5555);
  const nibbles = (pairs & 0x3333_3333) + ((pairs >>> 2) & 0x3333_3333);
  return Math.imul((nibbles + (nibbles >>> 4)) & 0x0f0f_0f0f, 0x0101_0101) >>> 24;
}

function bitsOf(ranges: readonly Range[]): number {
  const last = ranges.at(-1);
  return last === undefined ? 0 : last.firstBit + last.endPage - last.firstPage;
}

/** The kernel's `dump_avail`: pairs of first address and end, up to an end of 0. */
function rangesOf(file: DumpFile, header: MinidumpHeader): Range[] {
  const { pageBytes, bitmap } = header;
  if (header.ranges === undefined) return [{ firstPage: 0, endPage: bitmap.bytes * 8, firstBit: 0 }];
  const table = Buffer.alloc(header.ranges.bytes);
  file.readAt(header.ranges.offset, table);
  const ranges: Range[] = [];
  let bit = 0;
  let last = 0n;
  for (let at = 0; ; at += 2 * ENTRY_BYTES) {
    if (at + 2 * ENTRY_BYTES > table.length) throw new DamagedDump('the ranges of memory have no end');
    const start = table.readBigUInt64LE(at);
    const end = table.readBigUInt64LE(at + ENTRY_BYTES);
    if (end === 0n) break;
    if (start < last || end < start || end > PHYSICAL_END)
      throw new DamagedDump('the ranges of memory are in no order');
    last = end;
    const firstPage = Math.floor(Number(start) / pageBytes);
    const endPage = Math.ceil(Number(end) / pageBytes);
    ranges.push({ firstPage, endPage, firstBit: bit });
    bit += endPage - firstPage;
  }
  // Longs for all bits, filled up to a page: with any other size, bits would be taken for those of other pages.
  const bytes = Math.ceil((Math.ceil(bit / 64) * ENTRY_BYTES) / pageBytes) * pageBytes;
  if (bytes !== bitmap.bytes)
    throw new DamagedDump(`a bitmap of ${bitmap.bytes} bytes where the ranges of memory need ${bytes}`);
  return ranges;
}
