/** The screen of `top`: the lines that a view has on a terminal of some size. ASCII only, since a console may know nothing else. */
import { clip, printable } from './names.js';
import { timeText } from './numbers.js';
import { plain, type Painter } from './painter.js';
import { isMoving, type Frame } from './series.js';
import { tableFor } from './table.js';
import { chosen, type Size, type View } from './view.js';

const HELP = [
  'A line has the value of a series, what it counted per second since the read',
  'before, the same over the last reads, and the CPU that clearly did more than',
  'the others, with its share. A gauge has its change, with a sign, in the place of',
  'a rate. "-" is not known: at first, after a reset, and where the kernel could',
  'not be read, with the reason. Events are sorted apart from bytes and pages.',
  '',
  '  q, ^C   quit                ^Z  suspend             ^L  draw again',
  '  up, down, PgUp, PgDn, Home, End    scroll',
  '  s       sort by rate, name, value, skew (by how much the hot CPU does more)',
  '  r       the other way round',
  '  /       filter: words of names, labels, symbols; Enter keeps them, Esc not',
  '  c       what each CPU does; the busiest ones where not all have room',
  '  i       hide or show what does not move',
  '  space   hold what is shown, while the kernel goes on being read',
  '',
  'Any key goes back.',
];
const KEYS = 'q quit  s sort  r reverse  / filter  c CPUs  i idle  ? help';

/** Lines above the table's first, its head among them. */
function headOf(view: View, columns: number, painter: Painter): string[] {
  const { about, frame, isPaused, sort, isReversed, filter, withIdle } = view;
  const title = `kcounter_exporter top - ${printable(about.kernel)}`;
  const time = frame === undefined ? '' : clockText(frame.takenAt);
  const space = columns - title.length - time.length;
  const first = space > 0 ? title + ' '.repeat(space) + time : clip(title, columns);
  const words = [
    ...(isPaused ? ['ON HOLD'] : []),
    `every ${timeText(about.intervalMs)}`,
    `by ${sort}${isReversed ? ', reversed' : ''}`,
    ...(withIdle ? [] : ['without idle ones']),
    ...(filter === '' ? [] : [`with "${printable(filter)}"`]),
  ];
  if (frame === undefined) return [first, clip(words.join(', '), columns)];
  const faults = faultText(frame);
  return [
    first,
    clip(`${words.join(', ')}; ${spanText(frame)}`, columns),
    clip(countText(frame), columns),
    ...(faults === undefined ? [] : [painter.fault(clip(faults, columns))]),
  ];
}

/** Exactly as many lines as the terminal has, none of them longer than it is wide. */
export function screen(view: View, { columns, rows }: Size, painter: Painter): string[] {
  const { frame } = view;
  const head = headOf(view, columns, painter);
  const foot = view.filterBefore === undefined ? KEYS : `/${printable(view.filter)}_`;
  if (view.isHelp) return filled([...head, '', ...HELP.map((line) => clip(line, columns))], rows);
  if (frame === undefined) return filled([...head, '', clip('reading the kernel', columns)], rows);
  const table = tableFor({ ...view, frame, prefix: view.about.prefix }, columns);
  const all = chosen(frame, view);
  const room = Math.max(0, rows - head.length - 2);
  const above = clampedAbove(view.above, all.length, room);
  const shown = all.slice(above, above + room);
  const place = all.length === 0 ? 'none' : `${above + 1}-${above + shown.length} of ${all.length}`;
  const space = columns - foot.length - place.length;
  const last = space > 0 ? foot + ' '.repeat(space) + place : clip(foot, columns);
  const body = [
    ...head,
    painter.head(table.head.padEnd(columns)),
    ...shown.map((series) => table.line(series, painter)),
  ];
  return [...filled(body, rows - 1), painter.dim(last)].slice(-rows);
}

/** Lines of the table that there is room for. */
export function roomFor(view: View, { columns, rows }: Size): number {
  return Math.max(0, rows - headOf(view, columns, plain).length - 2);
}

export function clampedAbove(above: number, lines: number, room: number): number {
  return Math.max(0, Math.min(above, lines - room));
}

/** What rates and averages are over. */
export function spanText({ seconds, averageSeconds }: Frame): string {
  if (seconds === undefined) return 'rates from the second read on';
  const averages = averageSeconds === undefined ? 'averages later' : `averages over ${averageSeconds.toFixed(1)}s`;
  return `rates over ${seconds.toFixed(2)}s, ${averages}`;
}

export function countText({ series, seconds }: Frame): string {
  const unread = series.filter(({ value }) => value === undefined);
  const faulty = unread.filter(({ isOptional }) => !isOptional).length;
  const parts = [
    ...(seconds === undefined ? [] : [`${series.filter(isMoving).length} moving`]),
    ...(faulty === 0 ? [] : [`${faulty} that cannot be read`]),
    ...(unread.length === faulty ? [] : [`${unread.length - faulty} that this kernel does not have`]),
  ];
  return `${series.length} series${parts.length === 0 ? '' : `: ${parts.join(', ')}`}`;
}

/** What is wrong; undefined where nothing is. */
function faultText({ down }: Frame): string | undefined {
  const [first, ...others] = down.filter(({ optional }) => !optional);
  if (first === undefined) return undefined;
  const more = others.length === 0 ? '' : ` (+${others.length} more)`;
  return `DOWN${more} ${first.symbol}: ${printable(first.reason)}`;
}

function filled(lines: readonly string[], rows: number): string[] {
  return Array.from({ length: Math.max(0, rows) }, (_, index) => lines[index] ?? '');
}

/** Of this machine's day. */
export function clockText(at: number): string {
  const date = new Date(at);
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map((part) => String(part).padStart(2, '0')).join(':');
}
