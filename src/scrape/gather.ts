/** Makes 64-bit values of the copies that were read: each CPU's part, and the sum over all CPU ids modulo 2^64. */
import type { ValueFormat } from '../config/valueFormats.js';
import type { SeriesLayout } from '../plan/layout.js';
import type { CopyTable } from './copyReader.js';
import type { Pacer } from '../snapshots/pacer.js';
import { GONE, ITEM_OK } from '../snapshots/itemStates.js';
import { SUM_COLUMN, wordOf } from '../snapshots/values.js';

const TWO_32 = 0x1_0000_0000;
/** Rows that are gathered before the clock is looked at. */
const BLOCK = 64;
/** No layout has as many rows, and no table as many bytes over it as doubles hold whole numbers. */
const MAX_ROWS = 2 ** 22;
/** The column of an id that is not shown. */
const NO_COLUMN = SUM_COLUMN;

/** How the rows of one table are gathered. */
interface Order {
  readonly table: CopyTable;
  /**
   * Of the rows of 64 bits that CPUs have copies of, as they lie in the table: their items, where the value of CPU id 0 is, how far apart they
   * are, and where the sum goes; all in words of 32 bits. Neighbours share the lines that the processor caches, on every CPU's page.
   */
  readonly words64: Readonly<Record<'items' | 'from' | 'steps' | 'to', Int32Array>>;
  /** The other rows. */
  readonly others: readonly number[];
}

export class Gatherer {
  /** For each CPU id its column in a row of the snapshot; column 0 is the sum's. */
  private readonly columns: Int32Array;
  private order: Order | undefined;

  constructor(
    private readonly layout: SeriesLayout,
    maxId: number,
  ) {
    this.columns = new Int32Array(maxId + 1).fill(NO_COLUMN);
    layout.cpus.forEach((id, index) => {
      this.columns[id] = index + 1;
    });
  }

  /**
   * Fills `words`, as Snapshot has them, for every row whose item is `ok`.
   * @param allParts as in SnapshotSource
   */
  async gather(table: CopyTable, words: Uint32Array, states: Uint8Array, pacer: Pacer, allParts = true): Promise<void> {
    const { arena } = table;
    if (this.order?.table !== table) this.order = this.orderOf(table);
    const { words64, others } = this.order;
    const view = new DataView(arena.buffer, arena.byteOffset, arena.byteLength);
    const halves = new Uint32Array(arena.buffer, arena.byteOffset, arena.byteLength >> 2);
    for (let first = 0; first < words64.items.length; first += BLOCK) {
      this.gatherBlock(words64, first, halves, words, states, allParts);
      if (pacer.due()) await pacer.rest();
    }
    for (let index = 0; index < others.length; index++) {
      this.gatherOther(others[index]!, table, view, words, states);
      if (index % BLOCK === 0 && pacer.due()) await pacer.rest();
    }
    this.add(view, table, words, states);
  }

  private orderOf(table: CopyTable): Order {
    const { rows, itemOf } = this.layout;
    const { bases, strides } = table;
    const others: number[] = [];
    const keys: number[] = [];
    rows.forEach(({ format, offset }, row) => {
      const item = itemOf[row]!;
      const isWord = format === 'u64' || format === 'i64';
      if (isWord && strides[item] !== 0) keys.push((bases[item]! + offset) * MAX_ROWS + row);
      else others.push(row);
    });
    const sorted = Int32Array.from(Float64Array.from(keys).sort(), (key) => key % MAX_ROWS);
    const items = sorted.map((row) => itemOf[row]!);
    const words64 = {
      items,
      from: sorted.map((row, index) => (bases[items[index]!]! + rows[row]!.offset) >> 2),
      steps: items.map((item) => strides[item]! >> 2),
      to: sorted.map((row) => wordOf(this.layout, row, SUM_COLUMN)),
    };
    return { table, words64, others };
  }

  private gatherBlock(
    { items, from, steps, to }: Order['words64'],
    first: number,
    halves: Uint32Array,
    words: Uint32Array,
    states: Uint8Array,
    allParts: boolean,
  ): void {
    const { columns } = this;
    const ids = columns.length;
    const end = Math.min(first + BLOCK, items.length);
    for (let index = first; index < end; index++) {
      const item = items[index]!;
      if (states[item] !== ITEM_OK) continue;
      const withParts = allParts || this.layout.items[item]!.perCpu;
      const step = steps[index]!;
      const into = to[index]!;
      let at = from[index]!;
      let sumLow = 0;
      let sumHigh = 0;
      for (let id = 0; id < ids; id++) {
        const low = halves[at]!;
        const high = halves[at + 1]!;
        const column = columns[id]!;
        sumLow += low;
        sumHigh += high;
        at += step;
        if (column === NO_COLUMN || !withParts) continue;
        words[into + 2 * column] = low;
        words[into + 2 * column + 1] = high;
      }
      writeSum(words, into, sumLow, sumHigh);
    }
  }

