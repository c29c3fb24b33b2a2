/**
 * Reads the pointer cells afresh in every scrape and tells which pointers may be followed, and whether any moved; and once more when they
 * have been followed, since a counter may be freed, and its item given to another, in between.
 */
import { addressPlus, WORD_BYTES, type ZpcpuPointer } from '../kernel/address.js';
import { KvmError } from '../kernel/errors.js';
import type { Memory } from '../kernel/memory.js';
import type { ZpcpuLayout } from '../kernel/zpcpu.js';
import type { CellPlan, CellRead } from '../plan/cellPlan.js';
import type { SeriesLayout } from '../plan/layout.js';
import { instanceAt, type EntryResolution } from '../plan/resolution.js';
import { COPIES_UNREADABLE, itemStates, type ItemState } from '../snapshots/itemStates.js';
import { readInHalves } from './inHalves.js';

const NONE: readonly number[] = [];

/** Words that the reads of a plan fill, and the bytes that each read goes to. */
class CellArena {
  readonly words: BigUint64Array;
  readonly into: readonly Uint8Array[];
  private readonly halves: Uint32Array;
  private readonly positions: Int32Array;

  constructor({ words, reads, positions }: CellPlan) {
    this.words = new BigUint64Array(words);
    this.halves = new Uint32Array(this.words.buffer);
    this.positions = positions;
    this.into = reads.map(({ at, length }) => new Uint8Array(this.words.buffer, at, length));
  }

  /** True where all cells hold the same. What lies between them was read along with them, and is nobody's business. */
  equals({ halves }: CellArena): boolean {
    const own = this.halves;
    for (const position of this.positions) {
      const at = 2 * position;
      // Halves compare without making a bigint of each word. An item that has no cell has no position.
      if (at >= 0 && (own[at] !== halves[at] || own[at + 1] !== halves[at + 1])) return false;
    }
    return true;
  }
}

export class CellReader {
  /** For each item its pointer where it may be followed. A new array whenever one changes. */
  pointers: readonly (ZpcpuPointer | undefined)[] = [];
  /** For each item what is known of it before its copies are read: an index into itemStates, COPIES_UNREADABLE where they are to be. */
  readonly states: Uint8Array;
  /** For items whose cell could not be read, what libkvm said. */
  readonly failures = new Map<number, string>();
  private plan: CellPlan = { reads: [], words: 0, positions: new Int32Array(0), held: new Map() };
  private resolutions: readonly EntryResolution[] = [];
  /** What the cells hold now, what they held when they were last classified, and what they held after the copies were read. */
  private now = new CellArena(this.plan);
  private before = new CellArena(this.plan);
  private after = new CellArena(this.plan);
  /** True until the cells of a new plan, or cells that could not be read, are read as before. */
  private stale = true;

  constructor(
    private readonly memory: Memory,
    private readonly layout: SeriesLayout,
    private readonly zpcpu: ZpcpuLayout,
  ) {
    this.states = new Uint8Array(layout.items.length);
  }

  /** Takes another plan from now on. */
  follow(plan: CellPlan, resolutions: readonly EntryResolution[]): void {
    this.plan = plan;
    this.resolutions = resolutions;
    this.now = new CellArena(plan);
    this.before = new CellArena(plan);
    this.after = new CellArena(plan);
    this.stale = true;
  }

  /** Reads all cells; true where `pointers` and `states` changed. */
  read(): boolean {
    const { now, before, failures } = this;
    failures.clear();
    this.fill(now);
    if (failures.size === 0 && !this.stale && now.equals(before)) return false;
    this.stale = failures.size > 0;
    before.words.set(now.words);
    this.classify();
    return true;
  }

  /**
   * Reads all cells once more: gives the items whose pointer is no longer the one that read() found, or cannot be read any more. What was
   * read through such a pointer may be another counter's.
   */
  moved(): readonly number[] {
    const { now, after, failures } = this;
    const { positions } = this.plan;
    const failuresBefore = failures.size;
    this.fill(after);
    if (failures.size === failuresBefore && now.equals(after)) return NONE;
    const moved: number[] = [];
    this.pointers.forEach((pointer, item) => {
      // Whoever gave what is held says whether it is still so.
      if (pointer === undefined || positions[item]! < 0) return;
      if (failures.has(item) || after.words[positions[item]!] !== pointer) moved.push(item);
    });
    return moved;
  }

  private fill(arena: CellArena): void {
    const { reads } = this.plan;
    for (let index = 0; index < reads.length; index++) {
      const read = reads[index]!;
      const into = arena.into[index]!;
      try {
        this.memory.read(read.address, into);
      } catch (error) {
        if (!(error instanceof KvmError)) throw error;
        this.readInPieces(read, into);
      }
    }
  }

  private readInPieces({ address, items, offsets }: CellRead, into: Uint8Array): void {
    readInHalves(
      0,
      items.length,
      (from, to) => {
        const start = offsets[from]!;
        this.memory.read(addressPlus(address, start), into.subarray(start, offsets[to - 1]! + WORD_BYTES));
      },
      (index, { message }) => {
        this.failures.set(items[index]!, message);
      },
    );
  }

  private classify(): void {
    const pointers = new Array<ZpcpuPointer | undefined>(this.layout.items.length).fill(undefined);
    this.layout.items.forEach((item, index) => {
      const position = this.plan.positions[index]!;
      const pointer = position >= 0 ? this.now.words[position] : this.plan.held.get(index);
      let state: ItemState = 'ok';
      if (instanceAt(this.resolutions, item) === undefined) state = 'unresolved';
      else if (this.failures.has(index)) state = 'cell-unreadable';
      else if (pointer !== undefined) {
        state = this.zpcpu.fault(pointer, item.size) ?? 'ok';
        if (state === 'ok') pointers[index] = pointer as ZpcpuPointer;
      }
      this.states[index] = state === 'ok' ? COPIES_UNREADABLE : itemStates.indexOf(state);
    });
    this.pointers = pointers;
  }
}
