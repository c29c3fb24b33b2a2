/** Reads per-CPU copies item by item with the calls that kvm_getpcpu(3) has for them: kvm_counter_u64_fetch and kvm_read_zpcpu. */
import type { ZpcpuPointer } from '../kernel/address.js';
import { KvmError } from '../kernel/errors.js';
import type { Kernel } from '../kernel/live/kernel.js';
import { isTarget, type EntryResolution } from '../plan/resolution.js';
import type { SeriesLayout } from '../plan/series.js';
import type { CopyOutcome, CopyReader, CopyTable } from './copyReader.js';
import type { Pacer } from '../snapshots/pacer.js';

const WORD = 8;

export class LibkvmReader implements CopyReader {
  private resolutions: readonly EntryResolution[] = [];
  private pointers: readonly (ZpcpuPointer | undefined)[] = [];
  private readonly table: CopyTable;
  /** The table's arena word by word, for the sums that kvm_counter_u64_fetch gives. */
  private readonly words: BigUint64Array;

  constructor(
    private readonly kernel: Kernel,
    private readonly layout: SeriesLayout,
  ) {
    const ids = kernel.facts.maxId + 1;
    const bases = new Int32Array(layout.items.length);
    const strides = new Int32Array(layout.items.length);
    let at = 0;
    layout.items.forEach(({ size }, item) => {
      bases[item] = at;
      const stride = Math.ceil(size / WORD) * WORD;
      strides[item] = stride;
      at += stride * ids;
    });
    this.words = new BigUint64Array(at / WORD);
    this.table = { arena: new Uint8Array(this.words.buffer), bases, strides };
  }

  prepare(resolutions: readonly EntryResolution[], pointers: readonly (ZpcpuPointer | undefined)[]): CopyTable {
    this.resolutions = resolutions;
    this.pointers = pointers;
    return this.table;
  }

  async read(outcome: CopyOutcome, pacer: Pacer): Promise<void> {
    for (let item = 0; item < this.layout.items.length; item++) {
      try {
        if (this.readItem(item)) outcome.read(item);
      } catch (error) {
        if (!(error instanceof KvmError)) throw error;
        outcome.failed(item, error);
      }
      if (pacer.due()) await pacer.rest();
    }
  }

  /** False where there is nothing to read. Throws KvmError where not all of it could be read. */
  private readItem(item: number): boolean {
    const { entry, perCpu } = this.layout.items[item]!;
    const pointer = this.pointers[item];
    const resolution = this.resolutions[entry]!;
    if (pointer !== undefined) {
      if (perCpu || this.layout.entries[entry]!.kind !== 'counters') this.readCopies(item, pointer);
      else this.fetchSum(item, pointer);
    } else if (isTarget(resolution) && typeof resolution.address !== 'bigint') {
      for (const [id, address] of resolution.address) this.kernel.read(address, this.copyOf(item, id));
    } else {
      return false;
    }
    return true;
  }

  /** The copies of all ids, not only of the CPUs that exist: summing them all is exact whatever holes the ids have. */
  private readCopies(item: number, pointer: ZpcpuPointer): void {
    for (let id = 0; id <= this.kernel.facts.maxId; id++) this.kernel.readZpcpu(pointer, this.copyOf(item, id), id);
  }

  /** Where only the sum is published it stands in for the copy of id 0, and the other copies are 0. */
  private fetchSum(item: number, pointer: ZpcpuPointer): void {
    const first = this.table.bases[item]! / WORD;
    this.words.fill(0n, first, first + this.kernel.facts.maxId + 1);
    const sum = this.kernel.counterU64Fetch(pointer);
    // kvm_counter_u64_fetch says 0 for any error, too; only reads whose count can be checked tell the two apart.
    if (sum === 0n) this.readCopies(item, pointer);
    else this.words[first] = sum;
  }

  private copyOf(item: number, id: number): Uint8Array {
    const start = this.table.bases[item]! + id * this.table.strides[item]!;
    return this.table.arena.subarray(start, start + this.layout.items[item]!.size);
  }
}
