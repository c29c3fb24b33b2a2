/**
 * Which load of a file this is: a module that was unloaded and loaded again may have the id, the path and the address of the one before,
 * and yet be another file. kldstat(2) tells the first three; the kernel's own list of files (struct linker_file of <sys/linker.h>) has a
 * number that no two loads share, and is walked where the kernel's types tell how.
 */
import { isKernelAddress, WORD_BYTES, type KernelAddress } from '../address.js';
import { KvmError } from '../errors.js';
import type { Memory } from '../memory.js';
import type { LoadGeneration } from '../loads.js';
import type { LinkerFileOffsets } from '../modules.js';
import type { Linker } from './linker.js';

/** More files than any kernel has loaded: a list that goes on is a cycle. */
const MAX_FILES = 4096;
/** How often a walk is begun anew where files come and go under way. */
const MAX_WALKS = 4;
/** Bytes that one struct linker_file is read in at the most. */
const MAX_SIZE = 4096;

export class LoadGenerations {
  private offsets: LinkerFileOffsets | undefined;
  private head: KernelAddress | undefined;

  constructor(
    private readonly linker: Linker,
    private readonly memory: Memory,
  ) {}

  /** True once useOffsets() was called, so that loads are counted. */
  get countsLoads(): boolean {
    return this.offsets !== undefined;
  }

  /** From now on loads are counted, too. */
  useOffsets(offsets: LinkerFileOffsets): void {
    const size = Math.max(offsets.next + WORD_BYTES, offsets.id + 4, offsets.loadcnt + 4);
    const head = this.linker.symbol('linker_files')?.value;
    if (head === undefined || !isKernelAddress(head) || size > MAX_SIZE) return;
    this.head = head;
    this.offsets = offsets;
  }

  /** The generation of each loaded file by its id. Throws KvmError where it can't be told. */
  look(): Map<number, LoadGeneration> {
    for (let walk = 0; walk < MAX_WALKS; walk++) {
      const loads = this.loads();
      // No two loads share the number, so that nothing else need be asked.
      if (loads !== undefined) return new Map([...loads].map(([id, load]) => [id, String(load)]));
      const before = this.linker.files();
      const generations = new Map<number, LoadGeneration>();
      for (const id of before) {
        const file = this.linker.file(id);
        if (file === undefined) continue;
        generations.set(id, `${id} ${file.address} ${file.size} ${file.path}`);
      }
      // What the list has before and after was there at one time.
      if (before.join() === [...generations.keys()].join() && before.join() === this.linker.files().join()) {
        return generations;
      }
    }
    throw new KvmError('kldstat', 'the list of loaded files changes faster than it can be read');
  }

  /** The load count of each file by its id, in the order of the list; undefined where it is not known how to find it. */
  private loads(): Map<number, number> | undefined {
    const { offsets, head } = this;
    if (offsets === undefined || head === undefined) return undefined;
    const bytes = Buffer.alloc(Math.max(offsets.next + WORD_BYTES, offsets.id + 4, offsets.loadcnt + 4));
    const loads = new Map<number, number>();
    const first = new BigUint64Array(1);
    this.memory.read(head, first);
    let steps = 0;
    for (let at = first[0]!; at !== 0n; at = bytes.readBigUInt64LE(offsets.next)) {
      if (!isKernelAddress(at) || at % BigInt(WORD_BYTES) !== 0n || ++steps > MAX_FILES) {
        throw new KvmError('linker_files', 'the list of loaded files leads to no file');
      }
      this.memory.read(at, bytes);
      loads.set(bytes.readInt32LE(offsets.id), bytes.readInt32LE(offsets.loadcnt));
    }
    return loads;
  }
}
