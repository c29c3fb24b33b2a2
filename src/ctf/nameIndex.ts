/** An index from names to entries in two typed arrays: a kernel has 60,000 names, of which a run asks for some hundred. */
import { nameHash } from './stringTable.js';

export class NameIndex {
  /** Bucket → its first entry + 1; 0 where it is empty. */
  private readonly heads: Uint32Array;
  /** Entry → the next one of its bucket + 1. Chained, so that equal names do not make building quadratic. */
  private readonly next: Uint32Array;
  private readonly mask: number;

  /** @param count entries are numbered from 0 */
  constructor(count: number) {
    const buckets = 2 ** Math.ceil(Math.log2(Math.max(count, 2)));
    this.mask = buckets - 1;
    this.heads = new Uint32Array(buckets);
    this.next = new Uint32Array(count);
  }

  /** Adds an entry under the nameHash() of its name. Those of one name are found in the opposite order. */
  add(entry: number, hash: number): void {
    const bucket = hash & this.mask;
    this.next[entry] = this.heads[bucket]!;
    this.heads[bucket] = entry + 1;
  }

  /** The entries whose names may be `name`: among them all those that are. */
  *candidates(name: Uint8Array): Generator<number> {
    for (let link = this.heads[nameHash(name) & this.mask]!; link !== 0; link = this.next[link - 1]!) yield link - 1;
  }
}
