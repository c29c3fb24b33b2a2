/**
 * The kernel's own copies of what says where pages are: `dump_avail`, and the bits that `vm_page_dump` leads to, which are among the dumped
 * pages (vm/vm_page.c adds them itself). A kernel that has panicked writes the bitmap from there: both are the same, bit by bit.
 */
import { isObjectAddress, kernelAddress, addressPlus } from '../../address.js';
import { KvmError } from '../../errors.js';
import { readInteger } from '../../integers.js';
import type { SymbolTable } from '../../symbols.js';
import { ones } from '../minidump/dumpedPages.js';
import type { Minidump } from '../minidump/minidump.js';

const PIECE_BYTES = 65_536;

export interface BitmapCopy {
  /** Bits that only one of both has. */
  readonly onlyInMemory: number;
  readonly onlyInFile: number;
  /** Where in the file the last page of the copy lies. */
  readonly lastPlace: number;
}

/** @throws KvmError where the kernel's copy is not in the dump */
export function bitmapCopy(dump: Minidump, symbols: SymbolTable): BitmapCopy {
  const symbol = symbols.symbol('vm_page_dump');
  const start = symbol === undefined ? 0n : readInteger(dump, kernelAddress(symbol.value));
  if (!isObjectAddress(start)) throw new KvmError('vmcore', 'vm_page_dump leads nowhere');
  const inMemory = new Uint32Array(PIECE_BYTES / 4);
  const inFile = new Uint32Array(PIECE_BYTES / 4);
  let onlyInMemory = 0;
  let onlyInFile = 0;
  let lastPlace = 0;
  for (let at = 0; at < dump.bitmapBytes; at += PIECE_BYTES) {
    const words = Math.min(PIECE_BYTES, dump.bitmapBytes - at) / 4;
    dump.read(addressPlus(start, at), inMemory.subarray(0, words));
    lastPlace = Math.max(lastPlace, dump.placeOf(addressPlus(start, at + 4 * words - 1)));
    dump.bitmapAt(at, new Uint8Array(inFile.buffer, 0, 4 * words));
    for (let word = 0; word < words; word++) {
      const memory = inMemory[word] ?? 0;
      const file = inFile[word] ?? 0;
      if (memory === file) continue;
      onlyInMemory += ones(memory & ~file);
      onlyInFile += ones(file & ~memory);
    }
  }
  return { onlyInMemory, onlyInFile, lastPlace };
}

/**
 * Whether the ranges of memory in the file are those of the kernel; undefined in a version that has none.
 * @throws KvmError where the kernel's are not in the dump
 */
export function hasKernelsRanges(dump: Minidump, symbols: SymbolTable): boolean | undefined {
  const inFile = dump.ranges();
  const symbol = symbols.symbol('dump_avail');
  if (inFile === undefined || symbol === undefined) return undefined;
  const inMemory = Buffer.alloc(Math.min(symbol.size, inFile.length));
  dump.read(kernelAddress(symbol.value), inMemory);
  return inMemory.equals(inFile.subarray(0, inMemory.length));
}
