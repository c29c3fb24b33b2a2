/** Carries out the reads of per-CPU copies that were planned, and tells of each item whether all of its copies were fetched. */
import { WORD_BYTES } from '../kernel/address.js';
import { KvmError } from '../kernel/errors.js';
import { interfaceDataOid, interfaceNameIn } from '../kernel/interfaceData.js';
import type { Memory, ZpcpuMemory } from '../kernel/memory.js';
import type { Sysctls } from '../kernel/sysctls.js';
import type { Told } from '../plan/instances/instance.js';
import type { CopyGroup, CopyPlan, CopyRead } from '../plan/copyPlan.js';
import type { SeriesLayout } from '../plan/layout.js';
import type { Pacer } from '../snapshots/pacer.js';
import { readInHalves } from './inHalves.js';

/** Where the copies lie that were read: item i's of CPU id n at `bases[i] + n * strides[i]`, host byte order. What was not read is 0. */
export interface CopyTable {
  readonly arena: Uint8Array;
  readonly bases: Int32Array;
  readonly strides: Int32Array;
}

/** What becomes known of the items in one read. */
export interface CopyOutcome {
  /**
   * Called for an item of which this read has fetched the copies of every CPU id. What it is not called for has not been read, whatever
   * lies in the table: the table still holds what earlier reads left there.
   */
  read(item: number): void;
  /** Called for an item whose copies could not all be read, with the reason. */
  failed(item: number, error: Error): void;
}

export class CopyReader {
  readonly table: CopyTable;
  /** The table's arena word by word. */
  private readonly words: BigUint64Array;
  /** For each read where it goes. */
  private readonly into: readonly Uint8Array[];
  /** For each item the ids whose copies one read has fetched: of a group that had to be read piece by piece. */
  private readonly idsInPieces: Int32Array;

  constructor(
    private readonly memory: Memory & ZpcpuMemory,
    private readonly sysctls: Pick<Sysctls, 'bytesAt'> | undefined,
    private readonly layout: SeriesLayout,
    private readonly plan: CopyPlan,
  ) {
    const arena = new Uint8Array(plan.bytes);
    this.table = { arena, bases: plan.bases, strides: plan.strides };
    this.words = new BigUint64Array(arena.buffer);
    this.into = plan.reads.map(({ at, length }) => arena.subarray(at, at + length));
    this.idsInPieces = new Int32Array(layout.items.length);
  }

  /** Reads it all afresh into the table. */
  async read(outcome: CopyOutcome, pacer: Pacer): Promise<void> {
    for (const group of this.plan.groups) {
      let ids = 0;
      let idsWhole = 0;
      for (let index = group.from; index < group.to; index++) {
        const read = this.plan.reads[index]!;
        const count = idsOf(read, group);
        ids += count;
        try {
          this.carryOut(read, this.into[index]!, group);
          idsWhole += count;
        } catch (error) {
          if (!(error instanceof KvmError)) throw error;
          if (!group.inPieces) {
            for (const item of group.items) outcome.failed(item, error);
            break;
          }
          if (ids - count === idsWhole) for (const item of group.items) this.idsInPieces[item] = 0;
          for (let id = read.firstId; id < read.firstId + count; id++) this.readInPieces(group, id, outcome);
        }
        if (pacer.due()) await pacer.rest();
      }
      if (!group.inPieces && idsWhole < ids) continue;
      for (const item of group.items) {
        const idsInPieces = ids === idsWhole ? 0 : this.idsInPieces[item]!;
        if (idsWhole + idsInPieces === ids) outcome.read(item);
      }
    }
  }

  private carryOut(read: CopyRead, into: Uint8Array, group: CopyGroup): void {
    switch (read.call) {
      case 'kvm_read':
        this.memory.read(read.address, into);
        break;
      case 'kvm_read_zpcpu':
        this.memory.readZpcpu(read.pointer, into, read.cpu);
        break;
      case 'sysctl':
        this.ask(read.told, into);
        break;
      case 'kvm_counter_u64_fetch':
        this.fetchSum(read, group.items[0]!);
    }
  }

  private ask({ index, name }: Told, into: Uint8Array): void {
    if (this.sysctls === undefined)
      throw new KvmError('sysctl', `${name} counts by itself, which only a running kernel tells`);
    const data = this.sysctls.bytesAt(interfaceDataOid(index));
    if (data === undefined) throw new KvmError('sysctl', `there is no data of ${name}`);
    // An index is given to another when its interface is gone.
    if (data.length < into.length || interfaceNameIn(data) !== name) {
      throw new KvmError('sysctl', `the data is not that of ${name}`);
    }
    into.set(data.subarray(0, into.length));
  }

  /** The sum stands in for the copy of id 0, and the other copies are 0. */
  private fetchSum({ pointer, firstId, lastId }: Extract<CopyRead, { pointer: unknown }>, item: number): void {
    const { arena, bases, strides } = this.table;
    const base = bases[item]!;
    const stride = strides[item]!;
    arena.fill(0, base, base + stride * (lastId + 1));
    const sum = this.memory.counterU64Fetch(pointer);
    if (sum !== 0n) {
      this.words[base / WORD_BYTES] = sum;
      return;
    }
    // kvm_counter_u64_fetch says 0 for any error, too; only reads whose count can be checked tell the two apart.
    for (let id = firstId; id <= lastId; id++) {
      const start = base + id * stride;
      this.memory.readZpcpu(pointer, arena.subarray(start, start + WORD_BYTES), id);
    }
  }

  /** Reads the copies of CPU `id` of the group's items, as many together as can be; all that they have where these lie side by side. */
  private readInPieces({ items, lengths }: CopyGroup, id: number, outcome: CopyOutcome): void {
    const { addressOf } = this.plan;
    const { arena, bases, strides } = this.table;
    const startOf = (item: number): number => bases[item]! + id * strides[item]!;
    readInHalves(
      0,
      items.length,
      (from, to) => {
        const first = items[from]!;
        let end = startOf(first);
        // Items ascend by where they begin, but one that is longer may end behind those that begin after it.
        for (let index = from; index < to; index++) {
          const item = items[index]!;
          end = Math.max(end, startOf(item) + (lengths?.[index] ?? this.layout.items[item]!.size));
        }
        this.memory.read(addressOf(first, id), arena.subarray(startOf(first), end));
        for (let index = from; index < to; index++) this.idsInPieces[items[index]!]!++;
      },
      (index, error) => {
        outcome.failed(items[index]!, error);
      },
    );
  }
}

/** How many times a read must be done again to have all of it piece by piece: for each CPU id where the ids' copies lie apart. */
function idsOf({ firstId, lastId }: CopyRead, { lengths }: CopyGroup): number {
  return lengths === undefined ? lastId - firstId + 1 : 1;
}
