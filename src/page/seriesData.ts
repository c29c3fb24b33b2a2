/** What is known of the rows of one layout: their values, by how much each changed since the read before, and how it went before. */
import type { LayoutMessage, TickMessage } from '../live/messages.js';
import { Past } from './past.js';
import { step } from './steps.js';

/** Two reads that are this many intervals apart are not compared: at least one read between them was missed. */
const MISSED = 2.5;
/** Sorting and the filter look at the movement over so many reads, so that rows do not come and go with each event. */
const RECENT = 10;

/** What each CPU has and did, in the order of LayoutMessage.cpus. */
export interface Parts {
  readonly values: readonly bigint[];
  /** A counter's rates per second, or a gauge's changes since the read before; undefined where they are not known. */
  readonly moves: readonly (number | undefined)[] | undefined;
}

interface PartsRead {
  readonly sequence: number;
  readonly values: readonly bigint[];
  readonly parts: Parts;
}

export class SeriesData {
  /** The newest tick. */
  tick: TickMessage | undefined;
  private readonly isCounter: readonly boolean[];
  /** The value of each row; where it was not read, a text that says why. */
  private values: readonly (bigint | string | undefined)[] = [];
  private moves: readonly (number | undefined)[] = [];
  private skews: readonly (number | undefined)[] = [];
  /** True while the exporter may know of rows what the page has not seen. */
  lacksPast = true;
  /** How the rows went until the newest tick. */
  readonly past: Past;
  private readonly parts = new Map<number, PartsRead>();
  /** A ring of RECENT columns for each row: a counter's rate per second or a gauge's value, NaN where it is not known. */
  private readonly ring: Float32Array;
  /** The sequence of the read that the newest one is compared with; undefined where it cannot be compared. */
  private compared: number | undefined;
  /** From the read that the newest one is compared with to the newest. */
  seconds = 0;
  /** How many columns of the ring were written so far; modulo RECENT, the column that is written next. */
  private written = 0;

  constructor(readonly layout: LayoutMessage) {
    this.isCounter = layout.rows.map(({ family }) => layout.families[family]?.type === 'counter');
    this.ring = new Float32Array(layout.rows.length * RECENT).fill(NaN);
    this.past = new Past(layout.rows.length);
  }

  /**
   * Goes on with the rows that were in the layout before, too.
   * @param from as sameRows() gives it
   */
  goOn(before: SeriesData, from: readonly (number | undefined)[]): void {
    const moved = <T>(values: readonly T[]): (T | undefined)[] =>
      from.map((row) => (row === undefined ? undefined : values[row]));
    this.tick = before.tick;
    this.compared = before.compared;
    this.seconds = before.seconds;
    this.written = before.written;
    this.values = moved(before.values);
    this.moves = moved(before.moves);
    this.skews = moved(before.skews);
    this.lacksPast = before.lacksPast || from.includes(undefined);
    this.past.goOn(before.past, from);
    const isOfSameCpus = String(this.layout.cpus) === String(before.layout.cpus);
    from.forEach((was, row) => {
      if (was === undefined) return;
      this.ring.set(before.ring.subarray(was * RECENT, (was + 1) * RECENT), row * RECENT);
      const parts = isOfSameCpus ? before.parts.get(was) : undefined;
      if (parts !== undefined) this.parts.set(row, parts);
    });
  }

  /** Takes in what a read gave. The same read may come again, with the parts of other rows. */
  take(tick: TickMessage): void {
    if (this.isNew(tick)) this.takeSums(tick);
    this.takeParts(tick);
  }

  /** False where a tick is of the read that is known. */
  isNew({ sequence, clock }: TickMessage): boolean {
    return this.tick?.sequence !== sequence || this.tick.clock !== clock;
  }

  /** The newest value; where it was not read, a text that says why; undefined before the first read. */
  value(row: number): bigint | string | undefined {
    return this.values[row];
  }

  isUp(row: number): boolean {
    return typeof this.values[row] !== 'string';
  }

  /** A counter's rate per second, or a gauge's change since the read before; undefined where that is not known. */
  move(row: number): number | undefined {
    return this.moves[row];
  }

