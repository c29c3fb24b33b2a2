/** Names of series in the room that there is for them. */
import type { Series } from './series.js';

/** Stands for what was left out. */
const GAP = '..';
/** Of every counter's name. */
const ENDING = /_total$/;

/**
 * The whole name, but for the prefix, where it fits. Else it goes, one after the other, without the names of its labels, what all counters
 * end in, and its middle; its labels' values, which tell it from others of its name, stay as long as half of the room is left for that.
 */
export function nameText(
  { name, labels, text }: Pick<Series, 'name' | 'labels' | 'text'>,
  width: number,
  prefix = '',
): string {
  const from = name.startsWith(prefix) ? prefix.length : 0;
  const whole = printable(text.slice(from));
  if (whole.length <= width) return whole;
  const stem = name.slice(from);
  const values = labels.length === 0 ? '' : printable(`{${labels.map(({ value }) => value).join(',')}}`);
  if (stem.length + values.length <= width) return stem + values;
  const short = stem.replace(ENDING, '');
  if (2 * values.length > width) return cut(short + values, width);
  return cut(short, width - values.length) + values;
}

/** Leaves the middle out. */
export function cut(text: string, width: number): string {
  if (text.length <= width) return text;
  if (width <= GAP.length) return text.slice(0, width);
  const kept = width - GAP.length;
  const tail = Math.floor(kept / 2);
  return text.slice(0, kept - tail) + GAP + text.slice(text.length - tail);
}

/** Leaves the end out. */
export function clip(text: string, width: number): string {
  if (text.length <= width) return text;
  return width <= GAP.length ? text.slice(0, Math.max(0, width)) : text.slice(0, width - GAP.length) + GAP;
}

/** Names of jails and devices are anybody's: nothing of them may steer the terminal, or take another width than it seems to. */
export function printable(text: string): string {
  return text.replaceAll('…', GAP).replaceAll(/[^ -~]/gu, '?');
}
