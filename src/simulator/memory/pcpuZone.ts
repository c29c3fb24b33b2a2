/** UMA's per-CPU zones: items that have a copy for each CPU id, one page apart. */
import type { Random } from './random.js';
import type { Segment } from './memory.js';

/** Zero and junk pages after each slab: what a read past mp_maxid or before CPU 0 comes upon, without any error. */
const ZERO_PAGES = 15;
const JUNK_PAGES = 3;

export class PcpuZone {
  private free: bigint[] = [];
  readonly slabs: bigint[] = [];

  constructor(
    private readonly segment: Segment,
    private readonly pageSize: number,
    /** `mp_maxid + 1`: how many pages a slab has. */
    private readonly pages: number,
    readonly itemSize: number,
    private readonly random: Random,
  ) {}

  /** The address of CPU 0's copy of a new item. */
  allocate(): bigint {
    if (this.free.length === 0) this.addSlab();
    const item = this.free.pop();
    if (item === undefined) throw new Error(`an item of ${this.itemSize} bytes does not fit into a page`);
    return item;
  }

  /** How many items are left in the slab that is being filled. */
  get left(): number {
    return this.free.length;
  }

  /** UMA hands out the items of a slab mostly from its end downwards. */
  private addSlab(): void {
    const slab = this.segment.reserve(this.pages * this.pageSize, this.pageSize);
    this.slabs.push(slab);
    this.segment.reserve(ZERO_PAGES * this.pageSize, this.pageSize);
    addJunk(this.segment, JUNK_PAGES, this.pageSize, this.random);
    for (let at = 0; at + this.itemSize <= this.pageSize; at += this.itemSize) this.free.push(slab + BigInt(at));
    for (let i = 16; i + 1 < this.free.length; i += 17) {
      this.free.splice(i, 2, ...this.free.slice(i, i + 2).reverse());
    }
  }
}

/** Pages of other allocations: full of words that look like values, so that a wrong address is noticed. */
export function addJunk(segment: Segment, pages: number, pageSize: number, random: Random): void {
  const at = Number(segment.reserve(pages * pageSize, pageSize) - segment.base);
  const bytes = segment.bytes;
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset + at, (pages * pageSize) / 4);
  for (let i = 0; i < words.length; i += 2) {
    words[i] = random.bits();
    words[i + 1] = random.bits() >>> 12;
  }
}
