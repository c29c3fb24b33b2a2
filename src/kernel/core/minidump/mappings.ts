/**
 * All that a dump's page tables map, looked at once. The kernel put every page that it had mapped into the dump, and maps hardly one of them
 * twice: an entry that was damaged leads to a page that is not there, or to one that another address has already.
 */
import { KvmError } from '../../errors.js';
import type { DumpedPages } from './dumpedPages.js';
import type { DumpFile } from './dumpFile.js';
import { ENTRY_BYTES, type MinidumpHeader } from './header.js';
import { AMD64_HIGH, FRAME_BYTES, FRAMES_PER_HIGH, L3_PAGE, PG_PS, PG_V } from './translation.js';

/** Bytes of the tables that are read at once. */
const PIECE_BYTES = 65_536;
/** Pages of 4 KiB in one of 2 MiB, and entries of a page table. */
const PER_TABLE = FRAME_BYTES / ENTRY_BYTES;
/**
 * Bits that are 0 in the kernel's entries. amd64: 48 to 51, above any memory and device, and the protection key, which is for programs; software has 52
 * to 58. arm64: 48 to 50, above the highest address.
 */
const AMD64_NEVER = 0x780f_0000;
const ARM64_NEVER = 0x0007_0000;
const ARM64_HIGH = 0xffff;
/** Pages that may have been lost before a page table, so that it is taken for one which comes so much later. */
const LOST_PAGES = 256;

export interface Mappings {
  /** Pages that are mapped, those of devices left out. */
  readonly mapped: number;
  /** Of these, pages that the dump should have, and its bitmap has not. */
  readonly lacking: number;
  /** Pages of page tables. */
  readonly tables: number;
  /** Of these, those most entries of which the kernel would not have made. */
  readonly odd: number;
  /** Entries in all of them that it would not have made. */
  readonly oddEntries: number;
  /**
   * Where in the file the last page table lies whose contents show that it is one, and that no page before it was lost: 0 where there is none, as
   * on arm64, whose page tables are no pages of the dump.
   */
  lastPlace(): number;
  /** Whether several addresses lead to a page, so that none of them is believed. */
  isShared(page: number): boolean;
}

/** Throws KvmError where the tables cannot be read. */
export function mappingsOf(file: DumpFile, header: MinidumpHeader, pages: DumpedPages): Mappings {
  const survey = new Survey(file, header, pages);
  survey.run();
  return survey;
}

class Survey implements Mappings {
  mapped = 0;
  lacking = 0;
  tables = 0;
  odd = 0;
  oddEntries = 0;
  /** By bits of the bitmap: pages that an address leads to, and those that more than one does. */
  private readonly once: Uint8Array;
  private readonly twice: Uint8Array;
  /** Where all page tables lie in the file, and those that have entries that lead to dumped pages only. */
  private readonly places = new Set<number>();
  private readonly evident: number[] = [];
  private readonly table = new Uint32Array((2 * FRAME_BYTES) / ENTRY_BYTES);

  constructor(
    private readonly file: DumpFile,
    private readonly header: MinidumpHeader,
    private readonly pages: DumpedPages,
  ) {
    this.once = new Uint8Array(header.bitmap.bytes);
    this.twice = new Uint8Array(header.bitmap.bytes);
  }

  run(): void {
    const { tables, entrySpan, pageBytes } = this.header;
    const isLast = entrySpan === pageBytes;
    const piece = new Uint32Array(PIECE_BYTES / 4);
    for (let at = 0; at < tables.bytes; at += PIECE_BYTES) {
      const length = Math.min(PIECE_BYTES, tables.bytes - at);
      this.readAll(tables.offset + at, new Uint8Array(piece.buffer, 0, length));
      // A table fills a page.
      for (let from = 0; from < length; from += pageBytes) {
        const words = piece.subarray(from / 4, (from + pageBytes) / 4);
        if (isLast) this.lastLevel(words);
        else this.directory(words);
      }
    }
  }

