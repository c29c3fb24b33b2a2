/** A comparison as text for a terminal, or for a file: what A and B are, then section by section, all under the same columns. */
import { isoText, spanText } from './times.js';
import type { About } from './about.js';
import type { Comparison } from './compare.js';
import { numberOf } from './decimal.js';
import { sectionsOf, type Room, type Row, type Section } from './sections.js';
import { clip, printable } from '../top/names.js';

export interface ReportOptions {
  /** Of the terminal; Infinity where nothing is to be cut. */
  readonly columns: number;
  /** That each section shows at most; undefined for as many as make about LINES in all. */
  readonly rows: number | undefined;
  /** A row for each CPU that moved. */
  readonly withCpus: boolean;
}

/** What a side is called, such as the file's name. */
export interface Sides {
  readonly a: string;
  readonly b: string;
}

/** Of a terminal that is not small. */
const LINES = 40;
/** The least that a section is worth. */
const FEWEST_ROWS = 3;
/** What is not in sections, at the end. */
const FOOT = 3;
/** Its title, the line that says how many more there are, and an empty one. */
const AROUND = 3;
/** From here on, as in top, values have room for all digits. */
const WIDE = 120;
const ALL_DIGITS: Room = { value: Infinity, change: Infinity, rate: Infinity };
const WIDE_ROOM: Room = { value: 20, change: 20, rate: 10 };
const NARROW_ROOM: Room = { value: 11, change: 11, rate: 10 };
/** Three CPUs with their shares, and how many more. */
const END = 46;
const LEAST_NAME = 20;
const INDENT = '    ';

export function reportText(comparison: Comparison, sides: Sides, options: ReportOptions): string {
  const { columns, withCpus } = options;
  const room = columns === Infinity ? ALL_DIGITS : columns < WIDE ? NARROW_ROOM : WIDE_ROOM;
  const sections = sectionsOf(comparison, room, withCpus);
  const head = headLines(comparison, sides);
  const shown = options.rows === undefined ? rowsFor(sections, head.length) : sections.map(() => options.rows ?? 0);
  const tables = sections.map((section, index) => ({ section, rows: section.rows(shown[index] ?? 0) }));
  const lines = [...head.flatMap((line) => wrapped(line, columns, '   '))];
  const widths = widthsOf(tables, columns);
  for (const table of tables) lines.push('', ...tableLines(table, widths, columns));
  lines.push('', ...footLines(comparison).flatMap((line) => wrapped(line, columns, '   ')));
  return `${lines.map((line) => line.trimEnd()).join('\n')}\n`;
}

/** For each section: a row more in turn, as long as there are lines. */
function rowsFor(sections: readonly Section[], headLines: number): number[] {
  const rows = sections.map(({ count }) => Math.min(count, FEWEST_ROWS));
  let left = LINES - headLines - FOOT - rows.reduce((sum, count) => sum + AROUND + count, 0);
  for (let isMore = true; isMore && left > 0;) {
    isMore = false;
    sections.forEach(({ count }, index) => {
      const shown = rows[index] ?? 0;
      if (left <= 0 || shown >= count) return;
      rows[index] = shown + 1;
      left--;
      isMore = true;
    });
  }
  return rows;
}

function headLines(comparison: Comparison, sides: Sides): string[] {
  const { aboutA, aboutB, seconds, otherBoot } = comparison;
  const between =
    seconds === undefined
      ? 'The time between them is not known: no rates.'
      : `${spanText(Math.abs(seconds))} from ${seconds < 0 ? 'B to A' : 'A to B'}.`;
  return [
    `A: ${aboutText(sides.a, aboutA)}`,
    `B: ${aboutText(sides.b, aboutB)}`,
    otherBoot === undefined ? between : `Counters are not subtracted: ${otherBoot}. ${between}`,
  ];
}

function aboutText(side: string, { kernel, bootTime, takenAt }: About): string {
  const { release = '', machine = '', kernel: origin = '' } = kernel ?? {};
  const parts = [
    printable(side),
    kernel === undefined
      ? 'of a kernel that is not told'
      : printable(`FreeBSD ${release} ${machine}${origin === 'live' ? '' : ` (${origin})`}`),
    ...(bootTime === undefined ? [] : [`booted ${isoText(numberOf(bootTime))}`]),
    ...(takenAt === undefined ? [] : [`read ${isoText(numberOf(takenAt))}`]),
  ];
  return parts.join(', ');
}

