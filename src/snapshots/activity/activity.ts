/**
 * What each counter did in the last window, in sum and on each CPU. It is told of reads of the kernel at a cadence, and believes a rate only
 * where each of the reads in the window gave a value of the same counter that was no smaller than the one before: what was reset, went back,
 * wrapped or could not be read has none until a window has passed.
 */
import type { ActivityTimes } from '../../config/model.js';
import { hasParts, type SeriesLayout } from '../../plan/layout.js';
import type { Origins } from '../../plan/origins.js';
import { ITEM_OK } from '../itemStates.js';
import type { Pacer } from '../pacer.js';
import type { Snapshot } from '../snapshot.js';
import { columnsOf, isSigned, SUM_COLUMN, wordOf } from '../values.js';
import { counterStep } from '../counterStep.js';
import { History, type PastPoints } from './history.js';
import { sameRows } from './sameRows.js';
import { copyRuns, Slots, type Run } from './slots.js';
import { isHot, spreadOf } from './spread.js';

const TWO_32 = 0x1_0000_0000;
/** Values that are looked at before the clock is. */
const VALUES_BETWEEN_LOOKS = 16_384;
/** For rows of which nothing is known. */
const NEVER = Infinity;
const NO_CPU = -1;
/** What the history tells of a row. */
const RATE = 0;
const UNSIGNED = 1;
const SIGNED = 2;

/** What a counter's CPUs did in the window: per second. */
export interface SpreadRates {
  readonly max: number;
  readonly p50: number;
  readonly p99: number;
  /** The id of the CPU that did clearly more than the others; undefined where none did. */
  readonly hotCpu: number | undefined;
}

export class Activity {
  /** Another number whenever what is told of the window is another. */
  version = 0;
  private layout: SeriesLayout | undefined;
  private origins: Origins | undefined;
  private columns = 1;
  private slots: Slots;
  /** When the newest sample was read, by the clock of ReadReport; and which read it was. */
  private at = -Infinity;
  private sequence = 0;
  /** The values of the newest sample, as Snapshot has them. */
  private words = new Uint32Array(0);
  /** Of each row since when it has counted without a break; NEVER for what is no counter or has no value now. */
  private since = new Float64Array(0);
  /** Of each row how many columns it has; 0 for what is no counter. */
  private widths: Uint16Array = new Uint16Array(0);
  /** Of each row the index of the CPU that was hot last. */
  private hot = new Int32Array(0);
  private readonly spreads = new Map<number, SpreadRates>();
  private history: History;
  /** Of each row what is told of it: a counter's rate, or the value of a gauge that may or may not be negative. */
  private tells: Uint8Array = new Uint8Array(0);
  /** Of each gauge its newest value, NaN where it was not read; of counters nothing. */
  private gauges = new Float64Array(0);
  private slotValues = new Float64Array(0);

  /** Until the first sample, whose rows it goes on with. */
  private predecessor: Activity | undefined;

  /** @param before of another config, which may still be told of reads for a while */
  constructor(
    private readonly times: ActivityTimes,
    before?: Activity,
  ) {
    const isAlike = before?.times.intervalMs === times.intervalMs && before.times.windowMs === times.windowMs;
    if (before !== undefined && isAlike) {
      this.predecessor = before.predecessor ?? before;
      this.at = before.at;
    }
    this.slots = new Slots(0, times.windowMs, times.intervalMs, 0);
    this.history = new History(0, this.slots.slotMs);
  }

  /** When the newest sample was read, by the clock of ReadReport; -Infinity before the first. */
  get sampledAt(): number {
    return this.at;
  }

  /** Seconds that the rates are over; undefined until a window is full. */
  get seconds(): number | undefined {
    const { window } = this.slots;
    return window === undefined ? undefined : (window.end - window.begin) / 1000;
  }

  /** Takes in what a read gave. The snapshot must not change meanwhile. */
  async take(snapshot: Snapshot, pacer: Pacer): Promise<void> {
    const { layout, origins, report } = snapshot;
    const { clock, sequence } = report;
    if (snapshot.areSumsAlone === true) throw new Error('what is sampled must have its parts');
    if (sequence === this.sequence || clock <= this.at) return;
    if (layout !== this.layout) this.follow(layout, origins, clock);
    else if (origins !== this.origins) this.breakOff(origins);
    // Nobody looked for longer than a window: what is known is over.
    if (clock - this.at > this.times.windowMs) this.since.fill(NEVER);
    await this.count(snapshot, pacer);
    this.at = clock;
    this.sequence = sequence;
    if (!this.slots.isDue(clock)) return;
    this.history.append(this.valuesOfSlot(), this.slots.begin, clock);
    this.slots.close(clock);
    this.version++;
    this.spreads.clear();
  }