  private gatherOther(
    row: number,
    { bases, strides }: CopyTable,
    view: DataView,
    words: Uint32Array,
    states: Uint8Array,
  ): void {
    const item = this.layout.itemOf[row]!;
    if (states[item] !== ITEM_OK) return;
    const { offset, format } = this.layout.rows[row]!;
    const base = bases[item]! + offset;
    const stride = strides[item]!;
    const to = wordOf(this.layout, row, SUM_COLUMN);
    if (stride === 0) this.gatherOne(view, format, base, words, to);
    else this.gatherSmall(view, format, base, stride, words, to);
  }

  /** A value of no CPU: its sum alone. */
  private gatherOne(view: DataView, format: ValueFormat, base: number, words: Uint32Array, to: number): void {
    const [low, high] = loadHalves(view, base, format);
    words[to] = low;
    words[to + 1] = high;
  }

  /** Adds to each row what it is the sum of besides its own item, on each CPU and in all, and takes off what is taken off. */
  private add(view: DataView, { bases, strides }: CopyTable, words: Uint32Array, states: Uint8Array): void {
    const { itemOf, addends } = this.layout;
    for (const { row, item, offset, format, isTaken } of addends) {
      if (states[itemOf[row]!] !== ITEM_OK) continue;
      const base = bases[item]! + offset;
      const stride = strides[item]!;
      const sum = wordOf(this.layout, row, SUM_COLUMN);
      if (isTaken) {
        const [low, high] = loadHalves(view, base, format);
        // What is taken off was the sum of some moment before: a larger one is of a moment after the copies were read.
        if (isLess(words, sum, low, high)) states[itemOf[row]!] = GONE;
        else addTo(words, sum, ...negated(low, high));
        continue;
      }
      for (let id = 0; id < this.columns.length; id++) {
        const [low, high] = loadHalves(view, base + id * stride, format);
        addTo(words, sum, low, high);
        if (stride === 0) break;
        const column = this.columns[id]!;
        if (column !== NO_COLUMN) addTo(words, sum + 2 * column, low, high);
      }
    }
  }

  private gatherSmall(
    view: DataView,
    format: ValueFormat,
    base: number,
    stride: number,
    words: Uint32Array,
    to: number,
  ): void {
    let sumLow = 0;
    let sumHigh = 0;
    this.columns.forEach((column, id) => {
      const value = loadSmall(view, base + id * stride, format);
      const low = value >>> 0;
      const high = value < 0 ? 0xffff_ffff : 0;
      sumLow += low;
      sumHigh += high;
      if (column === NO_COLUMN) return;
      words[to + 2 * column] = low;
      words[to + 2 * column + 1] = high;
    });
    writeSum(words, to, sumLow, sumHigh);
  }
}

/** The sums of the halves are exact as doubles for more CPUs than any kernel has: 2^21 of them. */
function writeSum(words: Uint32Array, to: number, sumLow: number, sumHigh: number): void {
  words[to] = sumLow % TWO_32;
  words[to + 1] = (sumHigh + Math.floor(sumLow / TWO_32)) % TWO_32;
}

/** The two halves of a value, the low one first, its sign extended. */
function loadHalves(view: DataView, at: number, format: ValueFormat): [low: number, high: number] {
  if (format === 'u64' || format === 'i64') return [view.getUint32(at, true), view.getUint32(at + 4, true)];
  const value = loadSmall(view, at, format);
  return [value >>> 0, value < 0 ? 0xffff_ffff : 0];
}

/** Adds modulo 2^64. */
function addTo(words: Uint32Array, at: number, low: number, high: number): void {
  const sum = words[at]! + low;
  words[at] = sum % TWO_32;
  words[at + 1] = (words[at + 1]! + high + (sum >= TWO_32 ? 1 : 0)) % TWO_32;
}

function isLess(words: Uint32Array, at: number, low: number, high: number): boolean {
  return words[at + 1] === high ? words[at]! < low : words[at + 1]! < high;
}

/** Modulo 2^64. */
function negated(low: number, high: number): [low: number, high: number] {
  return [(TWO_32 - low) % TWO_32, (2 * TWO_32 - high - (low === 0 ? 0 : 1)) % TWO_32];
}

/** A value of less than 64 bits, or for `ptr` whether the pointer is set. */
function loadSmall(view: DataView, at: number, format: ValueFormat): number {
  switch (format) {
    case 'u8':
      return view.getUint8(at);
    case 'i8':
      return view.getInt8(at);
    case 'u16':
      return view.getUint16(at, true);
    case 'i16':
      return view.getInt16(at, true);
    case 'u32':
      return view.getUint32(at, true);
    case 'i32':
      return view.getInt32(at, true);
    case 'ptr':
      return view.getBigUint64(at, true) === 0n ? 0 : 1;
    case 'u64':
    case 'i64':
      throw new Error(`${format} is not a small format`);
  }
}
