/**
 * Which series come out of a config on a kernel, in the order in which they are published: the fields of each entry, for each of its
 * instances. Knows no address. Where instances come and go, the rows of those that stay are the same objects in the next layout, so that
 * whatever is kept of a row can be taken over.
 */
import type { Access, Entry, Family, Field, FieldValue, Label } from '../config/model.js';
import type { ValueFormat } from '../config/valueFormats.js';
import type { FollowPlan } from './instances/follow.js';
import { NO_LABELS, type Instance } from './instances/instance.js';
import { labelsKey } from './labelsKey.js';
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
  /** Up to but not including this one they have each CPU's part, too, where the family publishes it. */
  readonly partsTo: number;
}

/** A per-CPU item: what one zpcpu pointer leads to, one DPCPU object, the struct pcpu, or the part of an element. Fields of one item share its copies. */
export interface Item {
  readonly entry: number;
  /** Which of the entry's instances it belongs to, from 0 on. */
  readonly instance: number;
  /** Of an instance that is made of several elements, which of them, from 0 on. */
  readonly part: number;
  /** As in Row. */
  readonly cellOffset: number;
  /** As in Field. */
  readonly access: Access | undefined;
  /** Bytes of one CPU's copy, as far as they are read. */
  readonly size: number;
  /** True where some row publishes the parts, or what they say together, so that the sum alone is not enough. */
  readonly perCpu: boolean;
}

/** What is laid out of an instance. */
export interface Place {
  readonly labels: readonly Label[];
  /** Elements that it is the sum of. */
  readonly parts: number;
  /** True where only sums are known of it, whatever is asked for. Such ones come last. */
  readonly sumsOnly: boolean;
  /** True where each CPU has a copy that no pointer leads to. Where a field says that it belongs to no CPU, places that have none come last. */
  readonly hasCopies: boolean;
  /** As in Instance. */
  readonly isElsewhere: boolean;
}

/** An entry's instances, in their order. */
export type Places = readonly Place[];

/** A value that is added to a row's, or taken off its sum. */
export interface Addend {
  readonly row: number;
  readonly item: number;
  readonly offset: number;
  readonly format: ValueFormat;
  readonly isTaken: boolean;
}

export interface SeriesLayout {
  readonly entries: readonly Entry[];
  /** For each entry what kept it, or some of its fields, from being laid out at all. */
  readonly faults: readonly (Unresolved | undefined)[];
  /** For each entry by what it is known where its values lie. */
  readonly bases: readonly (LayoutBasis | undefined)[];
  /** For each entry what is followed to find its instances; undefined where these do not come and go on their own. */
  readonly follows: readonly (FollowPlan | undefined)[];
  /** For each entry what its instances are known by. One that is nowhere to be found has a place all the same, whose values are absent. */
  readonly instances: readonly Places[];
  readonly items: readonly Item[];
  readonly rows: readonly Row[];
  /** For each row the index of its item. */
  readonly itemOf: Int32Array;
  /** Ascending by row: a row is there only where these are, too. */
  readonly addends: readonly Addend[];
  readonly families: readonly FamilyRows[];
  /** The ids of the CPUs that are shown, ascending: one column each. */
  readonly cpus: readonly number[];
  /** True where of counters that publish no parts only the sums are read, as libkvm's kvm_counter_u64_fetch gives them. */
  readonly sumsAlone?: boolean;
}

/** What is laid out. */
export type LayoutParts = Pick<SeriesLayout, 'entries' | 'faults' | 'bases' | 'follows' | 'cpus' | 'sumsAlone'>;

/** The place of an entry whose instances are not known, or are none, and do not come and go. */
const VACANT: Places = [{ labels: NO_LABELS, parts: 1, sumsOnly: false, hasCopies: false, isElsewhere: false }];
const NOWHERE: Places = [];

/** @param comesAndGoes true where it is no surprise that there are none */
export function placesFor(instances: readonly Instance[] | undefined, comesAndGoes = false): Places {
  if (instances === undefined || instances.length === 0) return comesAndGoes ? NOWHERE : VACANT;
  return instances.map(({ labels, where, isElsewhere = false }) => ({
    labels,
    parts: 1 + (where.others?.length ?? 0),
    sumsOnly: where.told !== undefined,
    hasCopies: where.copies !== undefined,
    isElsewhere,
  }));
}

