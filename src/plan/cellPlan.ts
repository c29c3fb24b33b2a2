/** Which reads fetch the pointer cells: cells that lie near each other in the kernel's data share one. */
import { addressPlus, orderOf, WORD_BYTES, type KernelAddress } from '../kernel/address.js';
import type { SeriesLayout } from './layout.js';
import type { ReadCost } from './readCost.js';
import { apartFrom, elementAt, heldAt, isBehindPointer, type EntryResolution } from './resolution.js';

/** Bytes that one read of cells spans at most. */
const MAX_SPAN = 65_536;

/** A read that covers the cells of `items`, which ascend by address. */
export interface CellRead {
  readonly address: KernelAddress;
  /** Bytes from the arena's start to where it reads to, and how many it reads. */
  readonly at: number;
  readonly length: number;
  /** Indexes into SeriesLayout.items, and for each the bytes from `address` to its cell. */
  readonly items: readonly number[];
  readonly offsets: readonly number[];
}

export interface CellPlan {
  readonly reads: readonly CellRead[];
  /** Words of the arena that the reads fill. */
  readonly words: number;
  /** For each item the index of its pointer in the arena; -1 for an item that has none there. */
  readonly positions: Int32Array;
  /** By item, pointers that are known and need no read. */
  readonly held: ReadonlyMap<number, bigint>;
}

export function planCells(layout: SeriesLayout, resolutions: readonly EntryResolution[], cost: ReadCost): CellPlan {
  const held = new Map<number, bigint>();
  const cells = layout.items.flatMap((item, index) => {
    const base = isBehindPointer(resolutions, item) ? elementAt(resolutions, item) : undefined;
    if (base === undefined) return [];
    const pointer = heldAt(resolutions, item);
    if (pointer !== undefined) {
      held.set(index, pointer);
      return [];
    }
    const address = addressPlus(base, item.cellOffset);
    const apart = apartFrom(layout, resolutions, item);
    return [{ item: index, address, order: orderOf(address), apart }];
  });
  cells.sort((a, b) => a.order - b.order);

  const groups: {
    address: KernelAddress;
    length: number;
    items: number[];
    offsets: number[];
    apart: KernelAddress | undefined;
  }[] = [];
  for (const { item, address, apart } of cells) {
    const last = groups.at(-1);
    if (last !== undefined && last.apart === apart) {
      const offset = Number(address - last.address);
      const gap = offset - last.length;
      // Cells are aligned by the config's rules, so each lies on a word of the arena.
      if (gap * cost.byte < cost.call && offset + WORD_BYTES <= MAX_SPAN && offset % WORD_BYTES === 0) {
        last.items.push(item);
        last.offsets.push(offset);
        last.length = Math.max(last.length, offset + WORD_BYTES);
        continue;
      }
    }
    groups.push({ address, length: WORD_BYTES, items: [item], offsets: [0], apart });
  }

  const positions = new Int32Array(layout.items.length).fill(-1);
  let at = 0;
  const reads = groups.map((group) => {
    group.items.forEach((item, index) => {
      positions[item] = (at + group.offsets[index]!) / WORD_BYTES;
    });
    const read = { address: group.address, length: group.length, items: group.items, offsets: group.offsets, at };
    at += group.length;
    return read;
  });
  return { reads, words: at / WORD_BYTES, positions, held };
}
