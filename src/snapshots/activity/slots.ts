/**
 * What was counted in the last window, for many values at once: in slots, of which the oldest is let go of as a new one is closed. Increments are
 * whole numbers of single precision, whose sums double precision holds exactly: nothing of what has left the window stays behind.
 */

/** Bytes that all slots together may take. Where there are too many values for that, slots are longer. */
const MOST_BYTES = 24 << 20;
/** A window of fewer slots would jump. */
const FEWEST = 4;

/** A slot that is closed. Times are in milliseconds. */
interface Closed {
  readonly counted: Float32Array;
  readonly begin: number;
  readonly end: number;
}

/** From where to where what is known of values is taken over: `count` of them, from `from` on to `to` on. */
export interface Run {
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

export class Slots {
  /** What each value counted in the window. */
  totals: Float64Array;
  /** What was counted since the last slot was closed. */
  open: Float32Array;
  /** Milliseconds of a slot, at least. */
  readonly slotMs: number;
  private closed: Closed[] = [];
  private spare: Float32Array | undefined;

  /**
   * @param values how many
   * @param windowMs of the window, at least: it ends with the last slot
   * @param intervalMs between samples
   * @param openedAt when the first slot begins
   */
  constructor(
    private readonly values: number,
    private readonly windowMs: number,
    intervalMs: number,
    private openedAt: number,
  ) {
    this.totals = new Float64Array(values);
    this.open = new Float32Array(values);
    const most = Math.max(FEWEST, Math.floor(MOST_BYTES / Float32Array.BYTES_PER_ELEMENT / Math.max(1, values)) - 1);
    this.slotMs = Math.max(intervalMs, windowMs / most);
  }

  /** When the window began and ended; undefined until it is full. */
  get window(): { readonly begin: number; readonly end: number } | undefined {
    const first = this.closed[0];
    const last = this.closed.at(-1);
    if (first === undefined || last === undefined || last.end - first.begin < this.windowMs) return undefined;
    return { begin: first.begin, end: last.end };
  }

  /** When the slot began that is open, which is when the last one was closed. */
  get begin(): number {
    return this.openedAt;
  }

  isDue(now: number): boolean {
    // A timer may be early by a little.
    return now - this.openedAt >= 0.9 * this.slotMs;
  }

  /** Closes the slot; the next one begins. */
  close(now: number): void {
    const { totals, open, closed } = this;
    closed.push({ counted: open, begin: this.openedAt, end: now });
    this.openedAt = now;
    let added: Float32Array | undefined = open;
    while (closed.length > 1 && now - closed[1]!.begin >= this.windowMs) {
      const { counted } = closed.shift()!;
      if (added === undefined) subtract(totals, counted);
      else exchange(totals, counted, added);
      added = undefined;
      this.spare = counted;
    }
    if (added !== undefined) add(totals, added);
    this.open = this.spare?.fill(0) ?? new Float32Array(this.values);
    this.spare = undefined;
  }

  /** Takes over what is known of values that are in both; `before` is used no more. */
  resume(before: Slots, runs: readonly Run[]): void {
    this.openedAt = before.openedAt;
    copyRuns(before.open, this.open, runs);
    copyRuns(before.totals, this.totals, runs);
    this.closed = before.closed.map(({ counted, begin, end }) => {
      const own = new Float32Array(this.values);
      copyRuns(counted, own, runs);
      return { counted: own, begin, end };
    });
  }
}

function add(totals: Float64Array, counted: Float32Array): void {
  for (let index = 0; index < totals.length; index++) totals[index]! += counted[index]!;
}

function subtract(totals: Float64Array, counted: Float32Array): void {
  for (let index = 0; index < totals.length; index++) totals[index]! -= counted[index]!;
}

/** Both at once, as for nearly every slot: of a million values, going over the totals is what takes the time. */
function exchange(totals: Float64Array, left: Float32Array, came: Float32Array): void {
  for (let index = 0; index < totals.length; index++) totals[index]! += came[index]! - left[index]!;
}

/** Copies what the runs say. */
export function copyRuns<T extends Float32Array | Float64Array | Uint32Array | Int32Array>(
  from: T,
  into: T,
  runs: readonly Run[],
  width = 1,
): void {
  for (const { from: start, to, count } of runs) {
    into.set(from.subarray(start * width, (start + count) * width), to * width);
  }
}
