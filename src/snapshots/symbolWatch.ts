/** Follows the states of symbols from read to read, over reloads of the config, and tells of those that change. */
import type { SeriesLayout } from '../plan/layout.js';
import type { Resolution } from '../plan/resolution.js';
import { ITEM_OK } from './itemStates.js';
import { describeSymbols, isFault, type SymbolStatus } from './symbolStatus.js';

/**
 * Told of every symbol that came up, went down or is down for another kind of reason, and at first of every one that is down; and whether it
 * was up in a read before.
 */
export type OnSymbolChange = (status: SymbolStatus, wasUpBefore: boolean) => void;

/** What one read found out of the items. */
export interface ReadStates {
  readonly layout: SeriesLayout;
  readonly resolution: Resolution;
  /** As in Snapshot. */
  readonly states: Uint8Array;
  /** For items that could not be read, what libkvm said. */
  readonly failures: ReadonlyMap<number, string>;
}

export interface SymbolsSeen {
  readonly symbols: readonly SymbolStatus[];
  /** Series that are published. */
  readonly series: number;
}

/** What a read was described as, and what that depends on. */
interface Described extends SymbolsSeen {
  /** Of the resolution: with another one comes whatever else there is to see. */
  readonly version: number;
  readonly states: Uint8Array;
}

export class SymbolWatch {
  private symbols: readonly SymbolStatus[] = [];
  /** The symbols that were up in some read. */
  private readonly everUp = new Set<string>();
  /** By who reads: around a reload there are two. */
  private readonly described = new WeakMap<object, Described>();

  constructor(private readonly onChange: OnSymbolChange) {}

  /** The symbols as a reader last saw them; empty before its first read. */
  symbolsOf(reader: object): readonly SymbolStatus[] {
    return this.described.get(reader)?.symbols ?? [];
  }

  /**
   * Looks at the symbols' states where anything changed since the reader's last read: else it gives the same objects.
   * @param now milliseconds since the epoch
   */
  look(reader: object, read: ReadStates, now: number): SymbolsSeen {
    const { layout, resolution, states, failures } = read;
    const last = this.described.get(reader);
    const { version } = resolution;
    if (last?.version === version && Buffer.compare(states, last.states) === 0) return last;
    const symbols = describeSymbols(layout, resolution.entries, states, failures, this.symbols, now);
    this.tellChanges(symbols);
    const seen = { symbols, series: countSeries(layout, states), version, states: states.slice() };
    this.described.set(reader, seen);
    return seen;
  }

  private tellChanges(symbols: readonly SymbolStatus[]): void {
    const before = new Map(this.symbols.map((status) => [status.symbol, status]));
    this.symbols = symbols;
    for (const status of symbols) {
      const { symbol, up } = status;
      const previous = before.get(symbol);
      if (up !== (previous?.up ?? true) || (previous !== undefined && isFault(status) !== isFault(previous))) {
        this.onChange(status, this.everUp.has(symbol));
      }
      if (up) this.everUp.add(symbol);
    }
  }
}

/** How many series are published where the items are in these states. */
function countSeries({ families, itemOf, cpus }: SeriesLayout, states: Uint8Array): number {
  let series = 0;
  for (const { family, from, to } of families) {
    const each = (family.cpu === 'per_cpu' ? 0 : 1) + (family.cpu === 'sum' ? 0 : cpus.length);
    for (let row = from; row < to; row++) if (states[itemOf[row]!] === ITEM_OK) series += each;
  }
  return series;
}
