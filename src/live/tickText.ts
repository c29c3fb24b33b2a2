/** What a tick says of a snapshot: the sums of all rows, the parts of some, and how unevenly each row's work is spread over the CPUs. */
import type { Family } from '../config/model.js';
import { MAX_DECIMAL_BYTES, writeSigned, writeUnsigned } from '../exposition/decimal.js';
import type { SeriesLayout } from '../plan/layout.js';
import type { Snapshot } from '../snapshots/snapshot.js';
import { eventOf } from './units.js';
import { isRead, isSigned, knowsParts, stateOf, SUM_COLUMN, wordOf } from '../snapshots/values.js';

const SPACE = 0x20;
const TWO_32 = 0x1_0000_0000;
/** No value of a kernel moves this far between two reads. Smaller steps are exact as numbers of JavaScript. */
const LARGEST_STEP = 2 ** 53;
const NOT_KNOWN = '-';
/** From this many events on the average CPU on, chance alone makes no difference that matters. */
const MANY = 10;

/** Where no CPU did so many events a second, it makes no difference which of them did the most. */
const LEAST = 1;

/** TickMessage.sums. */
export function sumsText(snapshot: Snapshot): string {
  const { layout, words } = snapshot;
  const digits = Buffer.alloc(MAX_DECIMAL_BYTES);
  const view = new DataView(digits.buffer, digits.byteOffset);
  return layout.rows
    .map((_, row) => {
      if (!isRead(snapshot, row)) return stateOf(snapshot, row);
      const at = wordOf(layout, row, SUM_COLUMN);
      const write = isSigned(layout, row) ? writeSigned : writeUnsigned;
      return digits.toString('latin1', 0, write(view, 0, words[at]!, words[at + 1]!));
    })
    .join(' ');
}

/** TickMessage.parts. */
export function partsOf(snapshot: Snapshot, rows: readonly number[]): Record<string, string> {
  const { layout, words } = snapshot;
  const text = Buffer.alloc((MAX_DECIMAL_BYTES + 1) * layout.cpus.length);
  const view = new DataView(text.buffer, text.byteOffset);
  const parts: Record<string, string> = {};
  for (const row of rows) {
    if (layout.rows[row] === undefined || !isRead(snapshot, row) || !knowsParts(snapshot, row)) continue;
    const write = isSigned(layout, row) ? writeSigned : writeUnsigned;
    let end = 0;
    for (let at = wordOf(layout, row, SUM_COLUMN + 1); at < wordOf(layout, row + 1, SUM_COLUMN); at += 2) {
      end = write(view, end, words[at]!, words[at + 1]!);
      text[end++] = SPACE;
    }
    parts[row] = text.toString('latin1', 0, end - 1);
  }
  return parts;
}

/** TickMessage.skews. */
export function skewsText(before: Snapshot | undefined, now: Snapshot): string {
  const { layout } = now;
  const isSame = before?.layout === layout && before.report.generation === now.report.generation;
  const comparable = isSame ? before : undefined;
  const families = familiesOfRows(layout);
  const seconds = comparable === undefined ? 0 : (now.report.clock - comparable.report.clock) / 1000;
  return layout.rows
    .map((_, row) => {
      if (comparable === undefined || !isRead(comparable, row) || !isRead(now, row)) return NOT_KNOWN;
      if (!knowsParts(comparable, row) || !knowsParts(now, row)) return NOT_KNOWN;
      return skew(comparable, now, row, families[row], seconds)?.toFixed(2) ?? NOT_KNOWN;
    })
    .join(' ');
}

/** Undefined where too little moved to tell, or where a counter went down. */
function skew(
  { words: before }: Snapshot,
  { words: now, layout }: Snapshot,
  row: number,
  family: Family | undefined,
  seconds: number,
): number | undefined {
  const isCounter = family?.type === 'counter';
  let most = 0;
  let all = 0;
  const end = wordOf(layout, row + 1, SUM_COLUMN);
  for (let at = wordOf(layout, row, SUM_COLUMN + 1); at < end; at += 2) {
    // The difference modulo 2^64 as a signed number, exact where it is small.
    const step = ((now[at + 1]! - before[at + 1]!) | 0) * TWO_32 + (now[at]! - before[at]!);
    const size = Math.abs(step);
    if (size >= LARGEST_STEP || (isCounter && step < 0)) return undefined;
    most = Math.max(most, size);
    all += size;
  }
  const average = all / layout.cpus.length;
  const event = eventOf(family?.unit);
  const barelyMoves = most < LEAST * event * seconds || isChance(most / event, average / event);
  return barelyMoves ? undefined : most / average;
}

/** True where chance alone may give such a difference: a single event, for example, is always on one CPU only. */
function isChance(most: number, average: number): boolean {
  return average < MANY && most <= average + 4 * Math.sqrt(average) + 3;
}

function familiesOfRows({ families }: SeriesLayout): Family[] {
  return families.flatMap(({ family, from, to }) => Array<Family>(to - from).fill(family));
}
