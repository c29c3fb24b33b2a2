/** A length of time as Go writes it: 300ms, 1.5s, 1h15m. */

const MILLISECONDS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};
const PART = /(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)/g;

/** In milliseconds; undefined where it is none. A number is one of nanoseconds. */
export function parseGoDuration(written: string | number): number | undefined {
  if (typeof written === 'number') return written < 0 ? undefined : written * 1e-6;
  if (written === '0') return 0;
  let sum = 0;
  const rest = written.replace(PART, (_part, count: string, unit: string) => {
    sum += Number(count) * (MILLISECONDS[unit] ?? NaN);
    return '';
  });
  return rest === '' && written !== '' ? sum : undefined;
}
