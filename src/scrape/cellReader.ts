/** Reads the pointer cells afresh in every scrape and tells which pointers may be followed, and whether any moved. */
import { addressPlus, type ZpcpuPointer } from '../kvm/address.js';
import { KvmError } from '../kvm/errors.js';
import type { Kernel } from '../kvm/kernel.js';
import type { ZpcpuLayout } from '../kvm/zpcpu.js';
import { planCells, type CellPlan, type CellSpan } from '../plan/cellPlan.js';
import type { ReadCost } from '../plan/readCost.js';
import { isTarget, type EntryResolution } from '../plan/resolution.js';
import type { SeriesLayout } from '../plan/series.js';
import { ITEM_OK, itemStates, type ItemState } from './snapshot.js';

export class CellReader {
  /** For each item its pointer where it may be followed. A new array whenever one changes. */
  pointers: readonly (ZpcpuPointer | undefined)[] = [];
  /** For each item what is known of it before its copies are read: an index into itemStates. */
  readonly states: Uint8Array;
  /** For items whose cell could not be read, what libkvm said. */
  readonly failures = new Map<number, string>();
  private plan: CellPlan = { spans: [], arena: new BigUint64Array(0), positions: new Int32Array(0) };
  private before = new BigUint64Array(0);
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
    this.stale = true;
  }

  /** Reads all cells; true where `pointers` and `states` changed. */
  read(resolutions: readonly EntryResolution[]): boolean {
    this.failures.clear();
    for (const span of this.plan.spans) this.readSpan(span, 0, span.items.length);
    const { arena } = this.plan;
    if (this.failures.size === 0 && !this.stale && equal(arena, this.before)) return false;
    this.stale = this.failures.size > 0;
    this.before.set(arena);
    this.classify(resolutions);
    return true;
  }

  /** Reads the cells from index `from` up to `to` of the span; in halves where that fails, until the bad one is alone. */
  private readSpan(span: CellSpan, from: number, to: number): void {
    const whole = to - from === span.items.length;
    const start = span.offsets[from]!;
    const end = span.offsets[to - 1]! + BigUint64Array.BYTES_PER_ELEMENT;
    try {
      this.kernel.read(addressPlus(span.address, start), whole ? span.into : span.into.subarray(start, end));
    } catch (error) {
      if (!(error instanceof KvmError)) throw error;
      if (to - from === 1) {
        this.failures.set(span.items[from]!, error.message);
        return;
      }
      const middle = (from + to) >> 1;
      this.readSpan(span, from, middle);
      this.readSpan(span, middle, to);
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
      this.states[item] = state === 'ok' ? ITEM_OK : itemStates.indexOf(state);
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
