/** Entries and configs that the program makes for questions of its own: what a symbol holds, and what of it can be read. */
import type { Config, ConfigEntry, EntryKind, MetricType, TypedEntry } from './model.js';

/** What such an entry says besides its kind and symbol. */
export interface OwnEntry {
  readonly struct?: string | undefined;
  readonly metric?: string | undefined;
  readonly type?: MetricType;
}

/** An entry of all that the types tell of a symbol. */
export function entryOfAll(kind: EntryKind, symbol: string, { struct, metric, type = 'gauge' }: OwnEntry): TypedEntry {
  return {
    typed: true,
    kind,
    symbol,
    optional: false,
    struct,
    metric,
    help: undefined,
    type,
    cpu: 'both',
    labels: [],
    members: undefined,
    // Of no file: what is wrong with it is told by its symbol.
    at: { file: symbol, line: 0, column: 0 },
  };
}

/** The same for who only looks at the values: nobody sees the names of the metrics, but each must have its own. */
export function entryToLookAt(kind: EntryKind, symbol: string, struct?: string): TypedEntry {
  return { ...entryOfAll(kind, symbol, { struct }), wholeNames: true };
}

export function configOfEntries(entries: readonly ConfigEntry[]): Config {
  const truthShare = undefined;
  const activity = undefined;
  const scrapeIntervalMs = undefined;
  return { prefix: '', reader: 'auto', scrapeIntervalMs, created: false, truthShare, activity, entries, files: [] };
}
