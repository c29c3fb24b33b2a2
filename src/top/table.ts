/** The table of `top`: which columns there is room for, and a line for each series. */
import { clip, nameText, printable } from './names.js';
import { changeText, percentText, rateText, short, valueText, digitsOf } from './numbers.js';
import type { Frame, HotCpu, Series } from './series.js';
import type { Painter } from './painter.js';

/** Room from which on even the largest value is shown with all its digits. */
const WIDE = 120;
const VALUE = 13;
const WIDE_VALUE = 20;
const RATE = 10;
/** Of the longest of the packs. */
const UNIT = 11;
/** Of three digits and a letter. */
const NARROW_RATE = 6;
const CPU_ID = 4;
const SHARE = 4;
const HOT = CPU_ID + 1 + SHARE;
/** Of one CPU. */
const PART = 5;
/** Room that names have at least, beside a column for each CPU, and otherwise. */
const LEAST_NAME = 21;
const NAME = 32;

interface Column {
  readonly title: string;
  readonly width: number;
  /** @param width that there is room for */
  readonly text: (series: Series, width: number) => string;
  /** How it is painted. */
  readonly paint?: (series: Series, painter: Painter, text: string) => string;
}

export interface Table {
  readonly head: string;
  line(series: Series, painter: Painter): string;
}

export interface TableParts {
  readonly frame: Frame;
  readonly withCpus: boolean;
  /** As in About. */
  readonly prefix: string;
}

/** @param columns of the terminal; Infinity where nothing has to be cut */
export function tableFor({ frame, withCpus, prefix }: TableParts, columns: number): Table {
  const isWhole = columns === Infinity;
  const value: Column = {
    title: 'VALUE',
    width: isWhole || columns >= WIDE ? WIDE_VALUE : VALUE,
    text: ({ value: own, unit }, width) => (own === undefined ? '-' : valueText(own, width, unit)),
  };
  const rateOf = isWhole ? digitsOf : rateText;
  const rate: Column = {
    title: 'RATE/s',
    width: isWhole ? WIDE_VALUE : RATE,
    text: ({ type, unit, rate: own, change }, width) => {
      if (type === 'gauge') return change === undefined ? '-' : changeText(change, width, unit);
      return own === undefined ? '-' : rateOf(own, width, unit);
    },
  };
  const average: Column = {
    title: 'AVERAGE/s',
    width: rate.width,
    text: ({ type, unit, average: own }, width) =>
      type === 'gauge' ? '' : own === undefined ? '-' : rateOf(own, width, unit),
  };
  const hot: Column = {
    title: 'HOT CPU',
    width: HOT,
    text: (series) => hotText(series),
    paint: (_, painter, text) => painter.hot(text),
  };
  const unit: Column = { title: 'UNIT', width: UNIT, text: ({ unit: own = '' }) => own };
  const usual = [value, rate, average, ...(columns >= WIDE ? [unit] : []), hot];
  const { lead, cells } = withCpus ? withParts(frame, { usual, rate }, columns) : { lead: usual, cells: [] };
  const all = [...lead, ...cells];
  const room = columns - widthOf(all);
  const longest = (without?: string): number =>
    [...frame.series, ...frame.absent].reduce(
      (most, series) => Math.max(most, nameText(series, Infinity, without).length),
      4,
    );
  const whole = longest();
  // Where one name goes without it, all do.
  const without = whole <= room ? undefined : prefix;
  const nameWidth = Math.max(1, Math.min(without === undefined ? whole : longest(without), room));
  const head = ['NAME'.padEnd(nameWidth), ...all.map(({ title, width }) => title.padStart(width))].join(' ');
  return {
    head: clip(head, columns),
    line: (series, painter) => {
      const name = nameText(series, nameWidth, without).padEnd(nameWidth);
      if (series.reason !== undefined) {
        const text = clip(`${name} - ${printable(series.reason)}`, columns);
        return series.isOptional ? painter.dim(text) : painter.fault(text);
      }
      const texts = all.map((column) => {
        const text = column.text(series, column.width).padStart(column.width);
        return column.paint === undefined ? text : column.paint(series, painter, text);
      });
      const line = [name, ...texts].join(' ');
      // Less than a table's width: nobody can read it, but nothing may run over.
      return room < 1
        ? clip([name, ...all.map((c) => c.text(series, c.width).padStart(c.width))].join(' '), columns)
        : line;
    },
  };
}

/** A column for each CPU where all have room; else for each series the busiest ones, as many as have. */
function withParts(
  frame: Frame,
  { usual, rate }: { usual: readonly Column[]; rate: Column },
  columns: number,
): { lead: readonly Column[]; cells: readonly Column[] } {
  const { cpus } = frame;
  const cells = cpus.map((id, cpu): Column => ({
    title: id < 100 ? `cpu${id}` : String(id),
    width: PART,
    text: ({ parts, unit }) => partText(parts?.[cpu], unit),
    paint: ({ hot }, painter, text) => (hot?.id === id ? painter.hot(text) : text),
  }));
  if (NAME + widthOf([...usual, ...cells]) <= columns) return { lead: usual, cells };
  const narrow = { ...rate, width: NARROW_RATE };
  if (LEAST_NAME + widthOf([narrow, ...cells]) <= columns) return { lead: [narrow], cells };
  const idWidth = String(cpus.at(-1) ?? 0).length;
  const width = idWidth + 1 + PART;
  const lead = columns >= WIDE ? usual : [rate];
  const count = Math.max(1, Math.floor((columns - NAME - widthOf(lead)) / (width + 1)));
  const busiest = Array.from({ length: Math.min(count, cpus.length) }, (_, place): Column => ({
    title: place === 0 ? 'BUSIEST' : '',
    width,
    text: ({ parts, unit }) => {
      if (parts === undefined) return place === 0 ? '-' : '';
      const cpu = busiestOf(parts)[place];
      return cpu === undefined ? '' : `${cpus[cpu] ?? ''}:${partText(parts[cpu], unit).padStart(PART)}`;
    },
    paint: ({ hot, parts }, painter, text) => {
      const cpu = parts === undefined ? undefined : busiestOf(parts)[place];
      return hot !== undefined && cpu !== undefined && cpus[cpu] === hot.id ? painter.hot(text) : text;
    },
  }));
  return { lead, cells: busiest };
}

const orders = new WeakMap<Float64Array, readonly number[]>();

/** The CPUs that did something, by how much; in the order of their ids where that is the same. */
function busiestOf(parts: Float64Array): readonly number[] {
  let order = orders.get(parts);
  if (order === undefined) {
    order = [...parts.keys()]
      .filter((cpu) => parts[cpu] !== 0)
      .sort((a, b) => Math.abs(parts[b] ?? 0) - Math.abs(parts[a] ?? 0) || a - b);
    orders.set(parts, order);
  }
  return order;
}

function partText(part: number | undefined, unit: string | undefined): string {
  return part === undefined ? '-' : short(part, unit);
}

/** Nothing where no CPU is hot, which is not the same as where that is not known. */
function hotText({ type, hot, parts }: Series): string {
  if (hot !== undefined) return hotCpuText(hot);
  return type === 'gauge' || parts !== undefined ? '' : '-';
}

function hotCpuText({ id, share }: HotCpu): string {
  return `${String(id).padStart(CPU_ID)} ${percentText(share).padStart(SHARE)}`;
}

/** With the space in front of each. */
function widthOf(columns: readonly Column[]): number {
  return columns.reduce((sum, { width }) => sum + width + 1, 0);
}
