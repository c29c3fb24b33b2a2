/** What is worth looking at first: errors and drops that moved in the window, and what changed most against the window before. */
import { eventOf, isAmount } from '../live/units.js';
import { short, span } from './format.js';
import type { Past } from './past.js';
import type { PageRow } from './rows.js';

/** Of each row that counts what should not happen: how often it did. */
export interface Trouble {
  readonly row: PageRow;
  readonly count: number;
  /** Per second. */
  readonly rate: number;
}

export interface Troubles {
  readonly found: readonly Trouble[];
  /** How many rows count what should not happen, and can be read. */
  readonly rows: number;
  /** The part of the window that is known of those of which most is known. */
  readonly most: number;
  /** Of how many rows less of the window is known than that. */
  readonly less: number;
}

export interface Change {
  readonly row: PageRow;
  /** The mean of the window, and of the one before: a counter's rate, or a gauge's value. */
  readonly now: number;
  readonly before: number;
}

/** Words in the names of what should not happen, or not often. Misses are not among them: a cache that works has many, and they would hide the rest. */
const TROUBLE =
  /(^|_)(errors?|drops?|dropped|fail(ed|s|ures?)?|bad|broken|discard(ed|s)?|overflow(s|ed)?|denied|refused|rejected|lost|full|no_?mem(ory)?|no_?bufs?|no_?space|shortfalls?|timeouts?|retransmit\w*|retransmissions?|invalid|corrupt(ed)?|stray|aborts?|aborted|unreachable|exhausted)(_|$)/;
/** A window of which less is known is not compared. */
const KNOWN = 0.7;
/** A window of which so much is known counts as known. */
const WHOLE = 0.95;
/** So many events more or less in a window are nothing: they are added to both sides, so that little that moves is no large factor. */
const FEW = 20;
/** A change is one from this factor on … */
const FACTOR = 1.5;
/** … and where chance would make so many standard deviations less of it. */
const DEVIATIONS = 6;

/** Of how many events, so that they can be compared: how many bytes or pages these were is no second trouble. */
export function countsTrouble({ family, labels }: PageRow): boolean {
  return (
    family.type === 'counter' &&
    !isAmount(family.unit) &&
    TROUBLE.test(`${family.name}_${labels.replaceAll(/[^a-z]+/g, '_')}`)
  );
}

/** What moved, the ones that moved most first. */
export function troubles(rows: readonly PageRow[], past: Past, isUp: (row: number) => boolean): Troubles {
  const found: Trouble[] = [];
  const shares: number[] = [];
  for (const row of rows) {
    if (!countsTrouble(row)) continue;
    const mean = past.mean(row.index, past.at - past.windowMs, past.at);
    const count = mean === undefined ? 0 : Math.round((mean.value * mean.known * past.windowMs) / 1000);
    // Of what cannot be read, nothing is to be expected.
    if (count > 0 || isUp(row.index)) shares.push(mean?.known ?? 0);
    if (mean !== undefined && count > 0) found.push({ row, count, rate: mean.value });
  }
  found.sort((a, b) => b.count - a.count);
  const most = shares.reduce((a, b) => Math.max(a, b), 0);
  const less = shares.filter((share) => share < Math.min(WHOLE, WHOLE * most)).length;
  return { found, rows: shares.length, most, less };
}

/** Of how much of the window the counts are; empty where they are of all of it, or where nothing is known. */
export function knownText({ rows, most, less }: Troubles, windowMs: number): string {
  if (most === 0) return '';
  const parts =
    most < WHOLE ? [`known of ${span(Math.max(1000, most * windowMs))} of the last ${span(windowMs)} only`] : [];
  if (less > 0) parts.push(`of ${less} of ${rows} rows less is known`);
  return parts.join('; ');
}

/** What is said where nothing is found. */
export function nothingText({ rows, most, less }: Troubles, windowMs: number, isRemembered: boolean): string {
  if (rows === 0) return 'Nothing that counts errors or drops can be read.';
  if (most === 0)
    return isRemembered ? 'Not known yet.' : 'Not known yet: nothing is remembered, since activity is off.';
  return most < WHOLE || less > 0
    ? `Not known yet of all of the last ${span(windowMs)}: none in what is known.`
    : `Nothing that counts errors or drops moved in the last ${span(windowMs)}.`;
}

/** What changed, by the largest factor first, which is of no unit; undefined where the window before is not known of any row. */
export function changes(rows: readonly PageRow[], past: Past): Change[] | undefined {
  const { at, windowMs } = past;
  const found: { readonly change: Change; readonly size: number }[] = [];
  let isKnown = false;
  for (const row of rows) {
    const before = past.mean(row.index, at - 2 * windowMs, at - windowMs);
    if (before === undefined || before.known < KNOWN) continue;
    const now = past.mean(row.index, at - windowMs, at);
    if (now === undefined || now.known < KNOWN) continue;
    isKnown = true;
    const { type, unit } = row.family;
    const events = (type === 'counter' ? windowMs / 1000 : 1) / eventOf(unit);
    const size = changeOf(before.value, now.value, events);
    if (size >= Math.log(FACTOR)) found.push({ change: { row, now: now.value, before: before.value }, size });
  }
  return isKnown ? found.sort((a, b) => b.size - a.size).map(({ change }) => change) : undefined;
}

/**
 * The logarithm of the factor by which there is more or less; 0 where chance may have made it.
 * @param events that 1 of the values stands for
 */
function changeOf(before: number, now: number, events: number): number {
  const [less, more] = [Math.abs(before) * events, Math.abs(now) * events];
  if (Math.abs(more - less) < DEVIATIONS * Math.sqrt(more + less)) return 0;
  return Math.abs(Math.log((more + FEW) / (less + FEW)));
}

/** By how much: a factor, where that says something. */
export function changeText(before: number, now: number): string {
  if (before === 0) return '▲ new';
  if (now === 0) return '▼ none';
  const factor = now / before;
  if (factor < 0) return now > before ? '▲' : '▼';
  const times = factor >= 1 ? factor : 1 / factor;
  const text = times >= 99.5 ? short(Math.round(times)) : times.toFixed(1);
  return `${factor >= 1 ? '▲' : '▼'} ${factor >= 1 ? '×' : '÷'}${text}`;
}
