/**
 * How each row went in the last two hours: a counter's rate and a gauge's value, step by step, NaN where that is not known. A step is one of the
 * activity's slots; where there are too many rows for that, it is the mean over several.
 */
import type { Run } from './slots.js';

/** An hour, and the one before, which it is compared with. */
const KEPT_MS = 7_200_000;
/** Bytes that all steps together may take. */
const MOST_BYTES = 16 << 20;
/** Steps that are kept, however many rows there are. */
const FEWEST = 4;

/** What is known of some time, in few points. Times are of the clock of ReadReport, in milliseconds. */
export interface PastPoints {
  /** When each point's time ended, ascending; each began when the one before ended. */
  readonly ends: readonly number[];
  /** When the first point's time began. */
  readonly begin: number;
  /** Of each row all points, one row after the other. */
  readonly values: Float32Array;
}

/** What a slot gave of each row. */
export interface OpenSlot {
  readonly values: Float64Array;
  readonly begin: number;
  readonly end: number;
}

/** Steps that become one: from this one up to but not including that one, the oldest being 0. */
type Group = readonly [from: number, to: number];

export class History {
  /** How many steps are kept. */
  readonly capacity: number;
  /** Milliseconds of a step, about. */
  readonly stepMs: number;
  /** A ring of `capacity` steps for each row. */
  private readonly ring: Float32Array;
  private readonly begins: Float64Array;
  private readonly ends: Float64Array;
  /** How many steps there are, and where the next one is written. */
  private count = 0;
  private next = 0;
  /** Of the step that is not yet full: each row's values times milliseconds; when it began, and how long it is. */
  private readonly pending: Float64Array;
  private pendingBegin = 0;
  private pendingMs = 0;

  /** @param slotMs from one append() to the next, about */
  constructor(
    private readonly rows: number,
    slotMs: number,
  ) {
    const most = Math.max(FEWEST, Math.floor(MOST_BYTES / Float32Array.BYTES_PER_ELEMENT / Math.max(1, rows)));
    // By halves, so that the steps stay the same where a few rows come or go.
    let steps = Math.ceil(KEPT_MS / slotMs);
    let stepMs = slotMs;
    while (steps > most) {
      stepMs *= 2;
      steps = Math.max(FEWEST, Math.ceil(KEPT_MS / stepMs));
    }
    this.capacity = steps;
    this.stepMs = stepMs;
    this.ring = new Float32Array(rows * steps).fill(NaN);
    this.begins = new Float64Array(steps);
    this.ends = new Float64Array(steps);
    this.pending = new Float64Array(rows);
  }

  /** Bytes that it takes, about. */
  get bytes(): number {
    return this.ring.byteLength + this.pending.byteLength;
  }

  /** Takes in what one slot gave of each row. */
  append(values: Float64Array, begin: number, end: number): void {
    const { rows, pending, ring, capacity } = this;
    const length = end - begin;
    if (this.pendingMs === 0) this.pendingBegin = begin;
    this.pendingMs += length;
    for (let row = 0; row < rows; row++) pending[row]! += values[row]! * length;
    if (this.pendingMs + length / 2 < this.stepMs) return;
    const column = this.next;
    for (let row = 0; row < rows; row++) ring[row * capacity + column] = pending[row]! / this.pendingMs;
    this.begins[column] = this.pendingBegin;
    this.ends[column] = end;
    this.next = (column + 1) % capacity;
    this.count = Math.min(capacity, this.count + 1);
    pending.fill(0);
    this.pendingMs = 0;
  }

