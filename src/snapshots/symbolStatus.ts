/** Whether each configured symbol could be read, and if not, why: for the page, the log and the gauge symbol_up. */
import { groupOf } from '../config/groups.js';
import { pointerFaultText } from '../kernel/zpcpu.js';
import type { SeriesLayout } from '../plan/layout.js';
import { basisText, type LayoutBasis } from '../plan/layoutBasis.js';
import { isResolved, type EntryResolution, type Resolution } from '../plan/resolution.js';
import type { Cause, Unresolved } from '../plan/unresolved.js';
import { GONE, ITEM_OK, itemStates, WITHDRAWN } from './itemStates.js';

export interface SymbolStatus {
  readonly symbol: string;
  /** The groups whose entries want it. */
  readonly groups: readonly string[];
  /** True where every entry of this symbol is optional. */
  readonly optional: boolean;
  /** True where everything that the config wants of it was read. */
  readonly up: boolean;
  /** What kind of reason it is down for, `withdrawn` where that is only a counter that disagrees with the kernel; undefined where it is up. */
  readonly cause: Cause | 'withdrawn' | undefined;
  /** Why it is down; empty where it is up. */
  readonly reason: string;
  /** By what it is known where its values lie: one for each entry that wants it, but none twice. */
  readonly bases: readonly LayoutBasis[];
  /** Milliseconds since the epoch when it became what it is. */
  readonly since: number;
}

/**
 * What there is to say of a symbol: it is read, or it is optional and missing or of another form here, or some of it disagrees with the
 * kernel, or something else is wrong.
 */
export type SymbolWord = 'up' | 'missing' | 'unfit' | 'withdrawn' | 'fault';

export function wordFor({ optional, cause }: SymbolStatus): SymbolWord {
  if (cause === undefined) return 'up';
  if (cause === 'withdrawn') return cause;
  return cause === 'failed' || !optional ? 'fault' : cause;
}

/** True where something is wrong: it is down, and not only because a kernel may be without it. */
export function isFault(status: SymbolStatus): boolean {
  const word = wordFor(status);
  return word === 'fault' || word === 'withdrawn';
}

/**
 * @param troubles of entries whose instances could not all be found, why
 * @param failures for items that are unreadable, what libkvm said
 */
export function describeSymbols(
  layout: SeriesLayout,
  { entries: resolutions, troubles }: Pick<Resolution, 'entries' | 'troubles'>,
  states: Uint8Array,
  failures: ReadonlyMap<number, string>,
  before: readonly SymbolStatus[],
  now: number,
): SymbolStatus[] {
  const previous = new Map(before.map((status) => [status.symbol, status]));
  const entriesOf = new Map<string, number[]>();
  layout.entries.forEach(({ symbol }, entry) => {
    const entries = entriesOf.get(symbol);
    if (entries === undefined) entriesOf.set(symbol, [entry]);
    else entries.push(entry);
  });
  const itemsOf: number[][] = layout.entries.map(() => []);
  layout.items.forEach(({ entry }, item) => itemsOf[entry]!.push(item));

  return [...entriesOf].map(([symbol, entries]) => {
    const items = entries.flatMap((entry) => itemsOf[entry]!);
    const fault = faultOf(entries, layout, resolutions) ?? troubleOf(entries, troubles);
    const unread = unreadOf(layout, items, states, failures);
    const reason = fault?.reason ?? unread.reason;
    const up = reason === '';
    const cause = up ? undefined : (fault?.cause ?? unread.cause);
    const last = previous.get(symbol);
    const since = last?.up === up ? last.since : now;
    const optional = entries.every((entry) => layout.entries[entry]!.optional);
    const groups = [...new Set(entries.map((entry) => groupOf(layout.entries[entry]!)))];
    const bases = distinct(entries.flatMap((entry) => layout.bases[entry] ?? []));
    return { symbol, groups, optional, up, cause, reason, bases, since };
  });
}

function distinct(bases: readonly LayoutBasis[]): LayoutBasis[] {
  return [...new Map(bases.map((basis) => [basisText(basis), basis])).values()];
}

/** What is wrong with one of the entries before anything is read. */
function faultOf(
  entries: readonly number[],
  { faults }: SeriesLayout,
  resolutions: readonly EntryResolution[],
): Unresolved | undefined {
  for (const entry of entries) {
    const resolution = resolutions[entry]!;
    if (!isResolved(resolution)) return resolution;
    if (faults[entry] !== undefined) return faults[entry];
  }
  return undefined;
}

function troubleOf(entries: readonly number[], troubles: ReadonlyMap<number, string>): Unresolved | undefined {
  const trouble = entries.map((entry) => troubles.get(entry)).find((one) => one !== undefined);
  return trouble === undefined
    ? undefined
    : { reason: `not all of its list could be read: ${trouble}`, cause: 'failed' };
}

/** Why some of the items have no values; an empty reason where all have. */
function unreadOf(
  layout: SeriesLayout,
  items: readonly number[],
  states: Uint8Array,
  failures: ReadonlyMap<number, string>,
): { reason: string; cause: 'failed' | 'withdrawn' } {
  const unread = items.filter((item) => states[item] !== ITEM_OK && states[item] !== GONE);
  if (unread.length === 0) return { reason: '', cause: 'failed' };
  const failed = unread.filter((item) => states[item] !== WITHDRAWN);
  const first = (failed[0] ?? unread[0])!;
  const why = reasonOf(first, states, failures);
  return {
    reason:
      items.length === 1 ? why : `${unread.length} of ${items.length} values${elementText(layout, first)}: ${why}`,
    cause: failed.length === 0 ? 'withdrawn' : 'failed',
  };
}

/** Of which element of a list it is; empty where there is only one. */
function elementText({ items, instances }: SeriesLayout, index: number): string {
  const item = items[index];
  const { labels = [] } = (item === undefined ? undefined : instances[item.entry]?.[item.instance]) ?? {};
  return labels.length === 0 ? '' : `, the first of ${labels.map(({ name, value }) => `${name}=${value}`).join(' ')}`;
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
    case 'moved':
      return 'its pointer changed each time while its copies were read, so that they may be those of another counter';
    case 'withdrawn':
      return failures.get(item) ?? 'it disagrees with the kernel';
    case 'gone':
      return 'its element went away during the read';
    case 'copies-unreadable':
      return `its per-CPU copies could not be read: ${failures.get(item) ?? 'no reason given'}`;
    default:
      return pointerFaultText[state];
  }
}
