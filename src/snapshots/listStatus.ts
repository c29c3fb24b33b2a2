/** What was found, and what was left out, of each list that is followed. */
import { groupOf } from '../config/groups.js';
import type { SeriesLayout } from '../plan/layout.js';
import type { Resolution } from '../plan/resolution.js';
import { GONE } from './itemStates.js';

/** What became of elements: why one was left out, or that it was not. */
export const elementStates = ['published', 'gone', 'doubtful', 'beyond_limit', 'duplicate', 'successor'] as const;
export type ElementState = (typeof elementStates)[number];

export interface ListStatus {
  readonly group: string;
  readonly symbol: string;
  /** Elements in each state. Of several entries of a group about one list, the most. */
  readonly elements: Readonly<Record<ElementState, number>>;
}

export function describeLists(
  layout: SeriesLayout,
  { tallies }: Pick<Resolution, 'tallies'>,
  states: Uint8Array,
): ListStatus[] {
  if (tallies.size === 0) return [];
  const gone = goneInstances(layout, states);
  const found = new Map<string, ListStatus>();
  for (const [index, tally] of tallies) {
    const entry = layout.entries[index];
    if (entry === undefined) continue;
    const went = gone.get(index)?.size ?? 0;
    const elements = {
      published: Math.max(0, tally.published - went),
      gone: went,
      doubtful: tally.doubtful,
      beyond_limit: tally.beyondLimit,
      duplicate: tally.duplicates,
      successor: tally.successors,
    };
    const { symbol } = entry;
    const group = groupOf(entry);
    const key = JSON.stringify([group, symbol]);
    const known = found.get(key);
    found.set(key, { group, symbol, elements: known === undefined ? elements : most(known.elements, elements) });
  }
  return [...found.values()];
}

/** By entry, the instances that went while they were read. */
function goneInstances({ items }: SeriesLayout, states: Uint8Array): ReadonlyMap<number, ReadonlySet<number>> {
  const gone = new Map<number, Set<number>>();
  for (let item = states.indexOf(GONE); item >= 0; item = states.indexOf(GONE, item + 1)) {
    const { entry, instance } = items[item] ?? { entry: -1, instance: -1 };
    const known = gone.get(entry);
    if (known === undefined) gone.set(entry, new Set([instance]));
    else known.add(instance);
  }
  return gone;
}

function most(a: ListStatus['elements'], b: ListStatus['elements']): ListStatus['elements'] {
  const larger = elementStates.map((state) => [state, Math.max(a[state], b[state])] as const);
  return Object.fromEntries(larger) as Record<ElementState, number>;
}
