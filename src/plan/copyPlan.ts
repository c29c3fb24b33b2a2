/**
 * Which reads fetch the per-CPU copies. Items that share a slab page are read together: on each CPU's page by itself, or, where enough of
 * the page is wanted, on all CPUs' pages in one go, since the pages of a slab follow each other (UMA_ZONE_PCPU of uma(9)). Where only
 * libkvm's own calls are to be used, each item is read by them.
 */
import { addressPlus, orderOf, WORD_BYTES, type KernelAddress, type ZpcpuPointer } from '../kernel/address.js';
import type { Facts } from '../kernel/facts.js';
import { INTERFACE_COUNTERS, INTERFACE_COUNTERS_AT } from '../kernel/interfaceData.js';
import type { ZpcpuLayout } from '../kernel/zpcpu.js';
import type { Told } from './instances/instance.js';
import { kinds } from './kinds/registry.js';
import type { Item, SeriesLayout } from './layout.js';
import { copyRuns, nearPieces, type NearPieces, type Piece } from './nearPieces.js';
import type { ReadCost } from './readCost.js';
import { apartFrom, elementAt, instanceAt, type EntryResolution } from './resolution.js';

/** Bytes that one read of copies spans at most: a call holds the thread for as long as it copies. */
const MAX_READ = 1 << 20;

/** How copies are read: by libkvm's calls one by one, or slab by slab with kvm_read_zpcpu(3) or kvm_read(3). */
export type ReadMethod = 'calls' | 'slabs by kvm_read_zpcpu' | 'slabs by kvm_read';

/** One call. */
export type CopyRead = {
  /** Bytes from the arena's start to where it reads to, and how many it reads. */
  readonly at: number;
  readonly length: number;
  /** The CPU ids whose copies it fetches: `firstId` up to and with `lastId`. */
  readonly firstId: number;
  readonly lastId: number;
} & (
  | { readonly call: 'kvm_read'; readonly address: KernelAddress }
  /** From the copy of `cpu` on. */
  | { readonly call: 'kvm_read_zpcpu'; readonly pointer: ZpcpuPointer; readonly cpu: number }
  /** The sum, which stands in for the copy of id 0; the other copies are 0. */
  | { readonly call: 'kvm_counter_u64_fetch'; readonly pointer: ZpcpuPointer }
  /** What the kernel tells of an interface, by sysctl(3). */
  | { readonly call: 'sysctl'; readonly told: Told }
);

/** Items whose copies are fetched by the same reads. */
export interface CopyGroup {
  /** Indexes into SeriesLayout.items, ascending by address. */
  readonly items: readonly number[];
  /** Their reads: `from` up to but not including `to` of CopyPlan.reads. */
  readonly from: number;
  readonly to: number;
  /** True where a read that failed may be tried again piece by piece, with kvm_read(3). */
  readonly inPieces: boolean;
  /** For each item how many bytes it has of the one read, whatever CPUs these are of; undefined where its copies lie apart. */
  readonly lengths?: readonly number[];
}

export interface CopyPlan {
  readonly reads: readonly CopyRead[];
  readonly groups: readonly CopyGroup[];
  /** Bytes of the arena that the reads fill. */
  readonly bytes: number;
  /** For each item the bytes from the arena's start to the copy of CPU id 0; -1 for an item that is not read. A multiple of the item's alignment. */
  readonly bases: Int32Array;
  /** For each item the bytes in the arena from one id's copy to the next; 0 for a value of no CPU, of which there is one. */
  readonly strides: Int32Array;
  /** For each item where each id's copy lies in the kernel. */
  readonly addressOf: (item: number, id: number) => KernelAddress;
}

/** What decides how copies are read. */
export interface CopyParts {
  readonly layout: SeriesLayout;
  readonly resolutions: readonly EntryResolution[];
  /** For each item its zpcpu pointer where it may be followed; undefined leaves the item out. */
  readonly pointers: readonly (ZpcpuPointer | undefined)[];
  readonly zpcpu: ZpcpuLayout;
  readonly facts: Pick<Facts, 'pageSize' | 'maxId'>;
  readonly cost: ReadCost;
  readonly method: ReadMethod;
}

