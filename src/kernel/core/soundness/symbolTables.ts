/**
 * The kernel's symbols and their names as it keeps them in memory (struct elf_file of kern/link_elf.c) are those of its file, byte by byte: pages
 * all over the loaded kernel that nothing ever changes, and whose contents are known.
 */
import { isObjectAddress, kernelAddress, addressPlus, WORD_BYTES } from '../../address.js';
import { KvmError } from '../../errors.js';
import { readInteger } from '../../integers.js';
import { canRead } from '../../readFailure.js';
import type { SymbolTable } from '../../symbols.js';
import type { DumpedKernelFile } from '../kernelFile.js';
import type { Minidump } from '../minidump/minidump.js';
import type { Structs } from '../structs.js';

const PAGE_BYTES = 4096;

export interface TablePages {
  readonly same: number;
  readonly other: number;
  /** Not in the dump. */
  readonly absent: number;
  /** Where in the file the last page that is the same lies. */
  readonly lastPlace: number;
}

/** @throws KvmError where the kernel's tables cannot be found */
export function compareSymbolTables(
  dump: Minidump,
  { symbols }: Pick<DumpedKernelFile, 'symbols'>,
  own: SymbolTable,
  structs: Structs,
): TablePages {
  const list = own.symbol('linker_files');
  if (list === undefined) throw new KvmError('vmcore', 'the kernel has no linker_files');
  // Its own file is the first.
  const file = readInteger(dump, kernelAddress(list.value));
  if (!isObjectAddress(file)) throw new KvmError('vmcore', 'linker_files leads to no file');
  const place = structs.structWith('elf_file', 'progtab', false);
  const word = (member: string): bigint => readInteger(dump, addressPlus(file, place(member, WORD_BYTES)));
  const count = { same: 0, other: 0, absent: 0, lastPlace: 0 };
  for (const [address, expected] of [
    [word('ddbsymtab'), symbols.bytes],
    [word('ddbstrtab'), symbols.names.bytes],
  ] as const) {
    if (!isObjectAddress(address)) throw new KvmError('vmcore', 'its struct elf_file leads to no symbol table');
    for (let at = 0; at < expected.length;) {
      const start = address + BigInt(at);
      const length = Math.min(expected.length - at, PAGE_BYTES - Number(start % BigInt(PAGE_BYTES)));
      const bytes = Buffer.alloc(length);
      if (!canRead(dump, kernelAddress(start), bytes)) count.absent++;
      else if (!bytes.equals(expected.subarray(at, at + length))) count.other++;
      else {
        count.same++;
        // A few bytes may be the same anywhere.
        if (length > PAGE_BYTES / 4) count.lastPlace = Math.max(count.lastPlace, dump.placeOf(start));
      }
      at += length;
    }
  }
  return count;
}
