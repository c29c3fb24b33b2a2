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
}

/** All rows of a layout, in its order. */
export function namedRows({ families, rows, entries }: SeriesLayout): NamedRow[] {
  return families.flatMap(({ family, from, to }) => {
    const own = rows.slice(from, to);
    return own.map(({ entry, cellOffset, member }, index) => {
      const { kind, symbol } = entryAt(entries, entry);
      const { isCounter } = kinds[kind];
      // The elements of an array are rows of one member.
      const elements = member === undefined || !isCounter ? [] : own.filter((row) => row.member === member);
      const at =
        elements.length > 1 ? (cellOffset - Math.min(...elements.map((row) => row.cellOffset))) / WORD_BYTES : -1;
      const counter = counterName(symbol, member, cellOffset) + (at < 0 ? '' : `[${at}]`);
      const gauge = family.type === 'gauge';
      return { row: from + index, symbol, cellOffset, member, counter, metric: family.name, gauge, isCounter };
    });
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
