/**
 * Which rows have counted since the boot, as far as can be known: not those of a module, which may have been loaded later, and not those
 * that were seen to go back, as after "netstat -z", be it from one config to the next. What was zeroed before the exporter started cannot be
 * told from what has counted little.
 */
import { rowName, type Row, type SeriesLayout } from '../plan/layout.js';
import { instanceAt, type EntryResolution } from '../plan/resolution.js';
import { ITEM_OK } from '../snapshots/itemStates.js';
import { SUM_COLUMN, wordOf } from '../snapshots/values.js';

/** What is known of rows by name, whichever config they were read for: all who look share it. */
export class CountersSeen {
  /** Those that were seen to go back. */
  readonly zeroed = new Set<string>();
  /** Of the others the last sum, in two halves, the low one first: what those had of it whose place somebody else has taken. */
  readonly sums = new Map<string, readonly [low: number, high: number]>();
}

export class SinceBoot {
  private layout: SeriesLayout | undefined;
  private rows = new Uint8Array(0);
  /** How many rows were known to have gone back when these were last looked through. */
  private seen = 0;
  /** For each row the sum of the last read that had one, in two halves, the low one first. */
  private sums = new Uint32Array(0);

  /**
   * @param counters also of those that looked before and will look after this one
   * @param before whose place it takes: asked, and let go, when it looks for the first time
   */
  constructor(
    private readonly counters: CountersSeen,
    private before?: SinceBoot,
  ) {}

  /** Looks at the values of a read. Gives for each row 1 where it has counted since the boot, else 0; the next call overwrites that. */
  look(
    layout: SeriesLayout,
    resolutions: readonly EntryResolution[],
    words: Uint32Array,
    states: Uint8Array,
  ): Uint8Array {
    if (layout !== this.layout) this.follow(layout);
    else if (this.counters.zeroed.size !== this.seen) this.refuseZeroed(layout);
    const { rows, sums } = this;
    layout.itemOf.forEach((item, row) => {
      if (states[item] !== ITEM_OK) return;
      const word = wordOf(layout, row, SUM_COLUMN);
      const low = words[word]!;
      const high = words[word + 1]!;
      // Elements of lists, and the vnets of jails, come when they come.
      const { entry } = layout.items[item]!;
      if (layout.follows[entry] !== undefined) rows[row] = 0;
      else if (instanceAt(resolutions, layout.items[item]!)?.origin.inModule !== false) rows[row] = 0;
      else if (high < sums[2 * row + 1]! || (high === sums[2 * row + 1] && low < sums[2 * row]!)) {
        rows[row] = 0;
        this.counters.zeroed.add(rowName(layout, row));
      }
      sums[2 * row] = low;
      sums[2 * row + 1] = high;
    });
    return rows;
  }

  /** Leaves its sums to who takes its place. */
  private leaveSums(): void {
    const { layout, rows, sums, counters } = this;
    layout?.rows.forEach((_, row) => {
      const low = sums[2 * row]!;
      const high = sums[2 * row + 1]!;
      if (rows[row] === 1 && (low > 0 || high > 0)) counters.sums.set(rowName(layout, row), [low, high]);
    });
  }

  /** Others may have seen rows go back. */
  private refuseZeroed(layout: SeriesLayout): void {
    this.seen = this.counters.zeroed.size;
    layout.rows.forEach((_, row) => {
      if (this.counters.zeroed.has(rowName(layout, row))) this.rows[row] = 0;
    });
  }

  /** Takes over what is known of the rows that are in another layout, too. */
  private follow(layout: SeriesLayout): void {
    this.before?.leaveSums();
    this.before = undefined;
    const before = new Map<Row, number>(this.layout?.rows.map((row, index) => [row, index]));
    const { rows: rowsBefore, sums: sumsBefore } = this;
    this.layout = layout;
    this.rows = new Uint8Array(layout.rows.length);
    this.sums = new Uint32Array(2 * layout.rows.length);
    layout.rows.forEach((row, index) => {
      const known = before.get(row);
      this.rows[index] = known === undefined ? 1 : rowsBefore[known]!;
      const sum =
        known === undefined
          ? this.counters.sums.get(rowName(layout, index))
          : sumsBefore.subarray(2 * known, 2 * known + 2);
      if (sum !== undefined) this.sums.set(sum, 2 * index);
    });
    this.refuseZeroed(layout);
  }
}
