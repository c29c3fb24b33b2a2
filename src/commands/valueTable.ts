/** The values of a snapshot as tables for a terminal. */
import type { Label } from '../config/model.js';
import { isKernelAddress } from '../kernel/address.js';
import { hasParts, type Row, type SeriesLayout } from '../plan/layout.js';
import type { Snapshot } from '../snapshots/snapshot.js';
import { partOf, sumOf } from '../snapshots/values.js';
import { wrappedTable } from './table.js';

/** What stands for a value that tells where the kernel is in memory. */
const HIDDEN = 'address';

export interface TableOptions {
  /** False where a sum over CPUs means nothing. */
  readonly withSums?: boolean;
  readonly withAddresses?: boolean;
  /** The only one to be shown; undefined for all. */
  readonly member?: string | undefined;
}

/** A row of a table for programs: 64-bit values as texts, and none for what was not read. */
interface RowValues {
  readonly labels?: Readonly<Record<string, string>>;
  readonly member?: string;
  /** Bytes; only where there are no labels. */
  readonly offset?: number;
  /** In place of values: they may be addresses, and these were not asked for. */
  readonly hidden?: true;
  readonly sum?: string;
  readonly cpus?: Readonly<Record<string, string>>;
}

export function valuesOf(snapshot: Snapshot, options: TableOptions): RowValues[] {
  const { layout } = snapshot;
  const { withSums = true, withAddresses = false } = options;
  return shownRows(layout, options).map(({ row, index }) => {
    const { entry, labels, member, cellOffset, offset } = row;
    const place = {
      ...(labels.length > 0 && { labels: Object.fromEntries(labels.map(({ name, value }) => [name, value])) }),
      ...(member !== undefined && { member }),
      ...(layout.entries[entry]?.kind !== 'list' && { offset: cellOffset + offset }),
    };
    if (!withAddresses && mayBeAddress(snapshot, index)) return { ...place, hidden: true };
    const sum = withSums || !hasParts(layout, index) ? sumOf(snapshot, index) : undefined;
    const parts = layout.cpus.flatMap((id, cpu) => {
      const part = hasParts(layout, index) ? partOf(snapshot, index, cpu) : undefined;
      return part === undefined ? [] : [[id, String(part)] as const];
    });
    return {
      ...place,
      ...(sum !== undefined && { sum: String(sum) }),
      ...(parts.length > 0 && { cpus: Object.fromEntries(parts) }),
    };
  });
}

function shownRows({ rows }: SeriesLayout, { member }: TableOptions): { row: Row; index: number }[] {
  return rows.map((row, index) => ({ row, index })).filter(({ row }) => member === undefined || row.member === member);
}

/** Of one symbol: its members by name and offset. */
export function memberTable(snapshot: Snapshot, options: TableOptions): string[] {
  const columns = columnsOf(snapshot.layout, options);
  const lines = shownRows(snapshot.layout, options).map(({ row: { cellOffset, offset, member, labels }, index }) => [
    nameOf(member, labels),
    String(cellOffset + offset),
    ...columns.map(({ value }) => value(snapshot, index)),
  ]);
  return wrappedTable(['member', 'offset', ...columns.map(({ title }) => title)], lines, 1, 2);
}

/** Of the elements of a list: each with its labels, which most have all. */
export function elementTable(snapshot: Snapshot, options: TableOptions): string[] {
  const { layout } = snapshot;
  const { rows, items, itemOf, instances } = layout;
  const own = rows.map(({ entry }, row) => instances[entry]?.[items[itemOf[row] ?? -1]?.instance ?? -1]?.labels ?? []);
  const names = [...new Set(own.flatMap((labels) => labels.map(({ name }) => name)))];
  const columns = columnsOf(layout, options);
  const lines = rows.map(({ member, labels }, row) => {
    const ofElement = own[row] ?? [];
    const values = names.map((name) => ofElement.find((label) => label.name === name)?.value ?? '');
    // The element's labels come before those of the member.
    return [
      ...values,
      nameOf(member, labels.slice(ofElement.length)),
      ...columns.map(({ value }) => value(snapshot, row)),
    ];
  });
  // Element by element, although a config's metrics are each of all elements.
  const order = lines.map((line, row) => ({ line, instance: items[itemOf[row] ?? -1]?.instance ?? 0, row }));
  order.sort((a, b) => a.instance - b.instance || a.row - b.row);
  return wrappedTable(
    [...names, 'member', ...columns.map(({ title }) => title)],
    order.map(({ line }) => line),
    names.length + 1,
    names.length + 1,
  );
}

function nameOf(member: string | undefined, labels: readonly Label[]): string {
  const index = labels.at(-1);
  return `${member ?? ''}${index === undefined ? '' : `[${index.value}]`}`;
}

interface Column {
  readonly title: string;
  readonly value: (snapshot: Snapshot, row: number) => string;
}

/** A column for each CPU only where some value has parts. */
function columnsOf(layout: SeriesLayout, { withSums = true, withAddresses = false }: TableOptions): Column[] {
  const areParted = layout.rows.some((_, row) => hasParts(layout, row));
  const textOf =
    (value: (snapshot: Snapshot, row: number) => bigint | undefined): Column['value'] =>
    (snapshot, row) => {
      if (!withAddresses && mayBeAddress(snapshot, row)) return HIDDEN;
      return String(value(snapshot, row) ?? '-');
    };
  const sum = { title: areParted ? 'sum' : 'value', value: textOf(sumOf) };
  const parts = layout.cpus.map((id, cpu) => ({
    title: `cpu ${id}`,
    value: textOf((snapshot, row) => partOf(snapshot, row, cpu)),
  }));
  if (!areParted) return [sum];
  return withSums ? [sum, ...parts] : parts;
}

/** True for a word of the kernel that is as large as its addresses are, on whichever CPU. What a counter(9) has counted is none. */
function mayBeAddress(snapshot: Snapshot, row: number): boolean {
  const { rows, entries, items, itemOf, cpus } = snapshot.layout;
  const { entry = -1, format } = rows[row] ?? {};
  const kind = entries[entry]?.kind;
  const isCounter = kind === 'counters' || (kind === 'list' && items[itemOf[row] ?? -1]?.access === undefined);
  if (isCounter || format !== 'u64') return false;
  const values = [sumOf(snapshot, row), ...cpus.map((_, cpu) => partOf(snapshot, row, cpu))];
  return values.some((value) => value !== undefined && isKernelAddress(value));
}
