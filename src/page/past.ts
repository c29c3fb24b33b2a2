/**
 * How the rows of one layout went: what the exporter remembers from before the page was opened, and each read since. A column has some time, as
 * long as the window that is looked at wants it, and of each row a counter's rate per second or a gauge's value, NaN where it is not known.
 */
import type { PastHead } from '../live/messages.js';

/** Columns in a window. */
const POINTS = 120;
/** What a window is compared with is the one before: so many windows are kept. */
const WINDOWS = 2;

interface Column {
  /** By the clock of TickMessage. */
  readonly begin: number;
  readonly end: number;
  readonly values: ArrayLike<number>;
}

interface Open {
  readonly begin: number;
  end: number;
  readonly sums: Float64Array;
}

/** A line to draw. */
export interface Trend {
  /** Where each value is: 0 at the left, where the window begins, 1 at the right. */
  readonly x: readonly number[];
  readonly values: readonly number[];
}

export interface Mean {
  readonly value: number;
  /** The part of the time of which the value is known. */
  readonly known: number;
}

export class Past {
  /** When the newest read was, by the clock of TickMessage; -Infinity before the first. */
  at = -Infinity;
  private columns: Column[] = [];
  /** The column that is not yet full: values times milliseconds. */
  private open: Open | undefined;
  /** That column as it is shown. */
  private shown: Column | undefined;
  /** Milliseconds that are looked at. */
  windowMs = 300_000;

  /** @param rows how many */
  constructor(private readonly rows: number) {}

  /** Takes in what a read told of the time since the one before. */
  take(begin: number, end: number, valueOf: (row: number) => number): void {
    this.at = end;
    this.open ??= { begin, end: begin, sums: new Float64Array(this.rows) };
    const { open } = this;
    const ms = end - begin;
    for (let row = 0; row < this.rows; row++) open.sums[row]! += valueOf(row) * ms;
    open.end = end;
    if (end - open.begin + ms / 2 >= this.windowMs / POINTS) this.close();
    const oldest = end - WINDOWS * this.windowMs;
    const first = this.columns.findIndex(({ end }) => end > oldest);
    if (first > 0) this.columns.splice(0, first);
  }

  /** Nothing is known of the time until now, whatever was before. */
  breakOff(end: number): void {
    if (this.at === -Infinity || this.at >= end) return;
    this.close();
    this.columns.push({ begin: this.at, end, values: new Float32Array(this.rows).fill(NaN) });
    this.at = end;
  }

  /**
   * Goes on with the rows that were there before.
   * @param from of each row its number before; undefined where there was none
   */
  goOn(before: Past, from: readonly (number | undefined)[]): void {
    const fill = <T extends Float32Array | Float64Array>(to: T, values: ArrayLike<number>): T => {
      from.forEach((row, index) => {
        to[index] = row === undefined ? NaN : values[row]!;
      });
      return to;
    };
    this.at = before.at;
    this.windowMs = before.windowMs;
    this.columns = before.columns.map(({ begin, end, values }) => ({
      begin,
      end,
      values: fill(new Float32Array(this.rows), values),
    }));
    this.open = before.open && { ...before.open, sums: fill(new Float64Array(this.rows), before.open.sums) };
    this.shown = undefined;
  }

  clear(): void {
    this.columns = [];
    this.open = undefined;
    this.at = -Infinity;
  }

  /** Takes in what the exporter remembers. Of other time, what the page saw itself stays. */
  load({ begin, ends }: PastHead, values: Float32Array): void {
    if (this.open !== undefined) this.close();
    const last = ends.at(-1);
    if (last === undefined) return;
    const own = this.columns.filter(({ begin }) => begin > last - SAME);
    const earlier = this.columns.filter((column) => column.end < begin + SAME && !own.includes(column));
    const before = ends.flatMap((end, point) => {
      // What was read after the page was told to stand still.
      if (end > this.at + 1000) return [];
      const own = new Float32Array(this.rows);
      for (let row = 0; row < this.rows; row++) own[row] = values[row * ends.length + point]!;
      return { begin: ends[point - 1] ?? begin, end, values: own };
    });
    this.columns = [...earlier, ...before, ...own];
  }

  /** A row's line in the window that ends with the newest read. */
  trend(row: number): Trend {
    const start = this.at - this.windowMs;
    const x: number[] = [];
    const values: number[] = [];
    for (const { end, values: all } of this.all()) {
      if (end <= start) continue;
      x.push((end - start) / this.windowMs);
      values.push(all[row]!);
    }
    return { x, values };
  }

  /** A row's mean over some time; undefined where nothing of it is known. */
  mean(row: number, from: number, to: number): Mean | undefined {
    let sum = 0;
    let known = 0;
    for (const { begin, end, values } of this.all()) {
      const ms = Math.min(end, to) - Math.max(begin, from);
      const value = values[row]!;
      if (ms <= 0 || Number.isNaN(value)) continue;
      sum += value * ms;
      known += ms;
    }
    return known === 0 ? undefined : { value: sum / known, known: known / (to - from) };
  }

  /** True where a row is known of all the time from then until the newest read. */
  isWhole(row: number, from: number): boolean {
    let covered = from;
    for (const { begin, end, values } of this.all()) {
      if (end <= from) continue;
      if (Number.isNaN(values[row]!) || begin > covered + SLACK) return false;
      covered = end;
    }
    return covered > this.at - SLACK;
  }

  private *all(): Generator<Column> {
    yield* this.columns;
    if (this.open !== undefined) yield this.newest(this.open);
  }

  private newest({ begin, end, sums }: Open): Column {
    if (this.shown?.begin !== begin || this.shown.end !== end) {
      this.shown = { begin, end, values: Float32Array.from(sums, (sum) => sum / (end - begin)) };
    }
    return this.shown;
  }

  private close(): void {
    const { open } = this;
    this.open = undefined;
    if (open !== undefined && open.end > open.begin) this.columns.push(this.newest(open));
  }
}

/** What is asked for of the past, for windows of so many minutes. */
export function pastOf(minutes: number): { readonly seconds: number; readonly points: number } {
  return { seconds: 60 * WINDOWS * minutes, points: WINDOWS * POINTS };
}

/** Milliseconds by which the exporter's newest sample may be older than the read that the page was told of. */
const SAME = 500;
/** Milliseconds between what the exporter remembers and what the page saw, in which nothing is taken to have happened. */
const SLACK = 1500;

/** What a request for the past answers; undefined where it is cut off. */
export function readPast(bytes: ArrayBuffer): { head: PastHead; values: Float32Array } | undefined {
  if (bytes.byteLength < 4) return undefined;
  const length = new DataView(bytes).getUint32(0, true);
  if (4 + length > bytes.byteLength) return undefined;
  const head = JSON.parse(new TextDecoder().decode(new Uint8Array(bytes, 4, length))) as PastHead;
  return { head, values: new Float32Array(bytes, 4 + length) };
}
