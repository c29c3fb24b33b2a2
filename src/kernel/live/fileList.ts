/**
 * The kernel's own list of its files (struct linker_file of <sys/linker.h>), which is walked once it is known how it is laid out. It tells
 * more than kldstat(2), and nothing of it is believed that cannot be.
 */
import { addressPlus, isKernelAddress, WORD_BYTES, type KernelAddress } from '../address.js';
import { KvmError } from '../errors.js';
import type { Memory } from '../memory.js';
import type { LinkerFileOffsets } from '../modules.js';
import type { Linker } from './linker.js';

/** One of its elements. */
export interface ListedFile {
  readonly address: KernelAddress;
  readonly id: number;
  /** The load count: no two loads share it. */
  readonly load: number;
}

/** More files than any kernel has loaded: a list that goes on is a cycle. */
const MAX_FILES = 4096;
/** Bytes that an element is read in at the most. */
const MAX_SIZE = 4096;

export class FileList {
  private layout: { readonly offsets: LinkerFileOffsets; readonly head: KernelAddress } | undefined;

  constructor(
    private readonly linker: Linker,
    private readonly memory: Memory,
  ) {}

  /** Undefined until it is known how the list is laid out. */
  get offsets(): LinkerFileOffsets | undefined {
    return this.layout?.offsets;
  }

  useOffsets(offsets: LinkerFileOffsets): void {
    const head = this.linker.symbol('linker_files')?.value;
    if (head === undefined || !isKernelAddress(head) || sizeOf(offsets) > MAX_SIZE) return;
    this.layout = { offsets, head };
  }

  /** The files in the order of the list; undefined where it is not known how to find them. Throws KvmError where the list cannot be read. */
  files(): ListedFile[] | undefined {
    if (this.layout === undefined) return undefined;
    const { offsets, head } = this.layout;
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
