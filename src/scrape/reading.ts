/** Everything that reads one layout of series into one snapshot. It allocates when pointers move, and next to nothing otherwise. */
import type { ReaderChoice } from '../config/model.js';
import type { Kernel } from '../kernel/live/kernel.js';
import type { SelfTestResult } from '../kernel/live/selfTest.js';
import type { SymbolResolver } from '../kernel/live/symbols.js';
import type { ReadCost } from '../plan/readCost.js';
import { Resolution } from '../plan/resolution.js';
import type { SeriesLayout } from '../plan/series.js';
import { CellReader } from './cellReader.js';
import type { CopyOutcome, CopyReader, CopyTable } from './copyReader.js';
import { Gatherer } from './gather.js';
import { LibkvmReader } from './libkvmReader.js';
import type { Pacer } from '../snapshots/pacer.js';
import { SlabReader } from './slabReader.js';
import { CELL_UNREADABLE, ITEM_OK, MOVED, UNRESOLVED } from '../snapshots/snapshot.js';

/** How often the copies are read where pointers change meanwhile. */
const ATTEMPTS = 3;

/** What stays the same for every layout. */
export interface ReadingMeans {
  readonly kernel: Kernel;
  readonly resolver: SymbolResolver;
  readonly selfTest: SelfTestResult;
  readonly cost: ReadCost;
  readonly reader: ReaderChoice;
}

export class Reading {
  /** As in Snapshot. */
  readonly words: Uint32Array;
  readonly states: Uint8Array;
  /** For items that could not be read, what libkvm said. */
  readonly failures = new Map<number, string>();
  readonly resolution: Resolution;
  private readonly cells: CellReader;
  private readonly copies: CopyReader;
  private readonly gatherer: Gatherer;
  private table: CopyTable | undefined;
  private plannedVersion = -1;
  private readonly outcome: CopyOutcome = {
    read: (item) => {
      this.states[item] = ITEM_OK;
    },
    failed: (item, error) => {
      this.failures.set(item, error.message);
    },
  };

  constructor(
    { kernel, resolver, selfTest, cost, reader }: ReadingMeans,
    readonly layout: SeriesLayout,
    now: number,
    /** As in Resolution. */
    loads: string | undefined,
  ) {
    this.resolution = new Resolution(resolver, layout, now, loads);
    this.cells = new CellReader(kernel, layout, selfTest.layout, cost);
    // Call by call is slow, and there for who wants nothing but libkvm's own arithmetic.
    const callByCall = reader === 'libkvm' || !selfTest.layoutAgrees;
    this.copies = callByCall
      ? new LibkvmReader(kernel, layout)
      : new SlabReader(kernel, layout, selfTest.layout, cost, selfTest.reader === 'libkvm');
    this.gatherer = new Gatherer(layout, kernel.facts.maxId);
    this.words = new Uint32Array(2 * layout.rows.length * (layout.cpus.length + 1));
    this.states = new Uint8Array(layout.items.length);
  }

  /** Reads everything once. Calls must not overlap. */
  async read(pacer: Pacer): Promise<void> {
    let moved = await this.readCopies(pacer);
    for (let attempt = 2; attempt <= ATTEMPTS && moved.length > 0; attempt++) moved = await this.readCopies(pacer);
    for (const item of moved) {
      const failure = this.cells.failures.get(item);
      this.states[item] = failure === undefined ? MOVED : CELL_UNREADABLE;
      if (failure !== undefined) this.failures.set(item, failure);
    }
    this.refuseUnloaded();
    await this.gatherer.gather(this.table!, this.words, this.states, pacer);
  }

  /** Follows the pointers, and looks at them again afterwards. Gives the items whose pointer was not the same any more. */
  private async readCopies(pacer: Pacer): Promise<readonly number[]> {
    this.failures.clear();
    let moved = this.table === undefined;
    if (this.resolution.version !== this.plannedVersion) {
      this.plannedVersion = this.resolution.version;
      this.cells.prepare(this.resolution.entries);
      moved = true;
    }
    if (this.cells.read(this.resolution.entries)) moved = true;
    if (moved) this.table = this.copies.prepare(this.resolution.entries, this.cells.pointers);
    this.states.set(this.cells.states);
    for (const [item, reason] of this.cells.failures) this.failures.set(item, reason);
    await this.copies.read(this.outcome, pacer);
    return this.cells.moved();
  }

  /** What was read while a module went away may be anybody's memory. */
  private refuseUnloaded(): void {
    const gone = new Set(this.resolution.dropUnloaded());
    if (gone.size === 0) return;
    this.layout.items.forEach(({ entry }, item) => {
      if (gone.has(entry)) this.states[item] = UNRESOLVED;
    });
  }
}
