/** Numbers and times as the page writes them. */

import type { LiveFamily } from '../live/messages.js';
import { scaled } from '../live/units.js';

const MINUS = '−';

/** All digits, in groups of three. */
export function exact(value: bigint): string {
  const digits = (value < 0n ? -value : value).toString().replaceAll(/\B(?=(\d{3})+$)/g, ',');
  return value < 0n ? MINUS + digits : digits;
}

/** All digits before the point, and as many after it as make three: two at most. */
function amount(value: number): string {
  const size = Math.abs(value);
  const digits = size === 0 || size >= 99.95 ? 0 : size >= 9.995 ? 1 : 2;
  const text = size.toFixed(digits).replaceAll(/\B(?=(\d{3})+(\.|$))/g, ',');
  if (size > 0 && size < 0.005) return value < 0 ? `>${MINUS}0.01` : '<0.01';
  return value < 0 ? MINUS + text : text;
}

/** Three digits with a prefix and the unit: 1.20 MiB, 3.40 k packets, 12.0. */
export function quantity(value: number, unit: string | undefined): string {
  const few = scaled(value, unit);
  return [amount(few.value), few.prefix, unit === 'bytes' ? '' : unit].filter(Boolean).join(' ');
}

/** What happens per second: 1.20 MiB/s, 3.40 k packets/s, 12.0/s. */
export function rate(value: number, unit: string | undefined): string {
  return `${quantity(value, unit)}/s`;
}

/** All digits with the unit; of many bytes, which nobody can count, the few digits, too. */
export function exactQuantity(value: bigint, unit: string | undefined): string {
  if (unit === undefined) return exact(value);
  const few = unit === 'bytes' && (value >= 1024n || value <= -1024n) ? ` (${quantity(Number(value), unit)})` : '';
  return `${exact(value)} ${unit}${few}`;
}

/** What a counter does per second, or by how much a gauge changed. */
export function move(value: number | undefined, { type, unit }: Pick<LiveFamily, 'type' | 'unit'>): string {
  if (value === undefined) return '–';
  if (type === 'counter') return rate(value, unit);
  if (value === 0) return '±0';
  const size = unit === 'bytes' ? quantity(value, unit) : [exact(BigInt(value)), unit].filter(Boolean).join(' ');
  return (value > 0 ? '+' : '') + size;
}

/** A few digits and a letter for thousands, millions and so on: for axes. */
export function short(value: number): string {
  const size = Math.abs(value);
  const power = size < 1000 ? 0 : Math.min(6, Math.floor(Math.log10(size) / 3));
  const scaled = size / 1000 ** power;
  const text = scaled.toFixed(power === 0 && Number.isInteger(size) ? 0 : scaled >= 100 ? 0 : scaled >= 10 ? 1 : 2);
  return `${value < 0 ? MINUS : ''}${text.replace(/\.0+$/, '')}${'kMGTPE'.charAt(power - 1)}`;
}

export function times(skew: number): string {
  return `${skew >= 99.95 ? skew.toFixed(0) : skew.toFixed(1)}×`;
}

export function percent(share: number): string {
  const value = 100 * share;
  return `${value === 0 || value >= 9.95 ? value.toFixed(0) : value.toFixed(1)} %`;
}

/** Such as 42 s, 7 min, 3 h 5 min or 12 d 3 h. */
export function span(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  if (seconds < 120) return `${seconds} s`;
  if (minutes < 120) return `${minutes} min`;
  if (hours < 48) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  return hours % 24 === 0 ? `${hours / 24} d` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** The time of day; with the date where it is another day. */
export function clockTime(at: number, now: number): string {
  const [date, other] = [new Date(at), new Date(now)];
  const two = (value: number): string => String(value).padStart(2, '0');
  const time = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':');
  if (date.toDateString() === other.toDateString()) return time;
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${time}`;
}

/** Seconds as milliseconds or seconds. */
export function duration(seconds: number): string {
  return seconds < 1 ? `${(1000 * seconds).toFixed(seconds < 0.01 ? 1 : 0)} ms` : `${seconds.toFixed(1)} s`;
}