/**
 * Lays the series of entries out. The fields of a family lie side by side in the config.
 *
 * @param instances as in SeriesLayout
 * @param before a layout whose rows are used again where they are still the same
 */
export function layOutSeries(
  layoutParts: LayoutParts,
  instances: readonly Places[] = layoutParts.entries.map(() => VACANT),
  before?: SeriesLayout,
): SeriesLayout {
  const { entries } = layoutParts;
  const known = new KnownRows(before, instances);
  const items = new ItemMaker();
  const rows: Row[] = [];
  const itemOf: number[] = [];
  const addends: Addend[] = [];
  const families: FamilyRows[] = [];
  entries.forEach((entry, entryIndex) => {
    const places = instances[entryIndex]!;
    const rowsOf = places.map(({ labels }) => known.rowsOf(entryIndex, entry, labels));
    items.begin(entryIndex, entry, places);
    for (const fields of byFamily(entry.fields)) {
      const { family } = fields[0]!;
      const from = rows.length;
      const [{ access }] = fields as [Field];
      const withParts = places.filter((place) => placeHasParts(place, access)).length;
      families.push({
        family,
        from,
        to: from + fields.length * places.length,
        partsTo: from + fields.length * withParts,
      });
      const perCpu = family.cpu !== 'sum';
      places.forEach((place, instance) => {
        for (const field of fields) {
          const row = rows.length;
          rows.push(rowsOf[instance]!.get(field)!);
          for (let part = 0; part < place.parts; part++) {
            for (const value of [field, field.plus, field.minus]) {
              if (value === undefined) continue;
              const item = items.itemOf(instance, part, value, perCpu);
              const { offset, format } = value;
              if (part === 0 && value === field) itemOf.push(item);
              else addends.push({ row, item, offset, format, isTaken: value === field.minus });
            }
          }
        }
      });
    }
  });
  return {
    ...layoutParts,
    instances,
    items: items.items,
    rows,
    itemOf: Int32Array.from(itemOf),
    addends,
    families,
  };
}

/** Gives values that lie in one item the same. */
class ItemMaker {
  readonly items: (Omit<Item, 'perCpu'> & { perCpu: boolean })[] = [];
  private entry = 0;
  private size = 0;
  /** For each instance the items of each part, by how they are reached. */
  private known: Map<number, number>[][] = [];

  begin(entry: number, { itemSize }: Entry, places: Places): void {
    this.entry = entry;
    this.size = itemSize;
    this.known = places.map(({ parts }) => Array.from({ length: parts }, () => new Map<number, number>()));
  }

  itemOf(instance: number, part: number, { cellOffset, access }: FieldValue, perCpu: boolean): number {
    const items = this.known[instance]![part]!;
    const key = WAYS.indexOf(access?.way ?? 'pointer') + WAYS.length * cellOffset;
    let item = items.get(key);
    if (item === undefined) {
      item = this.items.length;
      items.set(key, item);
      const size = access?.itemSize ?? this.size;
      this.items.push({ entry: this.entry, instance, part, cellOffset, access, size, perCpu: false });
    }
    if (perCpu) this.items[item]!.perCpu = true;
    return item;
  }
}

const WAYS: readonly Access['way'][] = ['pointer', 'itself', 'by_cpu'];

/**
 * Some rows of a layout by themselves, so that they can be read again: the n-th row is that of `rows[n]`. Each CPU's part is wanted of all;
 * there are no families, since nobody publishes them.
 */
export function partOfLayout(layout: SeriesLayout, rows: readonly number[]): SeriesLayout {
  const known = new Map<number, number>();
  const items: Item[] = [];
  const indexOf = (item: number): number => {
    const index = known.get(item) ?? items.length;
    if (index === items.length) items.push({ ...layout.items[item]!, perCpu: true });
    known.set(item, index);
    return index;
  };
  const itemOf = rows.map((row) => indexOf(layout.itemOf[row]!));
  const addends = rows.flatMap((row, index) =>
    addendsOf(layout, row).map((addend) => ({ ...addend, row: index, item: indexOf(addend.item) })),
  );
  return {
    ...layout,
    items,
    rows: rows.map((row) => layout.rows[row]!),
    itemOf: Int32Array.from(itemOf),
    addends,
    families: [],
  };
}

