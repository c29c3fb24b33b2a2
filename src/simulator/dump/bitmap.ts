/** Which physical pages a minidump has: a bit for each page of its memory. */
import { PAGE_SIZE } from './machines.js';
import type { Bank, Frame } from './physicalMemory.js';

/** Bytes of the bitmap of that memory: whole pages. */
export function bitmapBytes(banks: readonly Bank[]): number {
  const bits = banks.reduce((sum, { start, end }) => sum + end - start, 0);
  return Math.ceil(bits / 8 / PAGE_SIZE) * PAGE_SIZE;
}

/**
 * @param frames ascending
 * @param further the end of the last bank, of which every page is there
 */
export function bitmapOf(banks: readonly Bank[], frames: readonly Frame[], further: Bank): Buffer {
  const bytes = Buffer.alloc(bitmapBytes(banks));
  const set = (bit: number): void => {
    bytes.writeUInt8(bytes.readUInt8(bit >> 3) | (1 << (bit & 7)), bit >> 3);
  };
  let before = 0;
  let nth = 0;
  for (const { start, end } of banks) {
    for (; nth < frames.length; nth++) {
      const frame = frames[nth] ?? 0;
      if (frame >= end) break;
      if (frame < start) throw new Error(`no bank has page ${frame}`);
      set(before + frame - start);
    }
    before += end - start;
  }
  if (nth < frames.length) throw new Error(`no bank has page ${frames[nth] ?? 0}`);
  for (let bit = before - (further.end - further.start); bit < before; bit++) set(bit);
  return bytes;
}

/** `dump_avail`: start and end of each, then zeros. */
export function availOf(banks: readonly Bank[]): Buffer {
  const bytes = Buffer.alloc(PAGE_SIZE);
  for (const [nth, { start, end }] of banks.entries()) {
    bytes.writeBigUInt64LE(BigInt(start) * BigInt(PAGE_SIZE), 16 * nth);
    bytes.writeBigUInt64LE(BigInt(end) * BigInt(PAGE_SIZE), 16 * nth + 8);
  }
  return bytes;
}
