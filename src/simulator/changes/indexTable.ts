/** The table by which the kernel finds an interface by its index: one for all vnets since 14, one in each before. */
import { sizeOf } from '../model/ctypes.js';
import { ifindexEntry } from '../model/interfaceTypes.js';
import { placeOf } from '../model/members.js';
import type { LiveMemory } from './liveMemory.js';

const entrySize = BigInt(sizeOf(ifindexEntry));

export class IndexTable {
  readonly base: bigint;
  private readonly limit: number;
  /** By index; 0n where there is none. */
  private readonly entries: bigint[];

  /** @param shift from the host's variables to those of the vnet that it is of */
  constructor(
    private readonly memory: LiveMemory,
    private readonly shift: bigint,
  ) {
    this.base = memory.word(memory.symbol('ifindex_table') + shift);
    this.limit = memory.image.read(memory.symbol('if_indexlim') + shift, 4).readInt32LE();
    this.entries = Array.from({ length: this.limit }, (_, index) => memory.word(this.entry(index)));
  }

  /** The lowest index that is free, with its generation. */
  next(): { index: number; generation: number } {
    const index = this.entries.findIndex((address, at) => at > 0 && address === 0n);
    if (index < 0) throw new Error('the simulated kernel has no room for another index; ask for more spare');
    return { index, generation: Number(this.memory.get(ifindexEntry, this.entry(index), 'ife_gencnt')) };
  }

  set(index: number, ifnet: bigint): void {
    this.entries[index] = ifnet;
    this.memory.putWord(this.entry(index), ifnet);
    this.tellHighest();
  }

  clear(index: number): void {
    const { memory } = this;
    this.entries[index] = 0n;
    memory.putWord(this.entry(index), 0n);
    const generation = memory.get(ifindexEntry, this.entry(index), 'ife_gencnt');
    memory.put(ifindexEntry, this.entry(index), 'ife_gencnt', generation + 1n);
    this.tellHighest();
  }

  private tellHighest(): void {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32LE(
      Math.max(
        0,
        this.entries.findLastIndex((address) => address !== 0n),
      ),
    );
    this.memory.image.write(this.memory.symbol('if_index') + this.shift, bytes);
  }

  private entry(index: number): bigint {
    return this.base + BigInt(index) * entrySize + BigInt(placeOf(ifindexEntry, 'ife_ifnet').offset);
  }
}