/** An item and where CPU id 0's copy of it lies. */
interface Wanted {
  readonly item: number;
  readonly address: KernelAddress;
  readonly end: bigint;
  readonly order: number;
}

/** A group before it has its place in the arena. */
interface Draft {
  readonly address: KernelAddress;
  /** Bytes on each CPU's page from the first item to the end of the last. */
  readonly width: number;
  readonly wanted: readonly Wanted[];
  /** True where one read fetches the pages of all CPUs. */
  readonly whole: boolean;
}

export function planCopies(parts: CopyParts): CopyPlan {
  const plan = new Draftsman(parts);
  if (parts.method === 'calls') plan.addCalls();
  else plan.addSlabs(parts.method === 'slabs by kvm_read_zpcpu');
  plan.addCopies();
  return plan.finish();
}

/** Puts groups into the arena one after the other. */
class Draftsman {
  private readonly reads: CopyRead[] = [];
  private readonly groups: CopyGroup[] = [];
  private readonly bases: Int32Array;
  private readonly strides: Int32Array;
  /** Where the next group goes. */
  private bytes = 0;
  private readonly perCpu = new Map<number, ReadonlyMap<number, KernelAddress>>();
  /** By entry and instance, the interfaces whose counters were added. */
  private readonly told = new Map<string, { readonly at: number; readonly items: number[] }>();
  private readonly inElement = new Map<number, { readonly address: KernelAddress; readonly stride: number }>();

  constructor(private readonly parts: CopyParts) {
    const { items } = parts.layout;
    this.bases = new Int32Array(items.length).fill(-1);
    this.strides = new Int32Array(items.length);
  }

  addSlabs(byZpcpu: boolean): void {
    const { layout, pointers, zpcpu, facts, cost } = this.parts;
    const wanted: Wanted[] = pointers.flatMap((pointer, item) => {
      if (pointer === undefined) return [];
      const address = zpcpu.copy(pointer, 0);
      return [{ item, address, end: address + BigInt(layout.items[item]!.size), order: orderOf(address) }];
    });
    wanted.sort((a, b) => a.order - b.order);
    const ids = facts.maxId + 1;
    for (const page of groupByPage(wanted, facts.pageSize)) {
      for (const draft of draftPage(page, facts.pageSize, ids, cost)) this.addSlab(draft, byZpcpu);
    }
  }

  private addSlab(draft: Draft, byZpcpu: boolean): void {
    const { zpcpu, facts } = this.parts;
    const { pageSize, maxId } = facts;
    // What comes before the first item keeps what follows as aligned as it is in the kernel.
    const lead = Number(draft.address % BigInt(WORD_BYTES));
    const stride = draft.whole ? pageSize : roundUp(lead + draft.width);
    for (const { item, address } of draft.wanted) {
      this.bases[item] = this.bytes + lead + Number(address - draft.address);
      this.strides[item] = stride;
    }
    const from = this.reads.length;
    const idsPerRead = draft.whole ? Math.max(1, Math.floor(MAX_READ / pageSize)) : 1;
    for (let firstId = 0; firstId <= maxId; firstId += idsPerRead) {
      const lastId = Math.min(maxId, firstId + idsPerRead - 1);
      const length = (lastId - firstId) * pageSize + draft.width;
      const place = { at: this.bytes + lead + firstId * stride, length, firstId, lastId };
      const address = addressPlus(draft.address, pageSize * firstId);
      // A slab's pages follow each other, so that CPU 0's copy and what follows it are all CPUs' copies.
      if (byZpcpu) this.reads.push({ call: 'kvm_read_zpcpu', pointer: zpcpu.pointerTo(address), cpu: 0, ...place });
      else this.reads.push({ call: 'kvm_read', address, ...place });
    }
    const items = draft.wanted.map(({ item }) => item);
    this.groups.push({ items, from, to: this.reads.length, inPieces: true });
    this.bytes += stride * (maxId + 1);
  }