  /** Takes over what is known of rows that are in both; `before` is used no more. */
  resume(before: History, runs: readonly Run[]): void {
    this.pendingBegin = before.pendingBegin;
    this.pendingMs = before.pendingMs;
    // Of a row that was not there before, nothing is known of the time until now.
    if (before.pendingMs > 0) this.pending.fill(NaN);
    for (const { from, to, count } of runs) this.pending.set(before.pending.subarray(from, from + count), to);
    if (before.capacity === this.capacity) {
      const { capacity } = this;
      this.begins.set(before.begins);
      this.ends.set(before.ends);
      this.count = before.count;
      this.next = before.next;
      for (const { from, to, count } of runs) {
        this.ring.set(before.ring.subarray(from * capacity, (from + count) * capacity), to * capacity);
      }
      return;
    }
    const groups = before.groups(0, before.count, this.capacity);
    groups.forEach(([from, to], column) => {
      this.begins[column] = before.begins[before.columnOf(from)]!;
      this.ends[column] = before.ends[before.columnOf(to - 1)]!;
    });
    this.count = groups.length;
    this.next = groups.length % this.capacity;
    for (const { from, to, count } of runs) {
      for (let row = 0; row < count; row++) {
        before.means(from + row, groups, this.ring, (to + row) * this.capacity);
      }
    }
  }

  /**
   * What is known from a time on.
   * @param most points at most
   * @param open what the slot gave so far that is not yet closed: the last point
   */
  since(clock: number, most: number, open?: OpenSlot): PastPoints {
    let first = this.count;
    while (first > 0 && this.ends[this.columnOf(first - 1)]! > clock) first--;
    const tail = this.tail(open);
    const groups = this.groups(first, this.count, tail === undefined ? most : Math.max(1, most - 1));
    const ends = groups.map(([, to]) => this.ends[this.columnOf(to - 1)]!);
    let begin = groups[0] === undefined ? clock : this.begins[this.columnOf(groups[0][0])]!;
    if (tail !== undefined) {
      if (ends.length === 0) ({ begin } = tail);
      ends.push(tail.end);
    }
    const points = ends.length;
    const values = new Float32Array(this.rows * points);
    for (let row = 0; row < this.rows; row++) {
      this.means(row, groups, values, row * points);
      if (tail !== undefined) values[(row + 1) * points - 1] = tail.values[row]!;
    }
    return { ends, begin, values };
  }

  /** What is known of the time after the last step; undefined where that is nothing. */
  private tail(open: OpenSlot | undefined): OpenSlot | undefined {
    if (open === undefined && this.pendingMs === 0) return undefined;
    const length = open === undefined ? 0 : open.end - open.begin;
    const all = this.pendingMs + length;
    const values = this.pending.map((pending, row) => (pending + (open?.values[row] ?? 0) * length) / all);
    const begin = this.pendingMs > 0 ? this.pendingBegin : open!.begin;
    return { values, begin, end: begin + all };
  }

  /** Where in the ring a step is. */
  private columnOf(step: number): number {
    return (this.next - this.count + step + this.capacity) % this.capacity;
  }

  /** Puts steps together so that there are no more than so many, all of them about as long. */
  private groups(from: number, to: number, most: number): Group[] {
    if (to - from <= most) return Array.from({ length: to - from }, (_, step) => [from + step, from + step + 1]);
    const each = (this.ends[this.columnOf(to - 1)]! - this.begins[this.columnOf(from)]!) / most;
    const groups: Group[] = [];
    // The newest is whole: it is looked at most.
    let end = to;
    while (end > from) {
      const until = this.ends[this.columnOf(end - 1)]! - each;
      let start = end - 1;
      while (start > from && this.begins[this.columnOf(start)]! > until) start--;
      groups.push([start, end]);
      end = start;
    }
    return groups.reverse().slice(-most);
  }

  /** Writes a row's mean over each group. */
  private means(row: number, groups: readonly Group[], into: Float32Array, at: number): void {
    const { ring, begins, ends, capacity } = this;
    const start = row * capacity;
    for (const [from, to] of groups) {
      let column = this.columnOf(from);
      if (to === from + 1) into[at++] = ring[start + column]!;
      else {
        let sum = 0;
        let all = 0;
        for (let step = from; step < to; step++) {
          const length = ends[column]! - begins[column]!;
          sum += ring[start + column]! * length;
          all += length;
          column = column + 1 === capacity ? 0 : column + 1;
        }
        into[at++] = sum / all;
      }
    }
  }
}