function addendsOf({ addends }: SeriesLayout, row: number): readonly Addend[] {
  return addends.length === 0 ? addends : addends.filter((addend) => addend.row === row);
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
  /** By the entry's index, and within it by field and labels; made when it is first asked for. */
  private before: ReadonlyMap<number, { readonly entry: Entry; readonly rows: ReadonlyMap<string, Row> }> | undefined;

  /** @param instances of the layout that is made */
  constructor(
    private readonly layout: SeriesLayout | undefined,
    private readonly instances: readonly Places[],
  ) {}

  /** For each field of an entry the row of the instance with these labels. */
  rowsOf(index: number, entry: Entry, labels: readonly Label[]): ReadonlyMap<Field, Row> {
    let known = rowsOfEntry.get(entry);
    if (known === undefined) {
      known = new WeakMap();
      rowsOfEntry.set(entry, known);
    }
    let rows = known.get(labels);
    if (rows?.index !== index) {
      rows = { index, byField: new Map(entry.fields.map((field) => [field, this.row(index, entry, field, labels)])) };
      known.set(labels, rows);
    }
    return rows.byField;
  }

  private row(index: number, entry: Entry, field: Field, instanceLabels: readonly Label[]): Row {
    const labels = instanceLabels.length === 0 ? field.labels : [...instanceLabels, ...field.labels];
    this.before ??= rowsByName(this.layout, this.instances);
    const before = this.before.get(index);
    const same = before?.entry === entry ? before.rows.get(keyOf(field, labels)) : undefined;
    if (same !== undefined) return same;
    const { cellOffset, offset, format, member } = field;
    return { entry: index, cellOffset, offset, format, labels, member };
  }
}

/** The rows of an instance's labels, where these are the same object: as long as an element of a list lives, it has the same. */
const rowsOfEntry = new WeakMap<
  Entry,
  WeakMap<readonly Label[], { readonly index: number; readonly byField: ReadonlyMap<Field, Row> }>
>();

/** Of the layout before, but for the rows of instances that go on: these are found by their labels. */
function rowsByName(
  layout: SeriesLayout | undefined,
  instances: readonly Places[],
): ReadonlyMap<number, { readonly entry: Entry; readonly rows: ReadonlyMap<string, Row> }> {
  const found = new Map<number, { readonly entry: Entry; readonly rows: Map<string, Row> }>();
  if (layout === undefined) return found;
  const goOn = new Set(instances.flatMap((places) => places.map(({ labels }) => labels)));
  layout.entries.forEach((entry, index) => found.set(index, { entry, rows: new Map() }));
  layout.rows.forEach((row, index) => {
    const { instance } = layout.items[layout.itemOf[index]!]!;
    const labels = layout.instances[row.entry]?.[instance]?.labels;
    if (labels === undefined || labels === NO_LABELS || !goOn.has(labels)) {
      found.get(row.entry)?.rows.set(keyOf(row, row.labels), row);
    }
  });
  return found;
}

/** The same for one value of an instance and of no other of its entry. */
function keyOf(
  { cellOffset, offset, format }: Pick<Row, 'cellOffset' | 'offset' | 'format'>,
  labels: readonly Label[],
): string {
  return JSON.stringify([cellOffset, offset, format, labelsKey(labels)]);
}

/** False for a value that belongs to no CPU, and for one of which only the sum is known. */
export function hasParts(layout: SeriesLayout, row: number): boolean {
  const { entries, items, itemOf, instances, sumsAlone = false } = layout;
  const { access, entry, instance, perCpu } = items[itemOf[row]!]!;
  if (sumsAlone && !perCpu && entries[entry]!.kind === 'counters') return false;
  const place = instances[entry]?.[instance];
  return place === undefined || placeHasParts(place, access);
}

function placeHasParts({ sumsOnly, hasCopies }: Place, access: Access | undefined): boolean {
  return !sumsOnly && (hasCopies || access?.way !== 'itself');
}

/** What a row stands for: the same for one value of the kernel, whatever config wants it. */
export function rowName({ entries, rows, itemOf, items, instances }: SeriesLayout, row: number): string {
  const { entry, cellOffset, offset } = rows[row]!;
  const { kind, symbol } = entries[entry]!;
  const { labels } = instances[entry]![items[itemOf[row]!]!.instance]!;
  return JSON.stringify([kind, symbol, cellOffset, offset, labels]);
}