  /** How many times as much the busiest CPU did as the average one; undefined where too little moved to tell. */
  skew(row: number): number | undefined {
    return this.skews[row];
  }

  /** What each CPU has and did, by the newest read; undefined where the row was not asked for, or not read. */
  partsOf(row: number): Parts | undefined {
    const found = this.parts.get(row);
    return found?.sequence === this.tick?.sequence ? found?.parts : undefined;
  }

  /** True where the newest tick is compared with the one before, so that rates are known. */
  get isCompared(): boolean {
    return this.compared !== undefined;
  }

  /** How much a row moved lately: a counter's mean rate, or by how much a gauge changed from read to read, up or down. 0 where it did not move. */
  recent(row: number): number {
    let sum = 0;
    let count = 0;
    let before = NaN;
    for (let back = RECENT; back > 0; back--) {
      const value = this.ring[row * RECENT + ((this.written - back + RECENT) % RECENT)]!;
      const moved = this.isCounter[row] === true ? value : Math.abs(value - before);
      before = value;
      if (Number.isNaN(moved)) continue;
      sum += moved;
      count++;
    }
    if (count > 0 || this.isCounter[row] !== true) return count === 0 ? 0 : sum / count;
    // The page has not yet seen two reads, but the exporter may have.
    const { past } = this;
    return past.mean(row, past.at - RECENT * this.layout.interval, past.at)?.value ?? 0;
  }

  private takeSums(tick: TickMessage): void {
    const before = this.tick;
    const seconds = before === undefined ? 0 : (tick.clock - before.clock) / 1000;
    const isLater = before !== undefined && tick.sequence > before.sequence;
    const isNext = isLater && seconds > 0 && 1000 * seconds < MISSED * this.layout.interval;
    const values = tick.sums.split(' ').map((text) => (/^-?\d+$/.test(text) ? BigInt(text) : text));
    this.moves = values.map((value, row) => {
      const last = this.values[row];
      if (!isNext || typeof value !== 'bigint' || typeof last !== 'bigint') return undefined;
      return this.moveOf(row, last, value, seconds);
    });
    this.values = values;
    this.skews = tick.skews.split(' ').map((text) => (text === '-' ? undefined : Number(text)));
    const valueOf = (row: number): number => {
      if (this.isCounter[row] === true) return this.moves[row] ?? NaN;
      const value = values[row];
      return typeof value === 'bigint' ? Number(value) : NaN;
    };
    if (!isNext && before !== undefined) this.write(() => NaN);
    this.write(valueOf);
    // By another exporter's clock, nothing that was before has its place.
    if (before !== undefined && (!isLater || seconds <= 0)) this.past.clear();
    const began = tick.clock - this.layout.interval;
    if (!isNext) {
      this.past.breakOff(began);
      this.lacksPast = true;
    }
    this.past.take(isNext ? before.clock : began, tick.clock, valueOf);
    this.compared = isNext ? before.sequence : undefined;
    this.seconds = seconds;
    this.tick = tick;
  }

  private takeParts({ sequence, parts }: TickMessage): void {
    for (const [key, text] of Object.entries(parts)) {
      const row = Number(key);
      const before = this.parts.get(row);
      if (before?.sequence === sequence) continue;
      const values = text.split(' ').map(BigInt);
      const isNext = before !== undefined && before.sequence === this.compared;
      const moves = isNext
        ? values.map((value, cpu) => this.moveOf(row, before.values[cpu] ?? value, value, this.seconds))
        : undefined;
      this.parts.set(row, { sequence, values, parts: { values, moves } });
    }
    // The parts of rows that are no longer asked for are forgotten.
    for (const [row, read] of this.parts) {
      if (read.sequence !== sequence && read.sequence !== this.compared) this.parts.delete(row);
    }
  }

  private moveOf(row: number, before: bigint, now: bigint, seconds: number): number | undefined {
    const isCounter = this.isCounter[row] === true;
    const moved = step(before, now, isCounter);
    return moved === undefined || !isCounter ? moved : moved / seconds;
  }

  private write(valueOf: (row: number) => number): void {
    const column = this.written++ % RECENT;
    for (let row = 0; row < this.layout.rows.length; row++) this.ring[row * RECENT + column] = valueOf(row);
  }
}