  /** Call by call: slow, and there for who wants nothing but libkvm's own arithmetic. */
  addCalls(): void {
    const { layout, pointers, facts } = this.parts;
    pointers.forEach((pointer, item) => {
      if (pointer === undefined) return;
      const { entry, perCpu, size } = layout.items[item]!;
      const stride = this.place(item);
      const from = this.reads.length;
      if (!perCpu && kinds[layout.entries[entry]!.kind].isCounter) {
        const place = { at: this.bytes, length: WORD_BYTES, firstId: 0, lastId: facts.maxId };
        this.reads.push({ call: 'kvm_counter_u64_fetch', pointer, ...place });
      } else {
        // The copies of all ids, not only of the CPUs that exist: summing them all is exact whatever holes the ids have.
        for (let id = 0; id <= facts.maxId; id++) {
          const place = { at: this.bytes + id * stride, length: size, firstId: id, lastId: id };
          this.reads.push({ call: 'kvm_read_zpcpu', pointer, cpu: id, ...place });
        }
      }
      this.groups.push({ items: [item], from, to: this.reads.length, inPieces: false });
      this.bytes += stride * (facts.maxId + 1);
    });
  }

  /** What no pointer leads to lies where it may. */
  addCopies(): void {
    const { layout, resolutions, facts, cost } = this.parts;
    const pieces: Piece[] = [];
    layout.items.forEach((wanted, item) => {
      const where = instanceAt(resolutions, wanted)?.where;
      if (where?.copies !== undefined) pieces.push(...this.addCopiesOf(where.copies, item));
      else if (wanted.access !== undefined && wanted.access.way !== 'pointer')
        pieces.push(...this.inElementOf(wanted, item));
      else if (where?.told !== undefined) this.addTold(where.told, wanted, item);
    });
    for (const near of nearPieces(pieces, facts.pageSize, cost, MAX_READ)) this.addNear(near);
  }

  /** Each CPU's copy: side by side with the others it is a piece of memory like any other, else it is read by itself. */
  private addCopiesOf(copies: ReadonlyMap<number, KernelAddress>, item: number): Piece[] {
    const { layout, facts } = this.parts;
    const { size } = layout.items[item]!;
    const stride = roundUp(size);
    this.perCpu.set(item, copies);
    const runs = copyRuns(copies, stride);
    const [only, ...others] = runs;
    if (only?.firstId === 0 && only.lastId === facts.maxId && others.length === 0 && facts.maxId > 0) {
      return [{ item, address: only.address, length: stride * facts.maxId + size, stride }];
    }
    this.place(item);
    const from = this.reads.length;
    for (const { firstId, lastId, address } of runs) {
      const length = stride * (lastId - firstId) + size;
      this.reads.push({ call: 'kvm_read', address, at: this.bytes + firstId * stride, length, firstId, lastId });
    }
    this.groups.push({ items: [item], from, to: this.reads.length, inPieces: true });
    this.bytes += stride * (facts.maxId + 1);
    return [];
  }

  /** What lies in an element itself: one value of all, or an array by CPU id. */
  private inElementOf(wanted: Item, item: number): Piece[] {
    const { access, cellOffset, size } = wanted;
    const element = elementAt(this.parts.resolutions, wanted);
    if (element === undefined) return [];
    const address = addressPlus(element, cellOffset);
    const stride = access?.way === 'by_cpu' ? access.stride : 0;
    this.inElement.set(item, { address, stride });
    const apart = apartFrom(this.parts.layout, this.parts.resolutions, wanted);
    return [{ item, address, length: stride * this.parts.facts.maxId + size, stride, apart }];
  }

