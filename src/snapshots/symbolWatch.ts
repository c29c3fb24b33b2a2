/** Follows the states of symbols and groups from read to read, over reloads of the config, and tells of those that change. */
import type { SeriesLayout } from '../plan/layout.js';
import type { Resolution } from '../plan/resolution.js';
import { describeGroups, type GroupStatus } from './groupStatus.js';
import { describeSymbols, wordFor, type SymbolStatus, type SymbolWord } from './symbolStatus.js';

/**
 * Told of every symbol that came up, went down or is down for another kind of reason, and at first of every one that is down; and whether it
 * was up in a read before.
 */
export type OnSymbolChange = (status: SymbolStatus, wasUpBefore: boolean) => void;

/** Told of every group that begins to give series, or ends to, or gives none for another reason, and at first of every one that gives none. */
export type OnGroupChange = (status: GroupStatus) => void;

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
  readonly groups: readonly GroupStatus[];
}

/** What a read was described as, and what that depends on. */
interface Described extends SymbolsSeen {
  /** Of the resolution: with another one comes whatever else there is to see. */
  readonly version: number;
  /** What could not be found of lists. */
  readonly trouble: string;
  readonly states: Uint8Array;
}

/** What was last told of a symbol, in whatever config. */
interface Told {
  readonly word: SymbolWord;
  readonly everUp: boolean;
}

const NOTHING: SymbolsSeen = { symbols: [], groups: [] };

export class SymbolWatch {
  private symbols: readonly SymbolStatus[] = [];
  /** By name. A symbol or group that a config leaves out is kept: the next one may have it again, and it is told of only if it changed. */
  private readonly told = new Map<string, Told>();
  private readonly toldGroups = new Map<string, GroupStatus['state']>();
  /** By who reads: around a reload there are two. */
  private readonly described = new WeakMap<object, Described>();

  constructor(
    private readonly onChange: OnSymbolChange,
    private readonly onGroupChange: OnGroupChange,
  ) {}

  /** What a reader last saw; nothing before its first read. */
  seenBy(reader: object): SymbolsSeen {
    return this.described.get(reader) ?? NOTHING;
  }

  /**
   * Looks at the symbols' states where anything changed since the reader's last read: else it gives the same objects.
   * @param now milliseconds since the epoch
   */
  look(reader: object, read: ReadStates, now: number): SymbolsSeen {
    const { layout, resolution, states, failures } = read;
    const last = this.described.get(reader);
    const { version } = resolution;
    const trouble = [...resolution.troubles.values()].join();
    if (last?.version === version && last.trouble === trouble && Buffer.compare(states, last.states) === 0) return last;
    const symbols = describeSymbols(layout, resolution, states, failures, this.symbols, now);
    const groups = describeGroups(layout, states, symbols);
    this.symbols = symbols;
    this.tellChanges(symbols, groups);
    const seen = { symbols, groups, version, trouble, states: states.slice() };
    this.described.set(reader, seen);
    return seen;
  }

  private tellChanges(symbols: readonly SymbolStatus[], groups: readonly GroupStatus[]): void {
    for (const status of symbols) {
      const { word: before, everUp } = this.told.get(status.symbol) ?? { word: 'up', everUp: false };
      const word = wordFor(status);
      if (word !== before) this.onChange(status, everUp);
      this.told.set(status.symbol, { word, everUp: everUp || word === 'up' });
    }
    for (const status of groups) {
      const { group, state } = status;
      if (state !== (this.toldGroups.get(group) ?? 'read')) this.onGroupChange(status);
      this.toldGroups.set(group, state);
    }
  }
}
