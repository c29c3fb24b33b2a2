/** How a row's work is spread over the CPUs, and whether one of them stands out. */
import type { Parts } from './seriesData.js';

/** The busiest CPU is pointed out where it does at least this many times the average CPU's work. */
const HOT = 2;

export function isHot(skew: number | undefined): boolean {
  return skew !== undefined && skew >= HOT;
}

export interface Load {
  /** How much each CPU did; the sign is left out. */
  readonly sizes: readonly number[];
  readonly total: number;
  /** The id of the CPU that did the most. */
  readonly cpu: number;
  readonly most: number;
}

/** Undefined where nothing moved, or where it is not known of every CPU how much it did. */
export function loadOf(parts: Parts | undefined, cpus: readonly number[]): Load | undefined {
  const sizes: number[] = [];
  for (const move of parts?.moves ?? []) {
    if (move === undefined) return undefined;
    sizes.push(Math.abs(move));
  }
  const total = sizes.reduce((sum, size) => sum + size, 0);
  if (total === 0) return undefined;
  const most = Math.max(...sizes);
  const cpu = cpus[sizes.indexOf(most)];
  return cpu === undefined ? undefined : { sizes, total, cpu, most };
}
