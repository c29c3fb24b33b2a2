/** Which reads fetch the pointer cells: cells that lie near each other in the kernel's data share one. */
import { addressPlus, type KernelAddress } from '../kernel/address.js';
import type { ReadCost } from './readCost.js';
import { isTarget, type EntryResolution } from './resolution.js';
import type { SeriesLayout } from './series.js';

/** Bytes of a pointer cell, LP64. */
const CELL_SIZE = 8;
/** Bytes that one read of cells spans at most. */
const MAX_SPAN = 65_536;

/** A read that covers the cells of `items`, which ascend by address. */
export interface CellSpan {
  readonly address: KernelAddress;
  readonly into: Uint8Array;
  /** Indexes into SeriesLayout.items, and for each the bytes from `address` to its cell. */
  readonly items: readonly number[];
  readonly offsets: readonly number[];
}

export interface CellPlan {
  readonly spans: readonly CellSpan[];
  /** What the spans read into. */
  readonly arena: BigUint64Array;
  /** For each item the index of its pointer in `arena`; -1 for an item that has none. */
  readonly positions: Int32Array;
}

export function planCells(layout: SeriesLayout, resolutions: readonly EntryResolution[], cost: ReadCost): CellPlan {
  const cells: { item: number; address: KernelAddress }[] = [];
  layout.items.forEach(({ entry, cellOffset }, item) => {
    const resolution = resolutions[entry]!;
    if (!isTarget(resolution) || typeof resolution.address !== 'bigint') return;
    cells.push({ item, address: addressPlus(resolution.address, cellOffset) });
  });
  cells.sort((a, b) => (a.address < b.address ? -1 : a.address > b.address ? 1 : 0));

  const groups: { address: KernelAddress; length: number; items: number[]; offsets: number[] }[] = [];
  for (const { item, address } of cells) {
    const last = groups.at(-1);
    if (last !== undefined) {
      const offset = Number(address - last.address);
      const gap = offset - last.length;
      // Cells are 8-byte aligned by the config's rules, so each lies on a word of the arena.
      if (gap * cost.byte < cost.call && offset + CELL_SIZE <= MAX_SPAN && offset % CELL_SIZE === 0) {
        last.items.push(item);
        last.offsets.push(offset);
        last.length = Math.max(last.length, offset + CELL_SIZE);
        continue;
      }
    }
    groups.push({ address, length: CELL_SIZE, items: [item], offsets: [0] });
  }

  const arena = new BigUint64Array(groups.reduce((words, group) => words + group.length / CELL_SIZE, 0));
  const positions = new Int32Array(layout.items.length).fill(-1);
  let at = 0;
  const spans = groups.map(({ address, length, items, offsets }) => {
    items.forEach((item, index) => {
      positions[item] = (at + offsets[index]!) / CELL_SIZE;
    });
    const into = new Uint8Array(arena.buffer, at, length);
    at += length;
    return { address, into, items, offsets };
  });
  return { spans, arena, positions };
}
