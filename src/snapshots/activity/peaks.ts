/**
 * The highest rate that each counter had from one sample to the next within the window, which no rate over the window shows, and the CPU that did
 * most of it. Samples are taken as often as can be; of each second the highest is kept.
 */
import { hasParts, type SeriesLayout } from '../../plan/layout.js';
import type { Origins } from '../../plan/origins.js';
import { counterStep } from '../counterStep.js';
import { ITEM_OK } from '../itemStates.js';
import { columnsOf, SUM_COLUMN } from '../values.js';
import { sameRows } from './sameRows.js';

/** Milliseconds of which one peak is kept. */
const SLOT_MS = 1000;
/** Milliseconds that a window has at most. */
export const LONGEST_WINDOW = 600_000;
const SLOTS = LONGEST_WINDOW / SLOT_MS + 1;
const NEVER = Infinity;
const NO_CPU = -1;
const NO_ROW = -1;

/** What a read of some rows gave: as in Snapshot. */
export interface PartRead {
  readonly layout: SeriesLayout;
  readonly words: Uint32Array;
  readonly states: Uint8Array;
  readonly origins: Origins;
}

export interface Peak {
  /** Events per second, over one sample. */
  readonly rate: number;
  /** The id of the CPU that had most of them; undefined for what has no parts of CPUs. */
  readonly cpu: number | undefined;
}

/** Of some rows of one layout. Where there is another layout, another goes on with what both have. */
export class Peaks {
  private origins: Origins | undefined;
  private readonly columns: number;
  private readonly widths: readonly number[];
  /** The values of the last sample, as Snapshot has them. */
  private readonly words: Uint32Array;
  private at = -Infinity;
  /** What was taken over of another, until the next sample: its origins, and which of its rows each row was. */
  private resumed: { readonly origins: Origins; readonly rows: Int32Array } | undefined;
  /** Of each row since when it has counted without a break. */
  private readonly since: Float64Array;
  /** By slot and row, the highest rate and the CPU's index; which second each slot is of. */
  private readonly rates: Float64Array;
  private readonly cpus: Int16Array;
  private readonly seconds = new Float64Array(SLOTS).fill(-1);

  constructor(private readonly layout: SeriesLayout) {
    const rows = layout.rows.length;
    this.columns = columnsOf(layout);
    this.widths = layout.rows.map((_, row) => (hasParts(layout, row) ? this.columns : 1));
    this.words = new Uint32Array(2 * rows * this.columns);
    this.since = new Float64Array(rows).fill(NEVER);
    this.rates = new Float64Array(SLOTS * rows);
    this.cpus = new Int16Array(SLOTS * rows).fill(NO_CPU);
  }

  /**
   * Takes over what is known of the rows that are in both. To be called before take().
   * @param byName true where they are another config's
   */
  resume(before: Peaks, byName = false): void {
    if (before.columns !== this.columns || before.origins === undefined) return;
    const rows = this.widths.length;
    const rowsBefore = before.widths.length;
    const size = 2 * this.columns;
    this.at = before.at;
    this.resumed = { origins: before.origins, rows: new Int32Array(rows).fill(NO_ROW) };
    this.seconds.set(before.seconds);
    for (const [row, from] of sameRows(before.layout, this.layout, byName).entries()) {
      if (from === undefined) continue;
      this.resumed.rows[row] = from;
      this.since[row] = before.since[from]!;
      this.words.set(before.words.subarray(from * size, (from + 1) * size), row * size);
      for (let slot = 0; slot < SLOTS; slot++) {
        this.rates[slot * rows + row] = before.rates[slot * rowsBefore + from]!;
        this.cpus[slot * rows + row] = before.cpus[slot * rowsBefore + from]!;
      }
    }
  }

  /** A row begins anew. */
  forget(row: number): void {
    this.since[row] = NEVER;
  }

  /** To be called where a read failed: what was counted since the last one cannot be told apart from what was not. */
  lost(): void {
    this.since.fill(NEVER);
  }

  /**
   * @param clock milliseconds, when the read began
   * @param end when it was over
   */
  take({ words, states, origins }: PartRead, clock: number, end = clock): void {
    const { layout, since, widths } = this;
    // No more can have happened than from the beginning of the one read to the end of the other: a read may be interrupted for long.
    const seconds = (end - this.at) / 1000;
    if (clock <= this.at) return;
    const { origins: before, resumed } = this;
    this.origins = origins;
    this.resumed = undefined;
    const slot = this.slotAt(clock);
    const rows = widths.length;
    for (let row = 0; row < rows; row++) {
      const isSame =
        resumed === undefined
          ? before === origins || (before !== undefined && origins.isSame(row, before, row))
          : origins.isSame(row, resumed.origins, resumed.rows[row]!);
      if (states[layout.itemOf[row]!] !== ITEM_OK) {
        since[row] = NEVER;
        continue;
      }
      const isNew = since[row] === NEVER || !isSame;
      const cpu = this.step(row, widths[row]!, words);
      if (isNew || cpu === undefined) {
        since[row] = clock;
        continue;
      }
      const rate = this.counted / seconds;
      const index = slot * rows + row;
      if (rate <= this.rates[index]!) continue;
      this.rates[index] = rate;
      this.cpus[index] = cpu;
    }
    this.at = clock;
  }

  /**
   * The highest rate in the window that ends with the last sample; undefined where the row has not counted all through it.
   * @param windowMs at most LONGEST_WINDOW
   */
  peakOf(row: number, windowMs: number): Peak | undefined {
    const begin = this.at - Math.min(windowMs, LONGEST_WINDOW);
    // Not in force before there is a sample.
    if (!(this.since[row]! <= begin)) return undefined;
    const rows = this.widths.length;
    let rate = 0;
    let cpu = NO_CPU;
    for (let slot = 0; slot < SLOTS; slot++) {
      if ((this.seconds[slot]! + 1) * SLOT_MS <= begin) continue;
      const own = this.rates[slot * rows + row]!;
      if (own <= rate) continue;
      rate = own;
      cpu = this.cpus[slot * rows + row]!;
    }
    return { rate, cpu: this.layout.cpus[cpu] };
  }

  /** What the row's sum grew by in the last step(). */
  private counted = 0;

  /** The index of the CPU that counted most since the last sample; NO_CPU for none, undefined where a value did not grow. */
  private step(row: number, width: number, words: Uint32Array): number | undefined {
    const { words: before } = this;
    const first = 2 * row * this.columns;
    let most = 0;
    let cpu = NO_CPU;
    let grew = true;
    for (let column = 0; column < width; column++) {
      const at = first + 2 * column;
      const low = words[at]!;
      const high = words[at + 1]!;
      const step = counterStep(before[at]!, before[at + 1]!, low, high);
      before[at] = low;
      before[at + 1] = high;
      if (step < 0) grew = false;
      if (column === SUM_COLUMN) this.counted = step;
      else if (step > most) {
        most = step;
        cpu = column - 1;
      }
    }
    return grew ? cpu : undefined;
  }

  /** The slot of this second, emptied where it was another's. */
  private slotAt(clock: number): number {
    const second = Math.floor(clock / SLOT_MS);
    const slot = second % SLOTS;
    if (this.seconds[slot] !== second) {
      const rows = this.widths.length;
      this.seconds[slot] = second;
      this.rates.fill(0, slot * rows, (slot + 1) * rows);
      this.cpus.fill(NO_CPU, slot * rows, (slot + 1) * rows);
    }
    return slot;
  }
}
