/** The rows of a layout by the names that people have for them, and which are counters(9): only the sums of these are told by anybody else. */
import type { Entry, Label } from '../config/model.js';
import { WORD_BYTES } from '../kernel/address.js';
import { kinds } from '../plan/kinds/registry.js';
import type { SeriesLayout } from '../plan/layout.js';

/** One value that is published, and the names by which people know it. */
export interface NamedRow {
  readonly row: number;
  readonly symbol: string;
  readonly cellOffset: number;
  readonly member: string | undefined;
  /** Such as `tcpstat.tcps_rcvduppack` or `tcps_states[4]`. */
  readonly counter: string;
  readonly metric: string;
  /** True where it may go down. */
  readonly gauge: boolean;
  /** True for a counter(9). */
  readonly isCounter: boolean;
  /** True in another vnet than this process's, of which sysctls tell nothing. */
  readonly isElsewhere: boolean;
  /** Which element of its member it is, from 0 on, where that is an array: these are rows of one member, in their order. */
  readonly element: number | undefined;
  /** What tells the instance that it is of from the entry's others, but for the number among those with the same labels. */
  readonly labels: readonly Label[];
  /** `counter` without that number: the same for all elements with the same labels. */
  readonly unnumbered: string;
  /** True where another value is added to it. */
  readonly isPlus: boolean;
}

/** The counters of a layout, in its order. */
export function namedCounters(layout: SeriesLayout): NamedRow[] {
  return namedRows(layout, ({ kind }) => kinds[kind].isCounter);
}

/**
 * All rows of a layout, in its order.
 * @param isWanted tells whose rows are
 */
export function namedRows(
  { families, rows, entries, items, itemOf, instances, follows, addends }: SeriesLayout,
  isWanted: (entry: Entry) => boolean = () => true,
): NamedRow[] {
  const added = new Set(addends.map(({ row }) => row));
  return families.flatMap(({ family, from, to }) => {
    const [first] = rows.slice(from, Math.min(to, from + 1));
    if (first === undefined || !isWanted(entryAt(entries, first.entry))) return [];
    const own = rows.slice(from, to);
    const placeOf = (index: number): number => items[itemOf[from + index] ?? -1]?.instance ?? 0;
    const elements = elementsOf(own.map(({ member }, index) => [placeOf(index), member]));
    return own.map(({ entry, cellOffset, member }, index) => {
      const { kind, symbol } = entryAt(entries, entry);
      const { isCounter } = kinds[kind];
      const element = elements[index];
      const place = instances[entry]?.[placeOf(index)];
      const suffix = isCounter && element !== undefined ? `[${element}]` : '';
      const all = place?.labels ?? [];
      const labels = all.filter(({ name }) => name !== follows[entry]?.list?.duplicates);
      const name = counterName(symbol, member, cellOffset) + suffix;
      return {
        row: from + index,
        symbol,
        cellOffset,
        member,
        counter: name + labelText(all),
        metric: family.name,
        gauge: family.type === 'gauge',
        isCounter,
        isElsewhere: place?.isElsewhere ?? false,
        element,
        labels,
        unnumbered: name + labelText(labels),
        isPlus: added.has(from + index),
      };
    });
  });
}

function labelText(labels: readonly Label[]): string {
  return labels.map(({ name, value }) => ` ${name}=${value}`).join('');
}

/** Of each row of a family which element of its instance's member it is; undefined where it is the only one. */
function elementsOf(
  members: readonly (readonly [instance: number, member: string | undefined])[],
): (number | undefined)[] {
  const counts = new Map<string, number>();
  const keyOf = (instance: number, member: string): string => `${instance} ${member}`;
  const ordinals = members.map(([instance, member]) => {
    if (member === undefined) return undefined;
    const key = keyOf(instance, member);
    const count = counts.get(key) ?? 0;
    counts.set(key, count + 1);
    return count;
  });
  return ordinals.map((ordinal, index) => {
    const [instance, member = ''] = members[index] ?? [0];
    return (counts.get(keyOf(instance, member)) ?? 0) > 1 ? ordinal : undefined;
  });
}

function entryAt(entries: readonly Entry[], index: number): Entry {
  const entry = entries[index];
  if (entry === undefined) throw new RangeError('a layout has an entry for each of its rows');
  return entry;
}

function counterName(symbol: string, member: string | undefined, cellOffset: number): string {
  if (member !== undefined) return `${symbol}.${member}`;
  return cellOffset === 0 ? symbol : `${symbol}[${cellOffset / WORD_BYTES}]`;
}
