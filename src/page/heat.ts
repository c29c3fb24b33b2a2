/** What the CPUs do, as the strip shows it and as it is said in words. */
import { rate as rateText } from './format.js';

export interface StripValues {
  /** Of the chosen counter. */
  readonly unit: string | undefined;
  /** What it did on each CPU per second; undefined where that is not known. */
  readonly rates: readonly (number | undefined)[] | undefined;
  /** On each CPU how many rows are hot; empty where that is not known. */
  readonly hot: readonly number[];
  /** The id of the CPU that the table is filtered by. */
  readonly chosen: number | undefined;
}

/** The hottest CPUs in words, for who does not see the strip. */
export function hottest(cpus: readonly number[], { unit, rates, hot }: StripValues): string {
  const parts: string[] = [];
  if (rates?.every((rate) => rate !== undefined) === true) {
    const sorted = [...rates].sort((a, b) => a - b);
    const most = sorted.at(-1) ?? 0;
    const median = sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
    parts.push(
      most === 0
        ? 'nothing on any CPU'
        : `most on CPU ${cpus[rates.indexOf(most)]}: ${rateText(most, unit)}, the median CPU ${rateText(median, unit)}`,
    );
  }
  const unusual = hot
    .map((rows, at) => ({ rows, cpu: cpus[at] }))
    .filter(({ rows }) => rows > 0)
    .sort((a, b) => b.rows - a.rows);
  if (hot.length > 0) {
    const named = unusual.slice(0, 4).map(({ rows, cpu }) => `CPU ${cpu} (${rows})`);
    const more = unusual.length > 4 ? ` and ${unusual.length - 4} more` : '';
    parts.push(unusual.length === 0 ? 'no CPU is unusual' : `rows unusual on ${named.join(', ')}${more}`);
  }
  return parts.join(' · ');
}