function footLines({ unmoved, leftOut }: Comparison): string[] {
  const left = "the exporter's own metrics, and rates, hot CPUs and peaks, which it works out itself";
  return [
    `${unmoved} ${unmoved === 1 ? 'series has' : 'series have'} the same value in both.`,
    ...(leftOut === 0 ? [] : [`${leftOut} left out: ${left}.`]),
  ];
}

interface Table {
  readonly section: Section;
  readonly rows: readonly Row[];
}

interface Widths {
  readonly name: number;
  /** That all names begin with, and go without where one has no room for it. */
  readonly prefix: string;
  readonly cells: readonly number[];
  /** False where what ends a row goes below it. */
  readonly isEndBeside: boolean;
}

/** The same for all tables. */
function widthsOf(tables: readonly Table[], columns: number): Widths {
  const cells: number[] = [];
  let end = 0;
  let longest = 0;
  const add = ({ name, cells: texts, end: ending, below }: Row): void => {
    longest = Math.max(longest, name(Infinity).length);
    texts.forEach((text, index) => {
      cells[index] = Math.max(cells[index] ?? 0, text.length);
    });
    // What is not below numbers does not go under their columns.
    if (texts.length > 0) end = Math.max(end, ending.length);
    below.forEach(add);
  };
  for (const { section, rows } of tables) {
    longest = Math.max(longest, section.title.length);
    section.heads.forEach((head, index) => {
      cells[index] = Math.max(cells[index] ?? 0, head.length);
    });
    rows.forEach(add);
  }
  const numbers = cells.reduce((sum, width) => sum + width + 2, 0);
  const beside = end === 0 ? 0 : Math.min(end, END) + 2;
  const isEndBeside = columns - numbers - beside >= Math.min(longest, 2 * LEAST_NAME);
  const name = Math.max(LEAST_NAME, Math.min(longest, columns - numbers - (isEndBeside ? beside : 0)));
  const prefix = name < longest ? prefixOf(tables.flatMap(({ rows }) => rows.map((row) => row.name(Infinity)))) : '';
  return { name, prefix, cells, isEndBeside };
}

/** Such as freebsd_, if all have it. */
function prefixOf(names: readonly string[]): string {
  const [prefix = ''] = /^[a-zA-Z]+_/.exec(names[0] ?? '') ?? [];
  return names.every((name) => name.startsWith(prefix)) ? prefix : '';
}

function tableLines({ section, rows }: Table, widths: Widths, columns: number): string[] {
  const { title, heads, endHead, count } = section;
  // A title may go over columns that its own table does not have.
  const free = widths.cells.slice(heads.length).reduce((sum, width) => sum + width + 2, widths.name);
  const isOver = heads.length === 0 && title.length <= free;
  const head = isOver
    ? [title]
    : title.length > widths.name
      ? [...wrapped(title, columns, ''), lineOf('', heads, widths, widths.isEndBeside ? endHead : '')]
      : [lineOf(title, heads, widths, widths.isEndBeside ? endHead : '')];
  const more = count - rows.length;
  return [
    ...head,
    ...rows.flatMap((row) => rowLines(row, widths, columns)),
    ...(more > 0 ? [`.. and ${more} more`] : []),
  ].map((line) => clip(line, columns));
}

function rowLines(row: Row, widths: Widths, columns: number): string[] {
  const { name, cells, end, below } = row;
  // Nothing but a reason stands beside it.
  if (cells.length === 0) return wrapped(`${name(Infinity)}: ${end}`, columns, INDENT);
  const line = lineOf(name(widths.name, widths.prefix), cells, widths, widths.isEndBeside ? end : '');
  const under = widths.isEndBeside || end === '' ? [] : wrapped(INDENT + end, columns, INDENT);
  return [line, ...under, ...below.flatMap((one) => rowLines(one, widths, columns))];
}

function lineOf(name: string, cells: readonly string[], widths: Widths, end: string): string {
  const numbers = widths.cells.map((width, index) => `  ${(cells[index] ?? '').padStart(width)}`).join('');
  return `${name.padEnd(widths.name)}${numbers}${end === '' ? '' : `  ${end}`}`.trimEnd();
}

/** Goes on in the next line where a word would not have room. */
function wrapped(text: string, columns: number, indent: string): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/(?<=\S)(?= )/)) {
    if (line !== '' && line.length + word.length > columns) {
      lines.push(line);
      line = indent + word.trimStart();
    } else line += word;
  }
  return [...lines, line];
}