  isShared(page: number): boolean {
    const bit = this.pages.bitOf(page);
    return bit >= 0 && isIn(this.twice, bit);
  }

  /** amd64. */
  private directory(words: Uint32Array): void {
    for (let at = 0; at < words.length; at += 2) {
      const low = words[at] ?? 0;
      const high = words[at + 1] ?? 0;
      if ((low | high) === 0) continue;
      if ((low & PG_V) === 0 || (high & AMD64_NEVER) !== 0) {
        this.oddEntries++;
        this.odd++;
      }
      if ((low & PG_V) === 0) continue;
      const first = (high & AMD64_HIGH) * FRAMES_PER_HIGH + (low >>> 12);
      if ((low & PG_PS) !== 0) {
        const start = first - (first % PER_TABLE);
        for (let nth = 0; nth < PER_TABLE; nth++) this.map(start + nth);
        continue;
      }
      // What maps it reads entries, not data: an address of data that leads to it as well is wrong.
      this.map(first);
      this.pageTable(first);
    }
  }

  private pageTable(page: number): void {
    let offset: number;
    try {
      offset = this.pages.offsetOf(page);
    } catch (error) {
      // It was cut off, or map() has counted it.
      if (error instanceof KvmError) return;
      throw error;
    }
    this.readAll(offset, new Uint8Array(this.table.buffer));
    this.places.add(offset);
    if (this.lastLevel(this.table)) this.evident.push(offset);
  }

  lastPlace(): number {
    const { missing } = this.pages;
    const { pageBytes } = this.header;
    const isAlone = (place: number): boolean => {
      if (this.places.has(place + missing * pageBytes)) return false;
      for (let lost = Math.min(missing, LOST_PAGES); lost > 0; lost--)
        if (this.places.has(place + lost * pageBytes)) return false;
      return true;
    };
    return this.evident.reduce((last, place) => (place > last && isAlone(place) ? place : last), 0);
  }

  /** Returns whether there are several entries, and all of them lead to pages of the dump. */
  private lastLevel(words: Uint32Array): boolean {
    const isArm64 = this.header.machineArch === 'aarch64';
    const valid = isArm64 ? L3_PAGE : PG_V;
    const never = isArm64 ? ARM64_NEVER : AMD64_NEVER;
    const mask = isArm64 ? ARM64_HIGH : AMD64_HIGH;
    const perPage = this.header.pageBytes / FRAME_BYTES;
    let used = 0;
    let odd = 0;
    let led = 0;
    for (let at = 0; at < words.length; at += 2) {
      const low = words[at] ?? 0;
      const high = words[at + 1] ?? 0;
      if ((low | high) === 0) continue;
      used++;
      const isValid = (low & valid) === valid;
      if (!isValid || (high & never) !== 0) odd++;
      if (isValid && this.map(Math.floor(((high & mask) * FRAMES_PER_HIGH + (low >>> 12)) / perPage))) led++;
    }
    this.tables++;
    this.oddEntries += odd;
    if (2 * odd > used) this.odd++;
    return used > 1 && odd === 0 && led === used;
  }

  /** Returns whether the page is in the dump. */
  private map(page: number): boolean {
    const bit = this.pages.bitOf(page);
    // Devices, and what firmware keeps.
    if (bit < 0) return false;
    const isThere = this.pages.isSet(bit);
    this.mapped++;
    if (!isThere) this.lacking++;
    put(isIn(this.once, bit) ? this.twice : this.once, bit);
    return isThere;
  }

  private readAll(offset: number, into: Uint8Array): void {
    if (this.file.readAt(offset, into) !== into.length) throw new KvmError('vmcore', 'the file ends there');
  }
}

function isIn(bits: Uint8Array, bit: number): boolean {
  return ((bits[bit >> 3] ?? 0) & (1 << (bit & 7))) !== 0;
}

function put(bits: Uint8Array, bit: number): void {
  bits[bit >> 3] = (bits[bit >> 3] ?? 0) | (1 << (bit & 7));
}
