/** Which series come out of a config on a kernel, in the order in which they are published. Knows no address; made once per config. */
import type { Entry, Family, Label, ValueFormat } from '../config/model.js';
import type { Unresolved } from './resolution.js';

/** One value of the kernel and the series made from it: a sum and a part for each CPU. */
export interface Row {
  /** Index into SeriesLayout.entries. */
  readonly entry: number;
  /** Index into SeriesLayout.items: the per-CPU item that the value lies in. */
  readonly item: number;
  /** Bytes from the start of a CPU's copy to the value. */
  readonly offset: number;
  readonly format: ValueFormat;
  readonly labels: readonly Label[];
  /** As in Field. */
  readonly member: string | undefined;
}

/** A family and its rows, `from` up to but not including `to`. */
export interface FamilyRows {
  readonly family: Family;
  readonly from: number;
  readonly to: number;
}

/** A per-CPU item: what one zpcpu pointer leads to, or one DPCPU object. Fields of one item share its copies. */
export interface Item {
  readonly entry: number;
  /** Bytes from the symbol's address to the cell that holds the zpcpu pointer; 0 for DPCPU. */
  readonly cellOffset: number;
  /** Bytes of one CPU's copy. */
  readonly size: number;
  /** True where some row publishes the parts, so that the sum alone is not enough. */
  readonly perCpu: boolean;
}

export interface SeriesLayout {
  readonly entries: readonly Entry[];
  /** For each entry what kept it, or some of its fields, from being laid out at all. */
  readonly faults: readonly (Unresolved | undefined)[];
  readonly items: readonly Item[];
  readonly rows: readonly Row[];
  readonly families: readonly FamilyRows[];
  /** The ids of the CPUs that are shown, ascending: one column each. */
  readonly cpus: readonly number[];
}

/** Lays the series of `entries` out for a kernel with these CPUs. The fields of a family lie side by side in the config. */
export function layOutSeries(
  entries: readonly Entry[],
  cpus: readonly number[],
  faults: readonly (Unresolved | undefined)[] = entries.map(() => undefined),
): SeriesLayout {
  const items: { entry: number; cellOffset: number; size: number; perCpu: boolean }[] = [];
  const rows: Row[] = [];
  const families: { family: Family; from: number; to: number }[] = [];
  entries.forEach((entry, entryIndex) => {
    const itemOfCell = new Map<number, number>();
    for (const field of entry.fields) {
      let item = itemOfCell.get(field.cellOffset);
      if (item === undefined) {
        item = items.length;
        itemOfCell.set(field.cellOffset, item);
        items.push({ entry: entryIndex, cellOffset: field.cellOffset, size: entry.itemSize, perCpu: false });
      }
      if (field.family.cpu !== 'sum') items[item]!.perCpu = true;
      const last = families.at(-1);
      if (last?.family === field.family) last.to++;
      else families.push({ family: field.family, from: rows.length, to: rows.length + 1 });
      rows.push({
        entry: entryIndex,
        item,
        offset: field.offset,
        format: field.format,
        labels: field.labels,
        member: field.member,
      });
    }
  });
  return { entries, faults, items, rows, families, cpus };
}

/** True for formats whose values may be negative. */
export function isSigned(format: ValueFormat): boolean {
  return format.startsWith('i');
}

/** Bytes of a value, LP64. */
export function formatSize(format: ValueFormat): number {
  return format === 'ptr' ? 8 : Number(format.slice(1)) / 8;
}
