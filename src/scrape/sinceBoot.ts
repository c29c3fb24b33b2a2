/**
 * Which rows have counted since the boot, as far as can be known: not those of a module, which may have been loaded later, nor in a jail
 * those of its vnet, and not those that were seen to go back, as after "netstat -z", be it from one config to the next. Where each CPU's part
 * is published, it is looked at as well: a sum may soon be more than it was. What was zeroed before the exporter started cannot be told from
 * what has counted little.
 */
import { hasPartSeries } from '../config/spread.js';
import type { Facts } from '../kernel/facts.js';
import { VNET_PREFIX, type SymbolOrigin } from '../kernel/symbols.js';
import { rowName, type Row, type SeriesLayout } from '../plan/layout.js';
import { instanceAt, type EntryResolution } from '../plan/resolution.js';
import { ITEM_OK } from '../snapshots/itemStates.js';
import { columnsOf, SUM_COLUMN, wordOf } from '../snapshots/values.js';

/** What is known of rows by name, whichever config they were read for: all who look share it. */
export class CountersSeen {
  /** Those that were seen to go back. */
  readonly zeroed = new Set<string>();
  /** Of the others the last sum, in two halves, the low one first: of rows that went, and of those whose place somebody else has taken. */
  readonly sums = new Map<string, readonly [low: number, high: number]>();
}

export class SinceBoot {
  private layout: SeriesLayout | undefined;
  private rows = new Uint8Array(0);
  /** How many rows were known to have gone back when these were last looked through. */
  private seen = 0;
  /**
   * For each row the sum of the last read that had one, in two halves, the low one first, then each CPU's part where these are published;
   * and for each row where its values begin, and at last where they end.
   */
  private values = new Uint32Array(0);
  private begins: Uint32Array = new Uint32Array(1);

  /**
   * @param facts of the kernel that is read
   * @param counters also of those that looked before and will look after this one
   * @param before whose place it takes: asked, and let go, when it looks for the first time
   */
  constructor(
    private readonly facts: Pick<Facts, 'isJailed'>,
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
    const { rows, values, begins } = this;
    for (let row = 0; row < rows.length; row++) {
      const item = layout.itemOf[row]!;
      // Once it is known not to have counted since then, it is not looked at any more.
      if (rows[row] === 0 || states[item] !== ITEM_OK) continue;
      const { entry } = layout.items[item]!;
      // Elements of lists, and the vnets of jails, come when they come.
      if (layout.follows[entry] !== undefined) rows[row] = 0;
      else if (!this.isOfBoot(instanceAt(resolutions, layout.items[item]!)?.origin)) rows[row] = 0;
      else if (keep(values, begins[row]!, begins[row + 1]!, words, wordOf(layout, row, SUM_COLUMN))) {
        rows[row] = 0;
        this.counters.zeroed.add(rowName(layout, row));
      }
    }
    return rows;
  }

  /** False of what a module or a jail has brought. */
  private isOfBoot(origin: SymbolOrigin | undefined): boolean {
    return origin?.inModule === false && !(this.facts.isJailed && origin.name.startsWith(VNET_PREFIX));
  }

  /**
   * Leaves its sums to who comes after it.
   * @param but rows that stay
   */
  private leaveSums(but?: ReadonlySet<Row>): void {
    const { layout, rows, values, begins, counters } = this;
    layout?.rows.forEach((one, row) => {
      if (but?.has(one) === true) return;
      const at = begins[row]!;
      const low = values[at]!;
      const high = values[at + 1]!;
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
    // A row may come back as another one, as where the kernel's types are told otherwise.
    this.leaveSums(new Set(layout.rows));
    const before = new Map<Row, number>(this.layout?.rows.map((row, index) => [row, index]));
    const { rows: rowsBefore, values: valuesBefore, begins: beginsBefore } = this;
    this.layout = layout;
    this.rows = Uint8Array.from(layout.rows, (row) => rowsBefore[before.get(row) ?? -1] ?? 1);
    const begins = beginsOf(layout);
    this.begins = begins;
    this.values = new Uint32Array(begins.at(-1)!);
    layout.rows.forEach((row, index) => {
      const begin = begins[index]!;
      const known = before.get(row);
      const kept =
        known === undefined
          ? this.counters.sums.get(rowName(layout, index))
          : valuesBefore.subarray(beginsBefore[known], beginsBefore[known + 1]).subarray(0, begins[index + 1]! - begin);
      if (kept !== undefined) this.values.set(kept, begin);
    });
    this.refuseZeroed(layout);
  }
}

/** Keeps in `values`, from `begin` to `end`, what `words` has from `from` on. True where some of it is less than it was. */
function keep(values: Uint32Array, begin: number, end: number, words: Uint32Array, from: number): boolean {
  let isLess = false;
  for (let at = begin, word = from; at < end; at += 2, word += 2) {
    const low = words[word]!;
    const high = words[word + 1]!;
    const lastHigh = values[at + 1]!;
    if (high === lastHigh) {
      if (low < values[at]!) isLess = true;
    } else {
      if (high < lastHigh) isLess = true;
      values[at + 1] = high;
    }
    values[at] = low;
  }
  return isLess;
}

/** For each row where its values begin if each has two halves, and those follow each other; and at last where they end. */
function beginsOf(layout: SeriesLayout): Uint32Array {
  const begins = new Uint32Array(layout.rows.length + 1);
  for (const { family, from, to, partsTo } of layout.families) {
    for (let row = from; row < to; row++) {
      const hasParts = row < partsTo && family.type === 'counter' && hasPartSeries(family);
      begins[row + 1] = begins[row]! + (hasParts ? 2 * columnsOf(layout) : 2);
    }
  }
  return begins;
}
