/** Whether each configured symbol could be read, and if not, why: for the page, the log and the gauge symbol_up. */
import { pointerFaultText } from '../kvm/zpcpu.js';
import { isTarget, type EntryResolution } from '../plan/resolution.js';
import type { SeriesLayout } from '../plan/series.js';
import { ITEM_OK, itemStates } from './snapshot.js';

export interface SymbolStatus {
  readonly symbol: string;
  /** True where every entry of this symbol is optional. */
  readonly optional: boolean;
  /** True where everything that the config wants of it was read. */
  readonly up: boolean;
  /** True where it is down because no loaded file has it, or not with this size. */
  readonly absent: boolean;
  /** Why it is down; empty where it is up. */
  readonly reason: string;
  /** Milliseconds since the epoch when it became what it is. */
  readonly since: number;
}

/** @param failures for items that are unreadable, what libkvm said */
export function describeSymbols(
  layout: SeriesLayout,
  resolutions: readonly EntryResolution[],
  states: Uint8Array,
  failures: ReadonlyMap<number, string>,
  before: readonly SymbolStatus[],
  now: number,
): SymbolStatus[] {
  const previous = new Map(before.map((status) => [status.symbol, status]));
  const itemsOf = new Map<string, number[]>();
  layout.items.forEach(({ entry }, item) => {
    const { symbol } = layout.entries[entry]!;
    const items = itemsOf.get(symbol);
    if (items === undefined) itemsOf.set(symbol, [item]);
    else items.push(item);
  });
  return [...itemsOf].map(([symbol, items]) => {
    const entries = [...new Set(items.map((item) => layout.items[item]!.entry))];
    const optional = entries.every((entry) => layout.entries[entry]!.optional);
    const unresolved = entries.map((entry) => resolutions[entry]!).find((resolution) => !isTarget(resolution));
    let reason = '';
    let absent = false;
    if (unresolved !== undefined && !isTarget(unresolved)) {
      ({ reason, absent } = unresolved);
    } else {
      const down = items.filter((item) => states[item] !== ITEM_OK);
      if (down.length > 0) {
        const why = reasonOf(down[0]!, states, failures);
        reason = items.length === 1 ? why : `${down.length} of ${items.length} values: ${why}`;
      }
    }
    const up = reason === '';
    const last = previous.get(symbol);
    const since = last?.up === up ? last.since : now;
    return { symbol, optional, up, absent, reason, since };
  });
}

function reasonOf(item: number, states: Uint8Array, failures: ReadonlyMap<number, string>): string {
  const state = itemStates[states[item]!]!;
  switch (state) {
    case 'ok':
      return '';
    case 'unresolved':
      return 'its module was unloaded during the read';
    case 'cell-unreadable':
      return `its pointer could not be read: ${failures.get(item) ?? 'no reason given'}`;
    case 'copies-unreadable':
      return `its per-CPU copies could not be read: ${failures.get(item) ?? 'no reason given'}`;
    default:
      return pointerFaultText[state];
  }
}
