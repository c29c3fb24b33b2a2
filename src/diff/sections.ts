/** What a comparison is shown as: sections with a title, the one that matters most first, and rows of cells as wide as there is room for. */
import { isAmount } from '../live/units.js';
import { nameText, printable } from '../top/names.js';
import { changeText, digitsOf, percentText, rateText, short, valueText } from '../top/numbers.js';
import { labelSet } from '../exposition/syntax.js';
import type { Change, Comparison, CpuChange, Moved, OneSided, Told } from './compare.js';
import { decimalText, numberOf, type Decimal } from './decimal.js';

/** CPUs that a row names, of those that moved. */
const CPUS_NAMED = 3;

/** Room that numbers have; Infinity for all their digits. */
export interface Room {
  readonly value: number;
  readonly change: number;
  readonly rate: number;
}

export interface Row {
  /**
   * @param width that there is room for
   * @param prefix that names go without where there is no room for it
   */
  readonly name: (width: number, prefix?: string) => string;
  /** Below the titles, from the left. */
  readonly cells: readonly string[];
  /** What ends it, which goes to the next line where there is no room. */
  readonly end: string;
  /** Rows that explain it. */
  readonly below: readonly Row[];
}

export interface Section {
  readonly title: string;
  readonly heads: readonly string[];
  readonly endHead: string;
  /** How many there are. */
  readonly count: number;
  /** The first ones. */
  readonly rows: (count: number) => Row[];
}

const CHANGE_HEADS = ['A', 'B', 'CHANGE'];

export function sectionsOf(comparison: Comparison, room: Room, withCpus: boolean): Section[] {
  const { moved, wentBack, otherBeginning, otherBoot, cpuIds, onlyA, onlyB, incomparable } = comparison;
  const pairs = (title: string, all: readonly Told[]): Section =>
    section(title, ['A', 'B'], all, (row) => ({
      ...plainRow(row),
      cells: [row.a, row.b].map((value) => valueOf(value, room.value, row.unit)),
    }));
  const oneSided = (title: string, heads: readonly string[], all: readonly OneSided[]): Section =>
    section(title, heads, all, (row) => ({
      ...plainRow(row),
      cells: heads.map((_, index) => (index === heads.length - 1 ? valueOf(row.value, room.value, row.unit) : '')),
    }));
  const beginning =
    otherBoot === undefined
      ? 'Counters that do not count from the same moment on any more: not subtracted'
      : 'Counters, not subtracted';
  const all = [
    ...moved.map((rows) => movedSection(rows, room, withCpus)),
    pairs('Went back, zeroed in between or wrapped at 2^64: not subtracted', wentBack),
    pairs(beginning, otherBeginning),
    pairs('Ids of CPUs, which have no difference', cpuIds),
    oneSided('Only in A', ['A'], onlyA),
    oneSided('Only in B', ['A', 'B'], onlyB),
    section('Could not be compared', [], incomparable, (row) => ({ ...plainRow(row), end: printable(row.why) })),
  ];
  return all.filter(({ count }) => count > 0);
}

function movedSection(all: readonly Moved[], room: Room, withCpus: boolean): Section {
  const [first] = all;
  const isCounter = first?.kind === 'counter';
  const amount = first !== undefined && isAmount(first.unit) ? first.unit : undefined;
  const what = amount ?? (isCounter ? 'events' : undefined);
  const areRated = all.some(({ rate }) => rate !== undefined);
  const hasCpus = (isCounter || withCpus) && all.some(({ cpus }) => cpus.length > 0);
  const heads = areRated ? [...CHANGE_HEADS, 'PER SECOND'] : CHANGE_HEADS;
  const title = `${isCounter ? 'Counters' : 'Gauges'}${what === undefined ? '' : ` of ${what}`}`;
  const made = section(title, heads, all, (row) => {
    const { unit, rate, cpus } = row;
    const rates = areRated ? [rate === undefined ? '-' : rateOf(rate, room.rate, unit)] : [];
    return {
      ...plainRow(row),
      cells: [...changeCells(row, room, unit), ...rates],
      end: isCounter && !withCpus ? cpusText(cpus) : '',
      below: withCpus ? cpus.map((part) => cpuRow(part, room, unit, areRated)) : [],
    };
  });
  return { ...made, endHead: hasCpus ? (withCpus ? 'SHARE' : 'CPUS') : '' };
}

function cpuRow(part: CpuChange, room: Room, unit: string | undefined, areRated: boolean): Row {
  return {
    name: () => `  cpu ${part.cpu}`,
    cells: [...changeCells(part, room, unit), ...(areRated ? [''] : [])],
    end: part.share === undefined ? '' : percentText(part.share),
    below: [],
  };
}

function cpusText(cpus: Moved['cpus']): string {
  const named = cpus.slice(0, CPUS_NAMED).map(({ cpu, share = 0 }) => `cpu ${cpu} ${percentText(share)}`);
  const more = cpus.length - named.length;
  return [...named, ...(more > 0 ? [`${more} more`] : [])].join(', ');
}

function changeCells({ a, b, change }: Change, room: Room, unit: string | undefined): string[] {
  const sign = change.digits < 0n ? '' : '+';
  const text =
    change.places === 0
      ? changeText(change.digits, room.change, unit)
      : sign + valueOf(change, room.change - sign.length, unit);
  return [valueOf(a, room.value, unit), valueOf(b, room.value, unit), text];
}

function valueOf(value: Decimal, width: number, unit: string | undefined): string {
  if (value.places === 0) return valueText(value.digits, width, unit);
  const text = decimalText(value);
  return text.length <= width ? text : short(numberOf(value), unit);
}

function rateOf(rate: number, width: number, unit: string | undefined): string {
  return width === Infinity ? digitsOf(rate) : rateText(rate, width, unit);
}

function plainRow({ name, labels }: Pick<Told, 'name' | 'labels'>): Row {
  const text = name + labelSet(labels);
  return { name: (width, prefix) => nameText({ name, labels, text }, width, prefix), cells: [], end: '', below: [] };
}

function section<T>(title: string, heads: readonly string[], all: readonly T[], rowOf: (one: T) => Row): Section {
  return { title, heads, endHead: '', count: all.length, rows: (count) => all.slice(0, count).map(rowOf) };
}
