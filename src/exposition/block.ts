/**
 * The lines of one published name, a family's sums or its per-CPU parts, which lie in a text buffer and are kept from one rendering to the
 * next. Where a value has as many digits as before, which is nearly always, only its digits are written.
 *
 *     x_per_cpu{state="a",cpu="0"} 1234\n     A line for each ending of each row that could be read:
 *     └──────── start ────────┘└──┘└──┘       line = row × endings.length + ending.
 *                            ending│   │
 *                        starts[line]  ends[line]
 *
 * shown[2 · line] and shown[2 · line + 1] are the halves of the value that the digits tell, tops[line] those of its digits that stand
 * before the last eight, as a number, or 0 where that is not known. A row that could not be read has its numbers of lines, but no bytes.
 */
import type { Label } from '../config/model.js';
import { hasPartSeries } from '../config/spread.js';
import type { Row, SeriesLayout } from '../plan/layout.js';
import { ITEM_OK } from '../snapshots/itemStates.js';
import type { Snapshot } from '../snapshots/snapshot.js';
import { columnsOf, isSigned, SUM_COLUMN, wordOf } from '../snapshots/values.js';
import {
  MAX_DECIMAL_BYTES,
  overwriteLastEight,
  overwriteUnsigned,
  SAFE_HIGH,
  TWO_32,
  writeSigned,
  writeUnsigned,
} from './decimal.js';
import type { Format, Head, RenderedFamily, Start } from './formats/format.js';
import { labelSet, openLabelSet } from './syntax.js';

/** Blocks that are worked on before the clock is looked at: one takes some microseconds. */
export const BLOCKS_BETWEEN_LOOKS = 16;
const NEWLINE = 0x0a;
const CPU_LABEL = 'cpu';
/** What a number is divided by to leave its last eight digits. */
const LAST_EIGHT = 100_000_000;

/** What is published under a family's name, and what under that of its per-CPU parts. */
type Which = 'sums' | 'parts';

/** A row of the snapshot as it is published here. */
interface BlockRow {
  readonly row: Row;
  readonly signed: boolean;
  /** Name and labels: for parts up to the value of the label `cpu`. */
  readonly start: Uint8Array;
}

/** What follows a row's start in its only line. */
const SUM_ENDINGS: readonly Uint8Array[] = [Buffer.from(' ')];
/** The same for the line of each CPU: its id, the end of the labels and a space. */
const cpuEndings = new WeakMap<readonly number[], readonly Uint8Array[]>();

export class Block implements RenderedFamily {
  private readonly headers = new Map<Format, Uint8Array>();
  private readonly rows: readonly BlockRow[];
  /** Indexes into SeriesLayout.families, and of the first of its rows into SeriesLayout.rows. */
  private family = 0;
  private firstRow = 0;
  private layout: SeriesLayout;
  /** The published name; a counter's ends in `_total`. */
  readonly name: string;
  /** What follows a row's start in each of its lines. */
  readonly endings: readonly Uint8Array[];
  /** Bytes of a line at most, with its newline. */
  readonly longestLine: number;
  version = 0;
  private text = new Uint8Array(0);
  private view = new DataView(this.text.buffer);
  /** For each line of `text` where its digits begin and end, and the value's two halves as they are written there. */
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
  private readonly shown: Uint32Array;
  /** For each line the digits before the last eight, as a number; 0 where that is not known. Mostly they stay as they are. */
  private readonly tops: Float64Array;
  /** Made for formats that need them. */
  private asDoubles: Float64Array | undefined;
  /** For each row whether its lines are in `text`; undefined before the first rendering. */
  private present: Uint8Array | undefined;

  private constructor(
    layout: SeriesLayout,
    familyIndex: number,
    private readonly which: Which,
    before?: ReadonlyMap<Row, BlockRow>,
  ) {
    const { family, from } = layout.families[familyIndex]!;
    const to = endOf(layout, familyIndex, which);
    this.layout = layout;
    this.name = which === 'sums' ? family.name : family.perCpuName;
    this.endings = which === 'sums' ? SUM_ENDINGS : endingsFor(layout.cpus);
    this.rows = layout.rows.slice(from, to).map((row, index) => {
      const known = before?.get(row);
      if (known !== undefined) return known;
      const labels = which === 'sums' ? labelSet(row.labels) : openLabelSet(row.labels, CPU_LABEL);
      return { row, signed: isSigned(layout, from + index), start: Buffer.from(this.name + labels) };
    });
    const longest = (some: readonly Uint8Array[]): number => some.reduce((most, one) => Math.max(most, one.length), 0);
    this.longestLine = longest(this.rows.map(({ start }) => start)) + longest(this.endings) + MAX_DECIMAL_BYTES + 1;
    const lines = this.rows.length * this.endings.length;
    this.starts = new Uint32Array(lines);
    this.ends = new Uint32Array(lines);
    this.shown = new Uint32Array(2 * lines);
    this.tops = new Float64Array(lines);
    this.follow(layout, familyIndex);
  }

