/** How a row's work lies on the CPUs. */
import type { Parts } from './seriesData.js';

/** So many times the average on the busiest CPU are pointed out. */
const HOT = 2;

export function isHot(skew: number | undefined): boolean {
  return skew !== undefined && skew >= HOT;
}

export interface Load {
  /** What each CPU did, without regard to its sign. */
  readonly sizes: readonly number[];
  readonly total: number;
  /** The id of the CPU that did the most. */
  readonly cpu: number;
  readonly most: number;
}

/** Undefined where nothing moved, or where that is not known of every CPU. */
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
