/** The kernel's page tables as a minidump has them: what each architecture's kernel writes of them is not the same. */
import { CHUNK_PAGES, CHUNK_SIZE, PAGE_SIZE, type Machine } from './machines.js';
import type { Chunk } from './physicalMemory.js';

/** amd64: valid, writable, accessed, dirty, global, not to be executed. */
const AMD64_PAGE = 0x8000_0000_0000_0163n;
const AMD64_SUPERPAGE = 0x8000_0000_0000_01e3n;
const AMD64_TABLE = 0x63n;
/** arm64: a page, accessed, inner shareable, not to be executed. */
const ARM64_PAGE = 0x0060_0000_0000_0703n;
const GIGABYTE = 0x4000_0000n;

export interface PageTables {
  /** Bytes of the whole part, which is mostly zeros. */
  readonly size: number;
  /** The pages of it that are not all zeros, by offset. */
  readonly written: ReadonlyMap<number, Buffer>;
}

/** Page directory entries, one for each 2 MB up to the last gigabyte that something is mapped in: superpages, or where a page of entries lies. */
export function amd64Tables(machine: Machine, chunks: readonly Chunk[]): PageTables {
  const written = new Map<number, Buffer>();
  for (const { address, superpage, table } of chunks) {
    const at = 8 * Number((address - machine.kernBase) / CHUNK_SIZE);
    const entry = superpage !== undefined ? physical(superpage) | AMD64_SUPERPAGE : physical(table ?? 0) | AMD64_TABLE;
    pageAt(written, at).writeBigUInt64LE(entry, at % PAGE_SIZE);
  }
  const end = (chunks.at(-1)?.address ?? machine.kernBase) + CHUNK_SIZE - machine.kernBase;
  return { size: PAGE_SIZE * Number((end + GIGABYTE - 1n) / GIGABYTE), written };
}

/** The contents of the page of entries of a chunk. */
export function amd64Entries({ frames }: Chunk): Buffer {
  return entries(frames, AMD64_PAGE);
}

/** An entry for each page up to the last 2 MB that something is mapped in; a superpage is written as if it were single pages. */
export function arm64Tables(machine: Machine, chunks: readonly Chunk[]): PageTables {
  const written = new Map<number, Buffer>();
  let size = 0;
  for (const { address, frames } of chunks) {
    const at = PAGE_SIZE * Number((address - machine.kernBase) / CHUNK_SIZE);
    written.set(at, entries(frames, ARM64_PAGE));
    size = at + PAGE_SIZE;
  }
  return { size, written };
}

function entries(frames: Chunk['frames'], flags: bigint): Buffer {
  const page = Buffer.alloc(8 * CHUNK_PAGES);
  for (const [nth, frame] of frames.entries()) {
    if (frame !== undefined) page.writeBigUInt64LE(physical(frame) | flags, 8 * nth);
  }
  return page;
}

function physical(frame: number): bigint {
  return BigInt(frame) * BigInt(PAGE_SIZE);
}

function pageAt(pages: Map<number, Buffer>, offset: number): Buffer {
  const start = offset - (offset % PAGE_SIZE);
  const known = pages.get(start) ?? Buffer.alloc(PAGE_SIZE);
  pages.set(start, known);
  return known;
}
