/**
 * Which series come out of a config on a kernel, in the order in which they are published: the fields of each entry, for each of its
 * instances. Knows no address. Where instances come and go, the rows of those that stay are the same objects in the next layout, so that
 * whatever is kept of a row can be taken over.
 */
import type { Entry, Family, Field, Label } from '../config/model.js';
import type { ValueFormat } from '../config/valueFormats.js';
import { NO_LABELS } from './instances/instance.js';
import type { LayoutBasis } from './layoutBasis.js';
import type { Unresolved } from './unresolved.js';

/** One value of the kernel and the series made from it: a sum and a part for each CPU. */
export interface Row {
  /** Index into SeriesLayout.entries. */
  readonly entry: number;
  /** Bytes from the symbol's address, or from where the instance is, to the pointer's cell; 0 for copies that no pointer leads to. */
  readonly cellOffset: number;
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

/** A per-CPU item: what one zpcpu pointer leads to, one DPCPU object, or the struct pcpu. Fields of one item share its copies. */
export interface Item {
  readonly entry: number;
  /** Which of the entry's instances it belongs to, from 0 on. */
  readonly instance: number;
  /** As in Row. */
  readonly cellOffset: number;
  /** Bytes of one CPU's copy, as far as they are read. */
  readonly size: number;
  /** True where some row publishes the parts, so that the sum alone is not enough. */
  readonly perCpu: boolean;
}

/** The labels of an entry's instances, in their order. */
export type InstanceLabels = readonly (readonly Label[])[];

export interface SeriesLayout {
  readonly entries: readonly Entry[];
  /** For each entry what kept it, or some of its fields, from being laid out at all. */
  readonly faults: readonly (Unresolved | undefined)[];
  /** For each entry by what it is known where its values lie. */
  readonly bases: readonly (LayoutBasis | undefined)[];
  /** For each entry what its instances are known by. One that is nowhere to be found has a place all the same, whose values are absent. */
  readonly instances: readonly InstanceLabels[];
  readonly items: readonly Item[];
  readonly rows: readonly Row[];
  /** For each row the index of its item. */
  readonly itemOf: Int32Array;
  readonly families: readonly FamilyRows[];
  /** The ids of the CPUs that are shown, ascending: one column each. */
  readonly cpus: readonly number[];
}

/** What is laid out. */
export type LayoutParts = Pick<SeriesLayout, 'entries' | 'faults' | 'bases' | 'cpus'>;

/** The place of an entry whose instances are not known, or are none. */
const VACANT: InstanceLabels = [NO_LABELS];

/** The labels by which the instances of an entry are laid out. */
export function placesFor(instances: readonly { readonly labels: readonly Label[] }[] | undefined): InstanceLabels {
  return instances === undefined || instances.length === 0 ? VACANT : instances.map(({ labels }) => labels);
}

/**
 * Lays the series of entries out. The fields of a family lie side by side in the config.
 *
 * @param instances as in SeriesLayout
 * @param before a layout whose rows are used again where they are still the same
 */
export function layOutSeries(
  { entries, faults, bases, cpus }: LayoutParts,
  instances: readonly InstanceLabels[] = entries.map(() => VACANT),
  before?: SeriesLayout,
): SeriesLayout {
  const known = new KnownRows(before);
  const items: { entry: number; instance: number; cellOffset: number; size: number; perCpu: boolean }[] = [];
  const rows: Row[] = [];
  const itemOf: number[] = [];
  const families: { family: Family; from: number; to: number }[] = [];
  entries.forEach((entry, entryIndex) => {
    const places = instances[entryIndex]!;
    const itemOfCell = places.map(() => new Map<number, number>());
    for (const fields of byFamily(entry.fields)) {
      const { family } = fields[0]!;
      families.push({ family, from: rows.length, to: rows.length + fields.length * places.length });
      places.forEach((labels, instance) => {
        for (const field of fields) {
          const { cellOffset } = field;
          let item = itemOfCell[instance]!.get(cellOffset);
          if (item === undefined) {
            item = items.length;
            itemOfCell[instance]!.set(cellOffset, item);
            items.push({ entry: entryIndex, instance, cellOffset, size: entry.itemSize, perCpu: false });
          }
          if (family.cpu !== 'sum') items[item]!.perCpu = true;
          rows.push(known.row(entryIndex, entry, field, labels));
          itemOf.push(item);
        }
      });
    }
  });
  return { entries, faults, bases, instances, items, rows, itemOf: Int32Array.from(itemOf), families, cpus };
}

/**
 * Some rows of a layout by themselves, so that they can be read again: the n-th row is that of `rows[n]`. Each CPU's part is wanted of all;
 * there are no families, since nobody publishes them.
 */
export function partOfLayout(layout: SeriesLayout, rows: readonly number[]): SeriesLayout {
  const known = new Map<number, number>();
  const items: Item[] = [];
  const itemOf = rows.map((row) => {
    const item = layout.itemOf[row]!;
    const index = known.get(item) ?? items.length;
    if (index === items.length) items.push({ ...layout.items[item]!, perCpu: true });
    known.set(item, index);
    return index;
  });
  return {
    ...layout,
    items,
    rows: rows.map((row) => layout.rows[row]!),
    itemOf: Int32Array.from(itemOf),
    families: [],
  };
}

/** Fields that lie side by side and belong to one family. */
function byFamily(fields: readonly Field[]): Field[][] {
  const groups: Field[][] = [];
  for (const field of fields) {
    const last = groups.at(-1);
    if (last?.[0]?.family === field.family) last.push(field);
    else groups.push([field]);
  }
  return groups;
}

/** Makes rows, or finds those of a layout before. */
class KnownRows {
  /** By the entry's index, and within it by field and labels. */
  private readonly before = new Map<number, { readonly entry: Entry; readonly rows: Map<string, Row> }>();

  constructor(layout: SeriesLayout | undefined) {
    layout?.entries.forEach((entry, index) => this.before.set(index, { entry, rows: new Map() }));
    for (const row of layout?.rows ?? []) this.before.get(row.entry)?.rows.set(keyOf(row, row.labels), row);
  }

  row(index: number, entry: Entry, field: Field, instanceLabels: readonly Label[]): Row {
    const labels = instanceLabels.length === 0 ? field.labels : [...instanceLabels, ...field.labels];
    const before = this.before.get(index);
    const same = before?.entry === entry ? before.rows.get(keyOf(field, labels)) : undefined;
    if (same !== undefined) return same;
    const { cellOffset, offset, format, member } = field;
    return { entry: index, cellOffset, offset, format, labels, member };
  }
}

/** The same for one value of an instance and of no other of its entry. */
function keyOf(
  { cellOffset, offset, format }: Pick<Row, 'cellOffset' | 'offset' | 'format'>,
  labels: readonly Label[],
): string {
  return JSON.stringify([cellOffset, offset, format, labels.map(({ name, value }) => [name, value])]);
}

/** What a row stands for: the same for one value of the kernel, whatever config wants it. */
export function rowName({ entries, rows, itemOf, items, instances }: SeriesLayout, row: number): string {
  const { entry, cellOffset, offset } = rows[row]!;
  const { kind, symbol } = entries[entry]!;
  const labels = instances[entry]![items[itemOf[row]!]!.instance]!;
  return JSON.stringify([kind, symbol, cellOffset, offset, labels]);
}
