/** The rows of a layout by the names that people have for them, and which are counters(9): only the sums of these are told by anybody else. */
import type { Entry } from '../config/model.js';
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
  /** Which element of its member it is, from 0 on, where that is an array: these are rows of one member, in their order. */
  readonly element: number | undefined;
}

/** All rows of a layout, in its order. */
export function namedRows({ families, rows, entries }: SeriesLayout): NamedRow[] {
  return families.flatMap(({ family, from, to }) => {
    const own = rows.slice(from, to);
    const elements = elementsOf(own.map(({ member }) => member));
    return own.map(({ entry, cellOffset, member }, index) => {
      const { kind, symbol } = entryAt(entries, entry);
      const { isCounter } = kinds[kind];
      const element = elements[index];
      const suffix = isCounter && element !== undefined ? `[${element}]` : '';
      const counter = counterName(symbol, member, cellOffset) + suffix;
      const gauge = family.type === 'gauge';
      return { row: from + index, symbol, cellOffset, member, counter, metric: family.name, gauge, isCounter, element };
    });
  });
}

/** Of each row of a family which element of its member it is; undefined where it is the only one. */
function elementsOf(members: readonly (string | undefined)[]): (number | undefined)[] {
  const counts = new Map<string, number>();
  const ordinals = members.map((member) => {
    if (member === undefined) return undefined;
    const count = counts.get(member) ?? 0;
    counts.set(member, count + 1);
    return count;
  });
  return ordinals.map((ordinal, index) => ((counts.get(members[index] ?? '') ?? 0) > 1 ? ordinal : undefined));
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
