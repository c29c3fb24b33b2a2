/**
 * Which reads fetch the per-CPU copies. Items that share a slab page are read together: on each CPU's page by itself, or, where enough of
 * the page is wanted, on all CPUs' pages in one go, since the pages of a slab follow each other (UMA_ZONE_PCPU of uma(9)).
 */
import { addressPlus, type KernelAddress, type ZpcpuPointer } from '../kernel/address.js';
import type { KernelFacts } from '../kernel/live/kernel.js';
import type { ZpcpuLayout } from '../kernel/zpcpu.js';
import type { ReadCost } from './readCost.js';
import { isTarget, type EntryResolution } from './resolution.js';
import type { SeriesLayout } from './series.js';

/** Bytes that one read of copies spans at most: a call holds the thread for as long as it copies. */
const MAX_READ = 1 << 20;
const WORD = 8;

/** One call of kvm_read(3) or kvm_read_zpcpu(3). */
export interface CopyRead {
  readonly address: KernelAddress;
  /** The address as a zpcpu pointer would lead to it for CPU 0, for kvm_read_zpcpu(3); undefined for DPCPU. */
  readonly pointer: ZpcpuPointer | undefined;
  readonly into: Uint8Array;
  /** The CPU ids whose copies it fetches: `firstId` up to and with `lastId`. */
  readonly firstId: number;
  readonly lastId: number;
}

/** Items whose copies are fetched by the same reads. */
export interface CopyGroup {
  /** Indexes into SeriesLayout.items, ascending by address. */
  readonly items: readonly number[];
  readonly reads: readonly CopyRead[];
}

export interface CopyPlan {
  readonly groups: readonly CopyGroup[];
  /** What the reads fill. */
  readonly arena: Uint8Array;
  /** For each item the bytes from the arena's start to the copy of CPU id 0; -1 for an item that is not read. A multiple of the item's alignment. */
  readonly bases: Int32Array;
  /** For each item the bytes in the arena from one id's copy to the next. */
  readonly strides: Int32Array;
  /** For each item where each id's copy lies in the kernel. */
  readonly addressOf: (item: number, id: number) => KernelAddress;
}

/** An item and where CPU id 0's copy of it lies. */
interface Wanted {
  readonly item: number;
  readonly address: KernelAddress;
  readonly end: bigint;
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

/** @param pointers for each item its zpcpu pointer where it may be followed; undefined leaves the item out */
export function planCopies(
  layout: SeriesLayout,
  resolutions: readonly EntryResolution[],
  pointers: readonly (ZpcpuPointer | undefined)[],
  zpcpu: ZpcpuLayout,
  facts: Pick<KernelFacts, 'pageSize' | 'maxId'>,
  cost: ReadCost,
): CopyPlan {
  const { pageSize, maxId } = facts;
  const wanted: Wanted[] = [];
  pointers.forEach((pointer, item) => {
    if (pointer === undefined) return;
    const address = zpcpu.copy(pointer, 0);
    wanted.push({ item, address, end: address + BigInt(layout.items[item]!.size) });
  });
  wanted.sort((a, b) => (a.address < b.address ? -1 : a.address > b.address ? 1 : 0));
  const drafts = groupByPage(wanted, pageSize).flatMap((page) => draftPage(page, pageSize, maxId + 1, cost));
  const dpcpu = dpcpuItems(layout, resolutions);

  const zpcpuBytes = drafts.reduce((sum, draft) => sum + stretch(draft, pageSize) * (maxId + 1), 0);
  const dpcpuBytes = dpcpu.reduce((sum, { item }) => sum + roundUp(layout.items[item]!.size) * (maxId + 1), 0);
  const arena = new Uint8Array(zpcpuBytes + dpcpuBytes);
  const bases = new Int32Array(layout.items.length).fill(-1);
  const strides = new Int32Array(layout.items.length);
  const groups: CopyGroup[] = [];
  let at = 0;
  for (const draft of drafts) {
    const stride = stretch(draft, pageSize);
    for (const { item, address } of draft.wanted) {
      bases[item] = at + lead(draft) + Number(address - draft.address);
      strides[item] = stride;
    }
    const idsPerRead = draft.whole ? Math.max(1, Math.floor(MAX_READ / pageSize)) : 1;
    const reads: CopyRead[] = [];
    for (let firstId = 0; firstId <= maxId; firstId += idsPerRead) {
      const lastId = Math.min(maxId, firstId + idsPerRead - 1);
      const length = (lastId - firstId) * pageSize + draft.width;
      const into = arena.subarray(at + lead(draft) + firstId * stride, at + lead(draft) + firstId * stride + length);
      const address = addressPlus(draft.address, pageSize * firstId);
      reads.push({ address, pointer: zpcpu.pointerTo(address), into, firstId, lastId });
    }
    groups.push({ items: draft.wanted.map(({ item }) => item), reads });
    at += stride * (maxId + 1);
  }
  for (const { item, addresses } of dpcpu) {
    const { size } = layout.items[item]!;
    const stride = roundUp(size);
    bases[item] = at;
    strides[item] = stride;
    const reads = [...addresses].map(([id, address]) => {
      const into = arena.subarray(at + id * stride, at + id * stride + size);
      return { address, pointer: undefined, into, firstId: id, lastId: id };
    });
    groups.push({ items: [item], reads });
    at += stride * (maxId + 1);
  }

  const first = new Map(wanted.map(({ item, address }) => [item, address]));
  const perCpu = new Map(dpcpu.map(({ item, addresses }) => [item, addresses]));
  const addressOf = (item: number, id: number): KernelAddress =>
    perCpu.get(item)?.get(id) ?? addressPlus(first.get(item)!, pageSize * id);
  return { groups, arena, bases, strides, addressOf };
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

/** Bytes before the group's first item in the arena: they keep what follows as aligned as it is in the kernel. */
function lead({ address }: Draft): number {
  return Number(address % BigInt(WORD));
}

/** Bytes from one id's copies to the next id's in the arena. */
function stretch(group: Draft, pageSize: number): number {
  return group.whole ? pageSize : roundUp(lead(group) + group.width);
}

function roundUp(bytes: number): number {
  return Math.ceil(bytes / WORD) * WORD;
}

function dpcpuItems(
  layout: SeriesLayout,
  resolutions: readonly EntryResolution[],
): { item: number; addresses: ReadonlyMap<number, KernelAddress> }[] {
  return layout.items.flatMap(({ entry }, item) => {
    const resolution = resolutions[entry]!;
    if (!isTarget(resolution) || typeof resolution.address === 'bigint') return [];
    return [{ item, addresses: resolution.address }];
  });
}
