/** Numbers as a terminal has room for them: all digits where they fit, else three of them and a letter. ASCII only. */

const LETTERS = 'kMGTPE';

export function valueText(value: bigint, width: number): string {
  const text = String(value);
  return text.length <= width ? text : short(Number(value));
}

export function rateText(rate: number, width: number): string {
  const text = plain(rate);
  return text.length <= width ? text : short(rate);
}

/** With its sign, by which a gauge's change is told from a rate. */
export function changeText(change: bigint, width: number): string {
  const sign = change < 0n ? '' : '+';
  return sign + valueText(change, width - sign.length);
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

function plain(rate: number): string {
  if (rate === 0) return '0';
  if (rate < 0.005) return '<0.01';
  return rate.toFixed(rate < 9.995 ? 2 : rate < 99.95 ? 1 : 0);
}

/** Five characters at most. */
export function short(value: number): string {
  const size = Math.abs(value);
  const sign = value < 0 ? '-' : '';
  if (size < 999.5) return sign + (Number.isInteger(size) ? String(size) : plain(size));
  // What would be rounded to 1000 of a letter is 1 of the next one.
  const power = Math.min(LETTERS.length, Math.floor(Math.log10(size / 0.9995) / 3));
  const scaled = size / 1000 ** power;
  for (let digits = 2; ; digits--) {
    const text = sign + scaled.toFixed(digits) + LETTERS.charAt(power - 1);
    if (digits === 0 || text.length <= 5) return text;
  }
}