  /** True where a layout's rows are those that are asked for by number. */
  knows(layout: SeriesLayout): boolean {
    return layout === this.layout;
  }

  /** What a row's sum counted, per second; undefined where that is not known. */
  rateOf(row: number): number | undefined {
    const seconds = this.secondsOf(row);
    return seconds === undefined ? undefined : this.slots.totals[row * this.columns + SUM_COLUMN]! / seconds;
  }

  /** What each of a row's CPUs counted, per second, in the order of SeriesLayout.cpus; undefined where that is not known. */
  partRatesOf(row: number): Float64Array | undefined {
    const seconds = this.secondsOf(row);
    if (seconds === undefined || this.widths[row]! <= 1) return undefined;
    return this.countsOf(row).map((count) => count / seconds);
  }

  /** How a row's counts are spread over the CPUs; undefined where that is not known. */
  spreadOf(row: number): SpreadRates | undefined {
    const known = this.spreads.get(row);
    if (known !== undefined) return known;
    const seconds = this.secondsOf(row);
    if (seconds === undefined || this.widths[row]! <= 1) {
      if (row < this.hot.length) this.hot[row] = NO_CPU;
      return undefined;
    }
    const before = this.hot[row]!;
    const { max, p50, p99, hot } = spreadOf(this.countsOf(row), before === NO_CPU ? undefined : before);
    this.hot[row] = hot ?? NO_CPU;
    const hotCpu = hot === undefined ? undefined : this.layout?.cpus[hot];
    const spread = { max: max / seconds, p50: p50 / seconds, p99: p99 / seconds, hotCpu };
    this.spreads.set(row, spread);
    return spread;
  }

  /** On which CPUs a row's counts are hot, by their indexes: those on which it did clearly more than on the median CPU, as in spread.ts. */
  hotOn(row: number): number[] {
    const spread = this.spreadOf(row);
    if (spread?.hotCpu === undefined) return [];
    const { slots, columns } = this;
    const median = spread.p50 * this.seconds!;
    const found: number[] = [];
    for (let column = 1; column < columns; column++) {
      if (isHot(slots.totals[row * columns + column]!, median)) found.push(column - 1);
    }
    return found;
  }

  /**
   * How each row went until now: counters' rates and gauges' values, by the newest layout.
   * @param ms how far back
   * @param points at most
   */
  past(ms: number, points: number): PastPoints {
    const { begin } = this.slots;
    const open = this.at > begin ? { values: this.valuesOfSlot(), begin, end: this.at } : undefined;
    return this.history.since(this.at - ms, points, open);
  }

  private countsOf(row: number): Float64Array {
    const { columns } = this;
    return this.slots.totals.subarray(row * columns + 1, row * columns + this.widths[row]!);
  }

  /** How long the window is; undefined where the row has not counted all through it. */
  private secondsOf(row: number): number | undefined {
    const { window } = this.slots;
    const since = this.since[row];
    if (window === undefined || since === undefined || since > window.begin) return undefined;
    return (window.end - window.begin) / 1000;
  }

  private async count(snapshot: Snapshot, pacer: Pacer): Promise<void> {
    const { layout, words, states, report } = snapshot;
    const { clock } = report;
    const { since, widths, gauges } = this;
    let looked = 0;
    for (let row = 0; row < widths.length; row++) {
      const width = widths[row]!;
      if (width === 0) {
        gauges[row] = this.gaugeOf(snapshot, row);
        continue;
      }
      if (states[layout.itemOf[row]!] !== ITEM_OK) {
        since[row] = NEVER;
        continue;
      }
      if (since[row] === NEVER) {
        this.begin(row, width, words);
        since[row] = clock;
      } else if (!this.countRow(row, width, words)) since[row] = clock;
      looked += width;
      if (looked < VALUES_BETWEEN_LOOKS) continue;
      looked = 0;
      if (pacer.due()) await pacer.rest();
    }
  }

  /** What the open slot gave of each row until the newest sample: counters' rates and gauges' values. */
  private valuesOfSlot(): Float64Array {
    const { slots, since, tells, columns, slotValues, gauges, at } = this;
    const { begin, open } = slots;
    const seconds = (at - begin) / 1000;
    for (let row = 0; row < tells.length; row++) {
      if (tells[row] !== RATE) slotValues[row] = gauges[row]!;
      else slotValues[row] = since[row]! > begin ? NaN : open[row * columns + SUM_COLUMN]! / seconds;
    }
    return slotValues;
  }

