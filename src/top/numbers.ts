/** Numbers as a terminal has room for them: all digits where they fit, else three of them and a letter, of bytes a binary one. ASCII only. */
import { scaled } from '../live/units.js';

/** Room for three digits, a sign and a binary prefix with its unit. */
const WITH_UNIT = 8;

export function valueText(value: bigint, width: number, unit: string | undefined): string {
  const text = String(value);
  return text.length <= width ? text : few(Number(value), width, unit);
}

/** Of bytes, a rate has as many digits as can be counted at a glance. */
export function rateText(rate: number, width: number, unit: string | undefined): string {
  const text = digitsOf(rate);
  return text.length <= width && unit !== 'bytes' ? text : few(rate, width, unit);
}

/** With its sign, by which a gauge's change is told from a rate. */
export function changeText(change: bigint, width: number, unit: string | undefined): string {
  const sign = change < 0n ? '' : '+';
  return sign + valueText(change, width - sign.length, unit);
}

/** Four characters at most. */
export function percentText(share: number): string {
  const percent = 100 * share;
  return `${percent.toFixed(percent < 9.95 ? 1 : 0)}%`;
}

/** Such as 500ms, 1s, 90s or 1.5s. */
export function timeText(milliseconds: number): string {
  return milliseconds < 1000 ? `${milliseconds}ms` : `${milliseconds / 1000}s`;
}

/** All digits of what is not negative, and after the point as many as make three: two at most. */
export function digitsOf(rate: number): string {
  if (rate === 0) return '0';
  if (rate < 0.005) return '<0.01';
  return rate.toFixed(rate < 9.995 ? 2 : rate < 99.95 ? 1 : 0);
}

function few(value: number, width: number, unit: string | undefined): string {
  if (unit !== 'bytes' || width < WITH_UNIT) return short(value, unit);
  const { value: size, prefix } = scaled(Math.abs(value), unit);
  return `${value < 0 ? '-' : ''}${digitsOf(size)}${prefix}`;
}

/** Five characters at most: of bytes with K, M and so on, of all else with k, M and so on. */
export function short(value: number, unit: string | undefined): string {
  const sign = value < 0 ? '-' : '';
  const { value: size, prefix } = scaled(Math.abs(value), unit);
  if (prefix === '' || prefix === 'B') return sign + (Number.isInteger(size) ? String(size) : digitsOf(size));
  for (let digits = 2; ; digits--) {
    const text = sign + size.toFixed(digits) + prefix.charAt(0);
    if (digits === 0 || text.length <= 5) return text;
  }
}
