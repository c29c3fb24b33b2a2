/** Which physical pages a minidump has: a bit for each page of its memory. */
import { PAGE_SIZE } from './machines.js';
import type { Bank, Frame } from './physicalMemory.js';

/** @param frames ascending */
export function bitmapOf(banks: readonly Bank[], frames: readonly Frame[]): Buffer {
  const bits = banks.reduce((sum, { start, end }) => sum + end - start, 0);
  const bytes = Buffer.alloc(Math.ceil(bits / 8 / PAGE_SIZE) * PAGE_SIZE);
  let before = 0;
  let nth = 0;
  for (const { start, end } of banks) {
    for (; nth < frames.length; nth++) {
      const frame = frames[nth] ?? 0;
      if (frame >= end) break;
      if (frame < start) throw new Error(`no bank has page ${frame}`);
      const bit = before + frame - start;
      bytes.writeUInt8(bytes.readUInt8(bit >> 3) | (1 << (bit & 7)), bit >> 3);
    }
    before += end - start;
  }
  if (nth < frames.length) throw new Error(`no bank has page ${frames[nth] ?? 0}`);
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
