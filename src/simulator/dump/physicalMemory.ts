/**
 * Which physical page each page of kernel memory lies in, which an image does not say: the direct map decides it for what lies there; the
 * rest is scattered over three banks with unused pages between, as in a machine that has run for a while.
 */
import { CHUNK_PAGES, CHUNK_SIZE, PAGE_SIZE, type Machine } from './machines.js';

/** Pages are numbered from physical address 0 on. */
export type Frame = number;

/** 2 MB of mapped addresses outside the direct map. */
export interface Chunk {
  readonly address: bigint;
  /** The first of the 512 pages of its superpage; undefined where each page has an entry of its own. */
  readonly superpage: Frame | undefined;
  /** By number of the page in the chunk; undefined where nothing is mapped. */
  readonly frames: readonly (Frame | undefined)[];
  /** Where its page of entries is. */
  readonly table: Frame | undefined;
}

/** A range of memory, from its first frame to before its end. */
export interface Bank {
  readonly start: Frame;
  readonly end: Frame;
}

export interface PhysicalMemory {
  /** Where each page of kernel memory lies. */
  readonly frameOf: ReadonlyMap<bigint, Frame>;
  /** By address. */
  readonly chunks: readonly Chunk[];
  /** `dump_avail`. */
  readonly banks: readonly Bank[];
}

/** The small bank ends where a PC's memory below 640 KB does; every so manieth page is there while it has room. */
const SMALL_BANK_PAGES = 0x9e;
const SMALL_EVERY = 37;
/** Memory that nothing mapped lies in, at the end of the high bank. */
const FREE_PAGES = 5000;

/**
 * @param pages the addresses of all pages that are mapped
 * @param packed where whole and trailing chunks become superpages
 * @param hasTables whether each chunk without a superpage has a page of entries in memory
 */
export function assignFrames(
  machine: Machine,
  pages: readonly bigint[],
  packed: (chunk: bigint) => boolean,
  hasTables: boolean,
): PhysicalMemory {
  const frameOf = new Map<bigint, Frame>();
  const byChunk = new Map<bigint, bigint[]>();
  for (const page of pages) {
    if (page >= machine.dmapBase && page < machine.dmapEnd) frameOf.set(page, directFrame(machine, page));
    else {
      const chunk = page - (page % CHUNK_SIZE);
      const known = byChunk.get(chunk);
      if (known === undefined) byChunk.set(chunk, [page]);
      else known.push(page);
    }
  }
  const frames = new FreeFrames(machine, [...frameOf.values()], pages.length + byChunk.size);
  const chunks: Chunk[] = [];
  let trailing: { address: bigint; pages: readonly bigint[] } | undefined;
  for (const [address, own] of [...byChunk].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const isPrefix = own.every((page, nth) => page === address + BigInt(nth * PAGE_SIZE));
    if (isPrefix && own.length === CHUNK_PAGES) {
      chunks.push(superpage(address, own, frames.takeChunk(), frameOf));
    } else if (isPrefix && packed(address) && trailing === undefined) {
      trailing = { address, pages: own };
    } else {
      const placed = own.map((page): [bigint, Frame] => [page, frames.take()]);
      for (const [page, frame] of placed) frameOf.set(page, frame);
      const table = hasTables ? frames.take() : undefined;
      const byPage = new Map(placed.map(([page, frame]) => [Number(page - address) / PAGE_SIZE, frame]));
      chunks.push({
        address,
        superpage: undefined,
        frames: Array.from({ length: CHUNK_PAGES }, (_, nth) => byPage.get(nth)),
        table,
      });
    }
  }
  // The memory ends before that superpage does: what it maps beyond is not in the dump.
  if (trailing !== undefined) {
    const first = frames.takeLast(trailing.pages.length);
    chunks.push(superpage(trailing.address, trailing.pages, first, frameOf));
  }
  return { frameOf, chunks: chunks.sort((a, b) => (a.address < b.address ? -1 : 1)), banks: frames.banks() };
}

function directFrame(machine: Machine, page: bigint): Frame {
  return Number(page - machine.dmapBase + machine.dmapPhysical) / PAGE_SIZE;
}

function superpage(address: bigint, pages: readonly bigint[], first: Frame, frameOf: Map<bigint, Frame>): Chunk {
  for (const [nth, page] of pages.entries()) frameOf.set(page, first + nth);
  const frames = Array.from({ length: CHUNK_PAGES }, (_, nth) => first + nth);
  return { address, superpage: first, frames, table: undefined };
}

class FreeFrames {
  private readonly starts: readonly [Frame, Frame, Frame];
  private small: Frame;
  private main: Frame;
  private high: Frame;
  private readonly highEnd: Frame;
  private taken = 0;

  /** @param wanted more than will be taken */
  constructor(machine: Machine, direct: readonly Frame[], wanted: number) {
    const [small, main, high] = machine.banks.map((start) => start / PAGE_SIZE) as [Frame, Frame, Frame];
    this.starts = [small, main, high];
    const below = direct.filter((frame) => frame < high).reduce((most, frame) => Math.max(most, frame), main);
    const above = direct.reduce((most, frame) => Math.max(most, frame), high);
    this.small = small;
    this.main = roundUpToChunk(below + 1);
    // Taken from the top down.
    this.high = above + 2 + 2 * wanted;
    this.highEnd = this.high + FREE_PAGES;
  }

  /** One page, not beside the one before. */
  take(): Frame {
    const nth = this.taken++;
    if (nth % SMALL_EVERY === 0 && this.small < this.starts[0] + SMALL_BANK_PAGES) return this.small++;
    if (nth % 2 === 0) return (this.main += 1 + (nth % 3));
    return (this.high -= 1 + (nth % 2));
  }

  /** The pages of a superpage. */
  takeChunk(): Frame {
    const first = roundUpToChunk(this.main + 1);
    this.main = first + CHUNK_PAGES - 1;
    return first;
  }

  /** The start of a superpage of which only so many pages exist: the main bank's last. */
  takeLast(pages: number): Frame {
    const first = roundUpToChunk(this.main + 1);
    this.main = first + pages - 1;
    return first;
  }

  banks(): Bank[] {
    const [small, main, high] = this.starts;
    return [
      { start: small, end: small + SMALL_BANK_PAGES },
      { start: main, end: this.main + 1 },
      { start: high, end: this.highEnd },
    ];
  }
}

function roundUpToChunk(frame: Frame): Frame {
  return Math.ceil(frame / CHUNK_PAGES) * CHUNK_PAGES;
}
