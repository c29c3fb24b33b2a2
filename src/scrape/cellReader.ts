/**
 * Reads the pointer cells afresh in every scrape and tells which pointers may be followed, and whether any moved; and once more when they
 * have been followed, since a counter may be freed, and its item given to another, in between.
 */
import { addressPlus, type ZpcpuPointer } from '../kernel/address.js';
import { KvmError } from '../kernel/errors.js';
import type { Kernel } from '../kernel/live/kernel.js';
import type { ZpcpuLayout } from '../kernel/zpcpu.js';
import { planCells, type CellPlan, type CellSpan } from '../plan/cellPlan.js';
import type { ReadCost } from '../plan/readCost.js';
import { isTarget, type EntryResolution } from '../plan/resolution.js';
import type { SeriesLayout } from '../plan/series.js';
import { COPIES_UNREADABLE, itemStates, type ItemState } from '../snapshots/snapshot.js';

const NONE: readonly number[] = [];

export class CellReader {
  /** For each item its pointer where it may be followed. A new array whenever one changes. */
  pointers: readonly (ZpcpuPointer | undefined)[] = [];
  /** For each item what is known of it before its copies are read: an index into itemStates, COPIES_UNREADABLE where they are to be. */
  readonly states: Uint8Array;
  /** For items whose cell could not be read, what libkvm said. */
  readonly failures = new Map<number, string>();
  private plan: CellPlan = { spans: [], arena: new BigUint64Array(0), positions: new Int32Array(0) };
  private before = new BigUint64Array(0);
  /** What the cells held after the copies were read, laid out like the plan's arena. */
  private after = new BigUint64Array(0);
  /** True until the cells of a new plan, or cells that could not be read, are read as before. */
  private stale = true;

  constructor(
    private readonly kernel: Kernel,
    private readonly layout: SeriesLayout,
    private readonly zpcpu: ZpcpuLayout,
    private readonly cost: ReadCost,
  ) {
    this.states = new Uint8Array(layout.items.length);
  }

  /** Decides what to read. Called when an address moved. */
  prepare(resolutions: readonly EntryResolution[]): void {
    this.plan = planCells(this.layout, resolutions, this.cost);
    this.before = new BigUint64Array(this.plan.arena.length);
    this.after = new BigUint64Array(this.plan.arena.length);
    this.stale = true;
  }

  /** Reads all cells; true where `pointers` and `states` changed. */
  read(resolutions: readonly EntryResolution[]): boolean {
    this.failures.clear();
    const { arena, spans } = this.plan;
    for (const span of spans) this.readSpan(span, span.into, 0, span.items.length);
    if (this.failures.size === 0 && !this.stale && equal(arena, this.before)) return false;
    this.stale = this.failures.size > 0;
    this.before.set(arena);
    this.classify(resolutions);
    return true;
  }

  /**
   * Reads all cells once more: gives the items whose pointer is no longer the one that read() found, or cannot be read any more. What was
   * read through such a pointer may be another counter's.
   */
  moved(): readonly number[] {
    const { arena, spans, positions } = this.plan;
    const { after, failures } = this;
    const failuresBefore = failures.size;
    for (const span of spans) {
      const { byteOffset, length } = span.into;
      this.readSpan(span, new Uint8Array(after.buffer, byteOffset, length), 0, span.items.length);
    }
    if (failures.size === failuresBefore && equal(arena, after)) return NONE;
    const moved: number[] = [];
    this.pointers.forEach((pointer, item) => {
      if (pointer === undefined) return;
      if (failures.has(item) || after[positions[item]!] !== pointer) moved.push(item);
    });
    return moved;
  }

  /** Reads the cells from index `from` up to `to` of the span; in halves where that fails, until the bad one is alone. */
  private readSpan(span: CellSpan, into: Uint8Array, from: number, to: number): void {
    const whole = to - from === span.items.length;
    const start = span.offsets[from]!;
    const end = span.offsets[to - 1]! + BigUint64Array.BYTES_PER_ELEMENT;
    try {
      this.kernel.read(addressPlus(span.address, start), whole ? into : into.subarray(start, end));
    } catch (error) {
      if (!(error instanceof KvmError)) throw error;
      if (to - from === 1) {
        this.failures.set(span.items[from]!, error.message);
        return;
      }
      const middle = (from + to) >> 1;
      this.readSpan(span, into, from, middle);
      this.readSpan(span, into, middle, to);
    }
  }

  private classify(resolutions: readonly EntryResolution[]): void {
    const pointers = new Array<ZpcpuPointer | undefined>(this.layout.items.length).fill(undefined);
    this.layout.items.forEach(({ entry, size }, item) => {
      const position = this.plan.positions[item]!;
      let state: ItemState = 'ok';
      if (!isTarget(resolutions[entry]!)) state = 'unresolved';
      else if (this.failures.has(item)) state = 'cell-unreadable';
      else if (position >= 0) {
        const pointer = this.plan.arena[position]!;
        state = this.zpcpu.fault(pointer, size) ?? 'ok';
        if (state === 'ok') pointers[item] = pointer as ZpcpuPointer;
      }
      this.states[item] = state === 'ok' ? COPIES_UNREADABLE : itemStates.indexOf(state);
    });
    this.pointers = pointers;
  }
}

function equal(a: BigUint64Array, b: BigUint64Array): boolean {
  // Bytes compare without making a bigint of each word.
  return Buffer.compare(bytesOf(a), bytesOf(b)) === 0;
}

function bytesOf(words: BigUint64Array): Uint8Array {
  return new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
}