  /**
   * The blocks of all families, in the order in which they are published.
   * @param before those of the layout before: they go on where their rows are still the same
   */
  static of(layout: SeriesLayout, before: readonly Block[] = []): Block[] {
    const known = new Map(before.map((block) => [block.name, block]));
    return layout.families.flatMap(({ family }, index) => {
      const names: [Which, string][] = [];
      if (family.cpu !== 'per_cpu') names.push(['sums', family.name]);
      if (hasPartSeries(family)) names.push(['parts', family.perCpuName]);
      return names.map(([which, name]) => {
        const block = known.get(name);
        if (block?.fits(layout, index, which) !== true) return new Block(layout, index, which, block?.knownRows(which));
        block.follow(layout, index);
        return block;
      });
    });
  }

  /** Index into SeriesLayout.families. */
  get familyIndex(): number {
    return this.family;
  }

  /** What stands before the lines. */
  header(format: Format): Uint8Array {
    let header = this.headers.get(format);
    if (header === undefined) {
      header = format.header(this.name, this.head);
      this.headers.set(format, header);
    }
    return header;
  }

  private fits(layout: SeriesLayout, familyIndex: number, which: Which): boolean {
    const { family, from } = layout.families[familyIndex]!;
    const to = endOf(layout, familyIndex, this.which);
    return (
      which === this.which &&
      family === this.layout.families[this.family]!.family &&
      layout.cpus === this.layout.cpus &&
      to - from === this.rows.length &&
      this.rows.every(({ row }, index) => row === layout.rows[from + index])
    );
  }

  /** Its rows, where another block of its name may have some of them. */
  private knownRows(which: Which): ReadonlyMap<Row, BlockRow> | undefined {
    return which === this.which ? new Map(this.rows.map((row) => [row.row, row])) : undefined;
  }

  /** The same rows lie elsewhere in this layout. */
  private follow(layout: SeriesLayout, familyIndex: number): void {
    this.layout = layout;
    this.family = familyIndex;
    this.firstRow = layout.families[familyIndex]!.from;
  }

  /** The lines of the values that could be read; empty where there are none, and before the first rendering. */
  get lines(): Uint8Array {
    return this.text;
  }

  /** Tells where the lines lie from now on; their bytes are the same. */
  moveTo(lines: Uint8Array<ArrayBuffer>): void {
    this.text = lines;
    this.view = new DataView(lines.buffer, lines.byteOffset, lines.length);
  }

  get head(): Head {
    return this.layout.families[this.family]!.family;
  }

  get rowCount(): number {
    return this.rows.length;
  }

  get columns(): number {
    return this.endings.length;
  }

  isShown(row: number): boolean {
    return this.present?.[row] === 1;
  }

  countsSince(row: number, { sinceBoot }: Start): boolean {
    return sinceBoot[this.firstRow + row] === 1;
  }

  labelsOf(row: number, column: number): readonly Label[] {
    const { labels } = this.rows[row]!.row;
    return this.which === 'sums' ? labels : [...labels, { name: CPU_LABEL, value: String(this.layout.cpus[column]) }];
  }

  doubles(): Float64Array {
    const { rows, columns, shown } = this;
    const doubles = (this.asDoubles ??= new Float64Array(this.starts.length));
    let line = 0;
    for (const { signed } of rows) {
      for (const end = line + columns; line < end; line++) {
        const high = shown[2 * line + 1]!;
        // One rounding only, to the nearest double, as that of a text's digits: the higher half by itself is exact.
        doubles[line] = (signed ? high | 0 : high) * TWO_32 + shown[2 * line]!;
      }
    }
    return doubles;
  }

  /** The rows whose lines are shown: the index of the first line, and what each line of the row begins with. */
  shownRows(): { readonly line: number; readonly start: Uint8Array }[] {
    return this.rows.flatMap(({ start }, index) =>
      this.isShown(index) ? [{ line: index * this.endings.length, start }] : [],
    );
  }

