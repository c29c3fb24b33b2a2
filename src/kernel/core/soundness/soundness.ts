/**
 * Proves that pages are where a dump says. Nothing in its format has a checksum: a few bits that are wrong in what says where pages are would give
 * other pages' bytes for true. What the kernel had in its memory besides tells, and savecore(8).
 */
import { kernelAddress } from '../../address.js';
import { KernelOpenError, KvmError, withoutAddresses } from '../../errors.js';
import { readInteger } from '../../integers.js';
import type { SymbolTable } from '../../symbols.js';
import type { DumpInfo } from '../dumpInfo.js';
import type { DumpedKernelFile } from '../kernelFile.js';
import type { Mappings } from '../minidump/mappings.js';
import type { Minidump } from '../minidump/minidump.js';
import type { Structs } from '../structs.js';
import { bitmapCopy, hasKernelsRanges, type BitmapCopy } from './bitmapCopy.js';
import { fewMissing, proveLength } from './length.js';
import { compareSymbolTables } from './symbolTables.js';

/**
 * Of the pages and entries that a kernel which runs on while it is dumped (savecore -L) may have changed meanwhile, one in so many. Of 33,000 that
 * were seen, 8 had.
 */
const MOVES = 200;
/** Bits that a kernel may set or clear while it writes its dump, if the number of pages is proven otherwise. */
const FEW_BITS = 16;

interface Soundness {
  /** For the log. */
  readonly seen: readonly string[];
  /** Where in the file the last page is that is proven to be at its place. */
  readonly end: number;
}

interface Parts {
  readonly core: string;
  readonly dump: Minidump;
  readonly info: DumpInfo | undefined;
  readonly mappings: Mappings;
  readonly file: DumpedKernelFile;
  readonly symbols: SymbolTable;
  readonly structs: Structs;
}

/** @throws KernelOpenError where something contradicts the dump */
export function proveSound(parts: Parts): Soundness {
  const { core, dump, info, mappings, file, symbols, structs } = parts;
  const refuse = (why: string): never => {
    throw new KernelOpenError(`${core} is damaged: ${why}; copy it again from where it was saved`);
  };
  const length = proveLength(dump, info);
  if (typeof length === 'string') return refuse(length);
  const isStopped = attempt(() => hasPanicked(dump, symbols)) !== false;

  const tables = attempt(() => compareSymbolTables(dump, file, symbols, structs));
  if (typeof tables === 'object' && tables.other > 0)
    return refuse(`${tables.other} of ${tables.other + tables.same} pages of the kernel's symbols are not its file's`);
  const ranges = attempt(() => hasKernelsRanges(dump, symbols));
  if (ranges === false) return refuse("its ranges of memory are not the kernel's dump_avail");

  const copy = attempt(() => bitmapCopy(dump, symbols));
  const bitmap = typeof copy === 'string' ? copy : judgeCopy(copy, isStopped, length.isProven, mappings);
  if (bitmap === 'other') return refuse("its bitmap is not the kernel's vm_page_dump");
  const most = isStopped ? 0 : Math.ceil(mappings.mapped / MOVES);
  if (bitmap !== 'same' && mappings.lacking > most)
    return refuse(`${mappings.lacking} of ${mappings.mapped} pages that its page tables map are not in its bitmap`);
  if (mappings.odd > (isStopped ? 0 : Math.ceil(mappings.tables / MOVES)))
    return refuse(`${mappings.odd} of ${mappings.tables} of its page tables hold what no page table does`);
  const few = bitmap === 'same' || length.isProven ? undefined : fewMissing(dump);
  if (few !== undefined) return refuse(few);

  const end = Math.max(
    mappings.lastPlace(),
    typeof tables === 'string' ? 0 : tables.lastPlace,
    typeof copy === 'string' ? 0 : copy.lastPlace,
  );
  const seen = [
    length.seen,
    `vm_page_dump: ${bitmap === 'same' ? 'the same bitmap' : bitmap}`,
    `${mappings.mapped} mapped pages, ${mappings.lacking} not in it`,
    typeof tables === 'string' ? `symbols: ${tables}` : `${tables.same} pages of symbols as in the file`,
  ];
  return { seen, end };
}

/** A kernel that runs on has none of its mapped pages in vm_page_dump, but most of what it has there is in the bitmap. */
function judgeCopy(
  { onlyInMemory, onlyInFile }: BitmapCopy,
  isStopped: boolean,
  isLengthProven: boolean,
  { mapped }: Mappings,
): string {
  if (onlyInMemory === 0 && onlyInFile === 0) return 'same';
  if (!isStopped) return onlyInMemory > Math.ceil(mapped / MOVES) ? 'other' : 'of a kernel that ran on';
  const isOneWay = onlyInMemory === 0 || onlyInFile === 0;
  return isOneWay && isLengthProven && onlyInMemory + onlyInFile <= FEW_BITS ? 'same' : 'other';
}

function hasPanicked(dump: Minidump, symbols: SymbolTable): boolean {
  const symbol = symbols.symbol('panicstr');
  return symbol === undefined || readInteger(dump, kernelAddress(symbol.value)) !== 0n;
}

/** What it gives, or why it cannot be read. */
function attempt<T>(look: () => T): T | string {
  try {
    return look();
  } catch (error) {
    if (error instanceof KvmError) return withoutAddresses(error.reason);
    throw error;
  }
}
