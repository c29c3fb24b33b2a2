/** What is worth looking at first: errors and drops that moved in the window, and what changed most against the window before. */
import { short } from './format.js';
import type { Past } from './past.js';
import type { PageRow } from './rows.js';

/** Of each row that counts what should not happen: how often it did. */
export interface Trouble {
  readonly row: PageRow;
  readonly count: number;
  /** Per second. */
  readonly rate: number;
}

export interface Change {
  readonly row: PageRow;
  /** The mean of the window, and of the one before: a counter's rate, or a gauge's value. */
  readonly now: number;
  readonly before: number;
}

/** Words in the names of what should not happen, or not often: of how many events, not of how many bytes. */
const TROUBLE =
  /(^|_)(errors?|drops?|dropped|fail(ed|s|ures?)?|bad|broken|discard(ed|s)?|overflow(s|ed)?|denied|refused|rejected|lost|full|no_?mem(ory)?|no_?bufs?|no_?space|shortfalls?|timeouts?|retransmit\w*|retransmissions?|invalid|corrupt(ed)?|stray|aborts?|aborted|misses|missed|unreachable|exhausted)(_|$)/;
/** A window of which less is known is not compared. */
const KNOWN = 0.7;
/** So many events more or less in a window are nothing: they are added to both sides, so that little that moves is no large factor. */
const FEW = 20;
/** A change is one from this factor on … */
const FACTOR = 1.5;
/** … and where chance would make so many standard deviations less of it. */
const DEVIATIONS = 6;

export function countsTrouble({ family, labels }: PageRow): boolean {
  return (
    family.type === 'counter' &&
    !family.name.includes('_bytes') &&
    TROUBLE.test(`${family.name}_${labels.replaceAll(/[^a-z]+/g, '_')}`)
  );
}

/** Those that moved, the ones that moved most first. */
export function troubles(rows: readonly PageRow[], past: Past): Trouble[] {
  const found: Trouble[] = [];
  for (const row of rows) {
    if (!countsTrouble(row)) continue;
    const mean = past.mean(row.index, past.at - past.windowMs, past.at);
    if (mean === undefined || mean.value === 0) continue;
    const count = Math.round((mean.value * mean.known * past.windowMs) / 1000);
    if (count > 0) found.push({ row, count, rate: mean.value });
  }
  return found.sort((a, b) => b.count - a.count);
}

/** What changed, what changed most first; undefined where the window before is not known of any row. */
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
    const size =
      row.family.type === 'counter'
        ? changeOf(before.value, now.value, windowMs / 1000)
        : changeOf(before.value, now.value, 1);
    if (size >= Math.log(FACTOR)) found.push({ change: { row, now: now.value, before: before.value }, size });
  }
  return isKnown ? found.sort((a, b) => b.size - a.size).map(({ change }) => change) : undefined;
}

/** The logarithm of the factor by which there is more or less; 0 where chance may have made it. */
function changeOf(before: number, now: number, seconds: number): number {
  const [less, more] = [Math.abs(before) * seconds, Math.abs(now) * seconds];
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