  /** Bytes that the lines of all rows take at most. */
  largestSize(): number {
    const endings = this.endings.reduce((sum, ending) => sum + ending.length + MAX_DECIMAL_BYTES + 1, 0);
    return this.rows.reduce((sum, { start }) => sum + start.length * this.endings.length + endings, 0);
  }

  /** Where the first row's first value here is, as an index into Snapshot.words. */
  private get firstWord(): number {
    return wordOf(this.layout, this.firstRow, this.which === 'sums' ? SUM_COLUMN : SUM_COLUMN + 1);
  }

  /** Writes the values that changed over the old ones; false where that cannot be done, and some may be written: then rewrite(). */
  update({ words, states }: Snapshot): boolean {
    const { view, starts, ends, shown, tops, present, firstRow } = this;
    if (present === undefined) return false;
    const { itemOf } = this.layout;
    const columns = this.endings.length;
    const wordsPerRow = 2 * columnsOf(this.layout);
    let word = this.firstWord;
    let line = 0;
    for (let index = 0; index < this.rows.length; index++, word += wordsPerRow) {
      const isPresent = states[itemOf[firstRow + index]!] === ITEM_OK ? 1 : 0;
      if (isPresent !== present[index]) return false;
      if (isPresent === 0) {
        line += columns;
        continue;
      }
      for (let at = word, end = word + 2 * columns; at < end; at += 2, line++) {
        const low = words[at]!;
        const high = words[at + 1]!;
        if (low === shown[2 * line] && high === shown[2 * line + 1]) continue;
        // A negative number's old and new digits may be as many, but that is rare enough to leave it to rewrite().
        if (high >= SAFE_HIGH) return false;
        const value = high * TWO_32 + low;
        const top = Math.floor(value / LAST_EIGHT);
        if (top !== 0 && top === tops[line]) overwriteLastEight(view, ends[line]!, value - top * LAST_EIGHT);
        else if (overwriteUnsigned(view, starts[line]!, ends[line]!, low, high)) tops[line] = top;
        else return false;
        shown[2 * line] = low;
        shown[2 * line + 1] = high;
      }
    }
    return true;
  }

  /** Writes all lines to the beginning of `buffer`, of at least largestSize() bytes; returns where they end. They are to be moved from there. */
  rewrite({ words, states }: Snapshot, buffer: Uint8Array<ArrayBuffer>): number {
    const { starts, ends, shown, tops, firstRow } = this;
    const { itemOf } = this.layout;
    const wordsPerRow = 2 * columnsOf(this.layout);
    const view = new DataView(buffer.buffer, buffer.byteOffset, buffer.length);
    const present = (this.present ??= new Uint8Array(this.rows.length));
    let word = this.firstWord;
    let at = 0;
    let line = 0;
    for (let index = 0; index < this.rows.length; index++, word += wordsPerRow) {
      const { signed, start } = this.rows[index]!;
      const isPresent = states[itemOf[firstRow + index]!] === ITEM_OK ? 1 : 0;
      if (isPresent !== present[index]) this.version++;
      present[index] = isPresent;
      if (isPresent === 0) {
        line += this.endings.length;
        continue;
      }
      let value = word;
      for (const ending of this.endings) {
        at = copy(start, buffer, at);
        at = copy(ending, buffer, at);
        const low = words[value]!;
        const high = words[value + 1]!;
        starts[line] = at;
        at = signed ? writeSigned(view, at, low, high) : writeUnsigned(view, at, low, high);
        ends[line] = at;
        shown[2 * line] = low;
        shown[2 * line + 1] = high;
        tops[line] = high < SAFE_HIGH ? Math.floor((high * TWO_32 + low) / LAST_EIGHT) : 0;
        buffer[at++] = NEWLINE;
        value += 2;
        line++;
      }
    }
    return at;
  }
}

function endingsFor(cpus: readonly number[]): readonly Uint8Array[] {
  let endings = cpuEndings.get(cpus);
  if (endings === undefined) {
    endings = cpus.map((id) => Buffer.from(`${id}"} `));
    cpuEndings.set(cpus, endings);
  }
  return endings;
}

/** For the few dozen bytes of a line a loop is faster than a call of TypedArray.set. */
function copy(from: Uint8Array, into: Uint8Array, at: number): number {
  for (let index = 0; index < from.length; index++) into[at + index] = from[index]!;
  return at + from.length;
}

/** The end of the rows that are published there. */
function endOf({ families }: SeriesLayout, index: number, which: Which): number {
  const { to, partsTo } = families[index]!;
  return which === 'sums' ? to : partsTo;
}
