/** Everything that reads one layout of series into one snapshot. It allocates when pointers move, and next to nothing otherwise. */
import type { ReaderChoice } from '../config/model.js';
import type { ZpcpuPointer } from '../kernel/address.js';
import type { Kernel, RunningKernel } from '../kernel/kernel.js';
import type { ProvenReader } from '../kernel/reader.js';
import { planCells, type CellPlan } from '../plan/cellPlan.js';
import { planCopies, type CopyPlan, type ReadMethod } from '../plan/copyPlan.js';
import type { Instance } from '../plan/instances/instance.js';
import { Origins } from '../plan/origins.js';
import type { SeriesLayout } from '../plan/layout.js';
import type { ReadCost } from '../plan/readCost.js';
import type { ReadPlan } from '../plan/readPlan.js';
import { instanceAt, type EntryResolution, type Resolution } from '../plan/resolution.js';
import type { Pacer } from '../snapshots/pacer.js';
import { CELL_UNREADABLE, GONE, ITEM_OK, itemStates, MOVED, UNRESOLVED } from '../snapshots/itemStates.js';
import { SUM_COLUMN, wordOf } from '../snapshots/values.js';
import { CellReader } from './cellReader.js';
import { CopyReader, type CopyOutcome } from './copyReader.js';
import { Gatherer } from './gather.js';

/** How often the copies are read where pointers change meanwhile. */
const ATTEMPTS = 3;
const NONE: ReadonlySet<number> = new Set();
/** States of what was read, or is not there to be read. */
const UNSET: ReadonlySet<number> = new Set(
  (['ok', 'null', 'early'] as const).map((state) => itemStates.indexOf(state)),
);

/** What stays the same for every layout. */
export interface ReadingTools {
  readonly kernel: Pick<Kernel, 'facts' | 'memory'> & Partial<Pick<RunningKernel, 'sysctls'>>;
  readonly reader: ProvenReader;
  readonly cost: ReadCost;
  /** What the config asks for. */
  readonly choice: ReaderChoice;
}

export class Reading {
  /** As in Snapshot. */
  readonly words: Uint32Array;
  readonly states: Uint8Array;
  /** For items that could not be read, what libkvm said. */
  readonly failures = new Map<number, string>();
  private readonly method: ReadMethod;
  private readonly cells: CellReader;
  private readonly gatherer: Gatherer;
  private cellPlan: CellPlan | undefined;
  private copyPlan: CopyPlan | undefined;
  private copies: CopyReader | undefined;
  /** The version of the resolution that the plans were made of. */
  private planned: number | undefined;
  private resolutions: readonly EntryResolution[] = [];
  private whose: Origins | undefined;
  /** The entries of which it has items. */
  private readonly entries: ReadonlySet<number>;
  /** Items of elements that were not gone and yet not read, last time. */
  private unread: ReadonlySet<number> = NONE;
  private readonly outcome: CopyOutcome = {
    read: (item) => {
      this.states[item] = ITEM_OK;
    },
    failed: (item, error) => {
      this.failures.set(item, error.message);
    },
  };

  constructor(
    private readonly tools: ReadingTools,
    readonly layout: SeriesLayout,
  ) {
    const { kernel, reader } = tools;
    this.method = methodFor(tools);
    this.cells = new CellReader(kernel.memory, layout, reader.layout);
    this.gatherer = new Gatherer(layout, kernel.facts.maxId);
    this.entries = new Set(layout.items.map(({ entry }) => entry));
    this.words = new Uint32Array(wordOf(layout, layout.rows.length, SUM_COLUMN));
    this.states = new Uint8Array(layout.items.length);
  }

  /** What the last read did; undefined before the first. */
  get plan(): ReadPlan | undefined {
    const { layout, resolutions, method, cellPlan, copyPlan } = this;
    if (cellPlan === undefined || copyPlan === undefined) return undefined;
    return { layout, resolutions, method, cells: cellPlan, copies: copyPlan };
  }

  /** Whose values the last read gave. */
  get origins(): Origins {
    return (this.whose ??= new Origins(this.layout, this.resolutions, this.cells.pointers));
  }

  /** Where an item's copies were found by the last read; undefined where no pointer leads to them, or it must not be followed. */
  pointerTo(item: number): ZpcpuPointer | undefined {
    return this.cells.pointers[item];
  }

