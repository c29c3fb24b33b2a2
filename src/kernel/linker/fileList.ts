/**
 * The kernel's own list of its files (struct linker_file of <sys/linker.h>), which is walked once it is known how it is laid out. It tells
 * more than kldstat(2), and nothing of it is believed that cannot be.
 */
import { addressPlus, isKernelAddress, WORD_BYTES, type KernelAddress } from '../address.js';
import { KvmError } from '../errors.js';
import type { Memory } from '../memory.js';
import type { LinkerFileOffsets } from '../modules.js';
import type { SymbolTable } from '../symbols.js';

/** One of its elements. */
export interface ListedFile {
  readonly address: KernelAddress;
  readonly id: number;
  /** The load count: no two loads share it. */
  readonly load: number;
}

interface ListLayout {
  readonly offsets: LinkerFileOffsets;
  /** Where linker_files is. */
  readonly head: KernelAddress;
}

/** More loads than any kernel has seen: what lies beside the count are halves of pointers. */
const MAX_LOADS = 10_000_000;
/** More files than any kernel has loaded: a list that goes on is a cycle. */
const MAX_FILES = 4096;
/** Bytes that an element is read in at the most. */
const MAX_SIZE = 4096;

export class FileList {
  private layout: ListLayout | undefined;

  constructor(
    private readonly symbols: SymbolTable,
    private readonly memory: Memory,
    /** The ids of the loaded files, as the kernel tells them otherwise; undefined where nothing but the list does. */
    private readonly idsOfFiles?: () => readonly number[],
  ) {}

  /** Undefined until it is known how the list is laid out. */
  get offsets(): LinkerFileOffsets | undefined {
    return this.layout?.offsets;
  }

  /** As Modules.readListBy(). */
  useOffsets(offsets: LinkerFileOffsets): boolean {
    const head = this.symbols.symbol('linker_files')?.value;
    if (head === undefined || !isKernelAddress(head) || sizeOf(offsets) > MAX_SIZE) return false;
    const layout = { offsets, head };
    if (!this.isTrue(layout)) return false;
    this.layout = layout;
    return true;
  }

  /** True where what the list then says is what the kernel does. A file that comes or goes in between makes it untrue, which is tried again. */
  private isTrue(layout: ListLayout): boolean {
    try {
      const listed = this.walk(layout);
      const ids = this.idsOfFiles?.() ?? listed.map(({ id }) => id);
      const loads = new Set(listed.map(({ load }) => load));
      return (
        listed.length === ids.length &&
        listed.every(({ id, load }, index) => id === ids[index] && load > 0 && load <= MAX_LOADS) &&
        loads.size === listed.length
      );
    } catch (error) {
      if (error instanceof KvmError) return false;
      throw error;
    }
  }

  /** The files in the order of the list; undefined where it is not known how to find them. Throws KvmError where the list cannot be read. */
  files(): ListedFile[] | undefined {
    return this.layout === undefined ? undefined : this.walk(this.layout);
  }

  private walk({ offsets, head }: ListLayout): ListedFile[] {
    const bytes = Buffer.alloc(sizeOf(offsets));
    const files: ListedFile[] = [];
    const first = new BigUint64Array(1);
    this.memory.read(head, first);
    for (let at = first[0]!; at !== 0n; at = bytes.readBigUInt64LE(offsets.next)) {
      if (!isKernelAddress(at) || at % BigInt(WORD_BYTES) !== 0n || files.length === MAX_FILES) {
        throw new KvmError('linker_files', 'the list of loaded files leads to no file');
      }
      this.memory.read(at, bytes);
      files.push({ address: at, id: bytes.readInt32LE(offsets.id), load: bytes.readInt32LE(offsets.loadcnt) });
    }
    return files;
  }

  /** A word of an element that files() gave. Throws KvmError where it cannot be read. */
  word({ address }: ListedFile, offset: number): bigint {
    const word = new BigUint64Array(1);
    this.memory.read(addressPlus(address, offset), word);
    return word[0]!;
  }
}

/** Bytes of an element up to what is read of every one: a struct elf_file may be of another kind, and end there. */
function sizeOf({ next, id, loadcnt }: LinkerFileOffsets): number {
  return Math.max(next + WORD_BYTES, id + 4, loadcnt + 4);
}