  private addNear({ address, length, pieces }: NearPieces): void {
    const from = this.reads.length;
    // As aligned as in the kernel.
    const at = this.bytes + Number(address % BigInt(WORD_BYTES));
    for (const { item, address: own, stride } of pieces) {
      this.bases[item] = at + Number(own - address);
      this.strides[item] = stride;
    }
    const lastId = pieces.some(({ stride }) => stride > 0) ? this.parts.facts.maxId : 0;
    this.reads.push({ call: 'kvm_read', address, at, length, firstId: 0, lastId });
    const items = pieces.map(({ item }) => item);
    const lengths = pieces.map((piece) => piece.length);
    this.groups.push({ items, from, to: this.reads.length, inPieces: items.length > 1, lengths });
    this.bytes = roundUp(at + length);
  }

  /** The counters of one interface are told together. */
  private addTold(told: Told, { entry, instance, cellOffset }: Item, item: number): void {
    const offset = cellOffset - told.counters;
    if (offset % WORD_BYTES !== 0 || offset < 0 || offset >= INTERFACE_COUNTERS * WORD_BYTES) return;
    const key = `${entry} ${instance}`;
    let known = this.told.get(key);
    if (known === undefined) {
      const from = this.reads.length;
      const length = INTERFACE_COUNTERS_AT + INTERFACE_COUNTERS * WORD_BYTES;
      this.reads.push({ call: 'sysctl', told, at: this.bytes, length, firstId: 0, lastId: 0 });
      known = { at: this.bytes + INTERFACE_COUNTERS_AT, items: [] };
      this.told.set(key, known);
      this.groups.push({ items: known.items, from, to: this.reads.length, inPieces: false });
      this.bytes += length;
    }
    known.items.push(item);
    this.bases[item] = known.at + offset;
    this.strides[item] = 0;
  }

  finish(): CopyPlan {
    const { reads, groups, bytes, bases, strides, perCpu, inElement } = this;
    const { pointers, zpcpu } = this.parts;
    const addressOf = (item: number, id: number): KernelAddress => {
      const own = inElement.get(item);
      if (own !== undefined) return addressPlus(own.address, own.stride * id);
      return perCpu.get(item)?.get(id) ?? zpcpu.copy(pointers[item]!, id);
    };
    return { reads, groups, bytes, bases, strides, addressOf };
  }

  /** The item's copies begin here, and lie as far apart as is returned, in bytes. */
  private place(item: number): number {
    const stride = roundUp(this.parts.layout.items[item]!.size);
    this.bases[item] = this.bytes;
    this.strides[item] = stride;
    return stride;
  }
}

function groupByPage(wanted: readonly Wanted[], pageSize: number): Wanted[][] {
  const pages: Wanted[][] = [];
  let page = -1n;
  for (const one of wanted) {
    const itsPage = one.address / BigInt(pageSize);
    if (itsPage === page) pages.at(-1)!.push(one);
    else pages.push([one]);
    page = itsPage;
  }
  return pages;
}

/** The cheapest way to read what is wanted of one page on each of `ids` CPUs. */
function draftPage(page: readonly Wanted[], pageSize: number, ids: number, cost: ReadCost): Draft[] {
  const clusters: Wanted[][] = [];
  let end = 0n;
  for (const one of page) {
    // A read goes on over a gap where that is cheaper than another call.
    if (clusters.length > 0 && Number(one.address - end) * cost.byte < cost.call) clusters.at(-1)!.push(one);
    else clusters.push([one]);
    if (one.end > end) end = one.end;
  }
  const apart = clusters.map((wanted) => draft(wanted, false));
  const together = draft(page, true);
  const costApart = ids * apart.reduce((sum, { width }) => sum + cost.call + width * cost.byte, 0);
  const bytesTogether = (ids - 1) * pageSize + together.width;
  const costTogether = Math.ceil(bytesTogether / MAX_READ) * cost.call + bytesTogether * cost.byte;
  return costTogether < costApart ? [together] : apart;
}

function draft(wanted: readonly Wanted[], whole: boolean): Draft {
  const address = wanted[0]!.address;
  const end = wanted.reduce((last, one) => (one.end > last ? one.end : last), 0n);
  return { address, width: Number(end - address), wanted, whole };
}

function roundUp(bytes: number): number {
  return Math.ceil(bytes / WORD_BYTES) * WORD_BYTES;
}
