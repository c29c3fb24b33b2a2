/** What is known of the rows of one layout: their values now, what they did since the read before, and what they did in the last minutes. */
import type { LayoutMessage, TickMessage } from '../live/messages.js';
import { step } from './steps.js';

/** Reads that are remembered: two minutes of one a second. */
export const REMEMBERED = 120;
/** Intervals after which reads are too far apart to say what happened between them: at least one was missed. */
const MISSED = 2.5;
/** Reads over which movement is looked at for order and filter, so that rows do not come and go with each event. */
const RECENT = 10;

/** What each CPU has and did, in the order of LayoutMessage.cpus. */
export interface Parts {
  readonly values: readonly bigint[];
  /** For counters per second, for gauges since the read before; undefined where that is not known. */
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
  /** The value of each row; a text where it was not read, which says why. */
  private values: readonly (bigint | string)[] = [];
  private moves: readonly (number | undefined)[] = [];
  private skews: readonly (number | undefined)[] = [];
  private readonly parts = new Map<number, PartsRead>();
  /** A ring of REMEMBERED columns for each row: what a counter did per second, a gauge's value, NaN where that is not known. */
  private readonly ring: Float32Array;
  /** The sequence of the read before the newest one, where the two can be compared. */
  private compared: number | undefined;
  private seconds = 0;
  /** Columns of the ring that are written, and the next one. */
  private written = 0;

  constructor(readonly layout: LayoutMessage) {
    this.isCounter = layout.rows.map(({ family }) => layout.families[family]?.type === 'counter');
    this.ring = new Float32Array(layout.rows.length * REMEMBERED).fill(NaN);
  }

  /** Takes in what a read gave. A read that is known already may bring parts that are not. */
  take(tick: TickMessage): void {
    if (this.tick?.sequence !== tick.sequence) this.takeSums(tick);
    this.takeParts(tick);
  }

  /** The newest value; a text where there is none, which says why; undefined before the first read. */
  value(row: number): bigint | string | undefined {
    return this.values[row];
  }

  isUp(row: number): boolean {
    return typeof this.values[row] !== 'string';
  }

  /** For a counter per second, for a gauge since the read before; undefined where that is not known. */
  move(row: number): number | undefined {
    return this.moves[row];
  }

  /** How much more the busiest CPU did than the average one; undefined where too little moved to tell. */
  skew(row: number): number | undefined {
    return this.skews[row];
  }

  /** Of the newest read; undefined where the row was not asked for, or not read. */
  partsOf(row: number): Parts | undefined {
    const found = this.parts.get(row);
    return found?.sequence === this.tick?.sequence ? found?.parts : undefined;
  }

  /** From the oldest to the newest, each at its place from the right; NaN is a gap. */
  history(row: number): Float32Array {
    const history = new Float32Array(REMEMBERED);
    const start = row * REMEMBERED;
    const oldest = this.written % REMEMBERED;
    history.set(this.ring.subarray(start + oldest, start + REMEMBERED));
    history.set(this.ring.subarray(start, start + oldest), REMEMBERED - oldest);
    return history;
  }

  /** What a row did lately: by its mean for a counter, by the distance it went for a gauge. 0 where it did not move. */
  recent(row: number): number {
    let sum = 0;
    let count = 0;
    let before = NaN;
    for (let back = RECENT; back > 0; back--) {
      const value = this.ring[row * REMEMBERED + ((this.written - back + REMEMBERED) % REMEMBERED)]!;
      const moved = this.isCounter[row] === true ? value : Math.abs(value - before);
      before = value;
      if (Number.isNaN(moved)) continue;
      sum += moved;
      count++;
    }
    return count === 0 ? 0 : sum / count;
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
    this.skews = tick.skews.split(' ').map((text) => (text === '-' || !isNext ? undefined : Number(text)));
    if (!isNext && before !== undefined) this.write(() => NaN);
    this.write((row) => {
      if (this.isCounter[row] === true) return this.moves[row] ?? NaN;
      const value = values[row];
      return typeof value === 'bigint' ? Number(value) : NaN;
    });
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
    // What is no longer asked for is no longer of use.
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
    const column = this.written++ % REMEMBERED;
    for (let row = 0; row < this.layout.rows.length; row++) this.ring[row * REMEMBERED + column] = valueOf(row);
  }
}