  private gaugeOf({ layout, words, states }: Snapshot, row: number): number {
    if (states[layout.itemOf[row]!] !== ITEM_OK) return NaN;
    const word = wordOf(layout, row, SUM_COLUMN);
    const high = this.tells[row] === SIGNED ? words[word + 1]! | 0 : words[word + 1]!;
    return high * TWO_32 + words[word]!;
  }

  private begin(row: number, width: number, words: Uint32Array): void {
    const first = 2 * row * this.columns;
    for (let at = first; at < first + 2 * width; at++) this.words[at] = words[at]!;
  }

  /** Adds what each of a row's values grew by. False where one of them did not, but is smaller than it was, or somewhere else altogether. */
  private countRow(row: number, width: number, words: Uint32Array): boolean {
    const { columns, words: before } = this;
    const { open } = this.slots;
    const first = row * columns;
    let grew = true;
    for (let index = first; index < first + width; index++) {
      const at = 2 * index;
      const low = words[at]!;
      const high = words[at + 1]!;
      const step = counterStep(before[at]!, before[at + 1]!, low, high);
      if (step >= 0) open[index]! += step;
      else grew = false;
      before[at] = low;
      before[at + 1] = high;
    }
    return grew;
  }

  /** What is no longer the same counter begins anew. */
  private breakOff(origins: Origins): void {
    const before = this.origins;
    this.origins = origins;
    if (before === undefined) return;
    for (let row = 0; row < this.since.length; row++) if (!origins.isSame(row, before, row)) this.since[row] = NEVER;
  }

  /** Takes over what is known of the rows that are in another layout, too. */
  private follow(layout: SeriesLayout, origins: Origins, clock: number): void {
    const before = this.predecessor ?? this;
    const { layout: layoutBefore, origins: originsBefore, columns: columnsBefore } = before;
    const { slots, words, since, hot, history } = before;
    const columns = columnsOf(layout);
    const rows = layout.rows.length;
    const isSameWidth = columns === columnsBefore && layoutBefore !== undefined;
    const runs = isSameWidth ? runsOf(sameRows(layoutBefore, layout, this.predecessor !== undefined)) : [];
    this.at = before.at;
    this.predecessor = undefined;
    const { windowMs, intervalMs } = this.times;
    this.layout = layout;
    this.origins = origins;
    this.columns = columns;
    this.slots = new Slots(rows * columns, windowMs, intervalMs, clock);
    this.words = new Uint32Array(2 * rows * columns);
    this.since = new Float64Array(rows).fill(NEVER);
    this.hot = new Int32Array(rows).fill(NO_CPU);
    this.widths = widthsOf(layout);
    this.tells = tellsOf(layout);
    this.gauges = new Float64Array(rows).fill(NaN);
    this.slotValues = new Float64Array(rows);
    this.history = new History(rows, this.slots.slotMs);
    this.version++;
    this.spreads.clear();
    if (!isSameWidth || originsBefore === undefined) return;
    this.slots.resume(
      slots,
      runs.map(({ from, to, count }) => ({ from: from * columns, to: to * columns, count: count * columns })),
    );
    this.history.resume(history, runs);
    copyRuns(words, this.words, runs, 2 * columns);
    copyRuns(since, this.since, runs);
    copyRuns(hot, this.hot, runs);
    for (const { from, to, count } of runs) {
      for (let row = 0; row < count; row++) {
        if (!origins.isSame(to + row, originsBefore, from + row)) this.since[to + row] = NEVER;
      }
    }
  }
}

/** The rows that follow each other in both layouts together. */
function runsOf(same: readonly (number | undefined)[]): Run[] {
  const runs: { from: number; to: number; count: number }[] = [];
  same.forEach((from, to) => {
    if (from === undefined) return;
    const last = runs.at(-1);
    if (last !== undefined && last.from + last.count === from && last.to + last.count === to) last.count++;
    else runs.push({ from, to, count: 1 });
  });
  return runs;
}

function tellsOf(layout: SeriesLayout): Uint8Array {
  const tells = new Uint8Array(layout.rows.length);
  for (const { family, from, to } of layout.families) {
    for (let row = from; row < to; row++) {
      tells[row] = family.type === 'counter' ? RATE : isSigned(layout, row) ? SIGNED : UNSIGNED;
    }
  }
  return tells;
}

function widthsOf(layout: SeriesLayout): Uint16Array {
  const columns = columnsOf(layout);
  const widths = new Uint16Array(layout.rows.length);
  for (const { family, from, to } of layout.families) {
    if (family.type !== 'counter') continue;
    for (let row = from; row < to; row++) widths[row] = hasParts(layout, row) ? columns : 1;
  }
  return widths;
}