  /**
   * Reads everything once. Calls must not overlap.
   * @param allParts as in SnapshotSource
   */
  async read(resolution: Resolution, pacer: Pacer, allParts = true): Promise<void> {
    const before = this.unread;
    let gone: ReadonlySet<Instance> | undefined;
    for (let attempt = 1, isDone = false; attempt <= ATTEMPTS && !isDone; attempt++) {
      const moved = await this.readCopies(resolution, pacer);
      gone = undefined;
      isDone = !moved.some((item) => !this.isFollowed(item));
      if (!isDone) continue;
      gone = resolution.gone(this.entries);
      this.unread = this.unreadOf(gone);
      // It may have been away only for as long as it was read: a module that is loaded again has its elements where they were.
      isDone = [...this.unread].every((item) => before.has(item));
    }
    this.refuse(gone ?? resolution.gone(this.entries), GONE);
    this.refuse(resolution.dropGone(this.entries), UNRESOLVED);
    this.joinAddends();
    await this.gatherer.gather(this.copies!.table, this.words, this.states, pacer, allParts);
  }

  /** Follows the pointers, and looks at them again afterwards. Gives the items whose pointer was not the same any more, which are not read then. */
  private async readCopies(resolution: Resolution, pacer: Pacer): Promise<readonly number[]> {
    this.failures.clear();
    const { planned, cells } = this;
    const isNew = planned !== resolution.version;
    if (isNew) {
      this.planCells(resolution);
      if (pacer.due()) await pacer.rest();
    }
    if (cells.read() || isNew || this.copies === undefined) {
      this.whose = undefined;
      this.planCopies();
    }
    if (pacer.due()) await pacer.rest();
    this.states.set(cells.states);
    for (const [item, reason] of cells.failures) this.failures.set(item, reason);
    await this.copies!.read(this.outcome, pacer);
    const moved = cells.moved();
    for (const item of moved) {
      const failure = cells.failures.get(item);
      this.states[item] = failure === undefined ? MOVED : CELL_UNREADABLE;
      if (failure !== undefined) this.failures.set(item, failure);
    }
    return moved;
  }

  private planCells(resolution: Resolution): void {
    this.planned = resolution.version;
    this.resolutions = [...resolution.entries];
    this.cellPlan = planCells(this.layout, this.resolutions, this.tools.cost);
    this.cells.follow(this.cellPlan, this.resolutions);
  }

  private planCopies(): void {
    const { layout, resolutions, method } = this;
    const { kernel, reader, cost } = this.tools;
    const { facts, memory, sysctls } = kernel;
    const { pointers } = this.cells;
    this.copyPlan = planCopies({ layout, resolutions, pointers, zpcpu: reader.layout, facts, cost, method });
    this.copies = new CopyReader(memory, sysctls, layout, this.copyPlan);
  }

  /** True where it is of an instance that comes and goes: where its pointer changed, it is most likely gone. */
  private isFollowed(item: number): boolean {
    return this.layout.follows[this.layout.items[item]!.entry] !== undefined;
  }

  /** Items that should have been read: of elements that are still there, and have what is asked for. */
  private unreadOf(gone: ReadonlySet<Instance>): ReadonlySet<number> {
    if (this.states.every((state) => state === ITEM_OK)) return NONE;
    const unread = new Set<number>();
    this.layout.items.forEach((item, index) => {
      if (UNSET.has(this.states[index]!) || !this.isFollowed(index)) return;
      const instance = instanceAt(this.resolutions, item);
      if (instance !== undefined && !gone.has(instance)) unread.add(index);
    });
    return unread;
  }

  /** What was read while an instance went away may be anybody's memory. */
  private refuse(gone: ReadonlySet<Instance>, state: number): void {
    if (gone.size === 0) return;
    this.layout.items.forEach((item, index) => {
      const instance = instanceAt(this.resolutions, item);
      if (instance !== undefined && gone.has(instance)) this.states[index] = state;
    });
  }

  /** A sum of which one part could not be read is none. */
  private joinAddends(): void {
    const { addends, itemOf } = this.layout;
    for (const { row, item } of addends) {
      const own = itemOf[row]!;
      const state = this.states[item]!;
      if (state === ITEM_OK || this.states[own] !== ITEM_OK) continue;
      this.states[own] = state;
      const failure = this.failures.get(item);
      if (failure !== undefined) this.failures.set(own, failure);
    }
  }
}

export function methodFor({ choice, reader }: ReadingTools): ReadMethod {
  if (choice === 'libkvm' || !reader.layoutAgrees) return 'calls';
  return reader.reader === 'libkvm' ? 'slabs by kvm_read_zpcpu' : 'slabs by kvm_read';
}
