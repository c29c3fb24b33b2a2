/** What each pack or config file gives, and why it gives nothing where it does: its symbols may all be optional, so that none of them is at fault. */
import { groupOf } from '../config/groups.js';
import { hasPartSeries } from '../config/spread.js';
import type { SeriesLayout } from '../plan/layout.js';
import { ITEM_OK } from './itemStates.js';
import { isFault, type SymbolStatus } from './symbolStatus.js';

export interface GroupStatus {
  readonly group: string;
  /** Series that the read gave. What `cpu: spread` adds is of no single read. */
  readonly series: number;
  /** `absent` where there are none because the kernel has none of its symbols, `silent` where it has some. */
  readonly state: 'read' | 'absent' | 'silent';
  /** Why there are none; empty where there are some. */
  readonly reason: string;
  /** True where nothing is wrong: no symbol of it is at fault, and where the kernel has any, something of it is read. */
  readonly isGood: boolean;
}

/** @param symbols as they are in the same read */
export function describeGroups(
  layout: SeriesLayout,
  states: Uint8Array,
  symbols: readonly SymbolStatus[],
): GroupStatus[] {
  const seriesOf = new Map(layout.entries.map((entry) => [groupOf(entry), 0]));
  const { families, itemOf, rows, cpus, entries } = layout;
  for (const { family, from, to, partsTo } of families) {
    const read = (last: number): number =>
      itemOf.subarray(from, last).filter((item) => states[item] === ITEM_OK).length;
    const sums = family.cpu === 'per_cpu' ? 0 : read(to);
    const parts = hasPartSeries(family) ? cpus.length * read(partsTo) : 0;
    // All rows of a family are of one entry. One without instances has no rows.
    const entry = from < to ? entries[rows[from]?.entry ?? -1] : undefined;
    if (entry === undefined) continue;
    const group = groupOf(entry);
    seriesOf.set(group, (seriesOf.get(group) ?? 0) + sums + parts);
  }
  const ofLists = new Set(entries.filter((_, index) => layout.follows[index] !== undefined).map(groupOf));
  return [...seriesOf].map(([group, series]) => {
    const own = symbols.filter(({ groups }) => groups.includes(group));
    const [present] = own.filter(({ cause }) => cause !== 'missing');
    // A list without elements is read as well as any other.
    const isRead = series > 0 || (present?.up === true && ofLists.has(group));
    const state = isRead ? 'read' : present === undefined ? 'absent' : 'silent';
    return {
      group,
      series,
      state,
      reason: isRead ? '' : whyNothing(present),
      isGood: state !== 'silent' && !own.some(isFault),
    };
  });
}

/** @param present a symbol of the group that the kernel has */
function whyNothing(present: SymbolStatus | undefined): string {
  if (present === undefined) return 'none of its symbols exists here';
  const { symbol, up, reason } = present;
  return `${symbol}: ${up ? 'it has none of the members that are asked for' : reason}`;
}
