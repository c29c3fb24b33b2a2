/** How what was counted is spread over the CPUs: the figures of one counter that stand for one of each CPU. */

export interface Spread {
  /** Of the CPUs' counts the largest, the median and the 99th percentile, by nearest rank. */
  readonly max: number;
  readonly p50: number;
  readonly p99: number;
  /** Which of the CPUs is hot, by its index; undefined where none is. */
  readonly hot: number | undefined;
}

/** A hot CPU counted at least so many events more than the median CPU … */
const FEWEST_MORE = 10;
/** … this much more as a part of what that one counted … */
const SHARE_MORE = 0.5;
/** … and so many standard deviations of what chance would make of it. */
const DEVIATIONS_MORE = 6;
/** Another CPU is hot in its place only where it counted this much more. */
const CLEARLY = 1.25;

/**
 * @param counts of each CPU in the window; they are put in another order
 * @param before the CPU that was hot in the window before
 */
export function spreadOf(counts: Float64Array, before: number | undefined): Spread {
  const count = counts.length;
  let top = 0;
  for (let cpu = 1; cpu < count; cpu++) if (counts[cpu]! > counts[top]!) top = cpu;
  const max = counts[top]!;
  const held = before === undefined ? undefined : counts[before];
  if (max === 0) return { max, p50: 0, p99: 0, hot: undefined };
  const p50 = select(counts, rank(0.5, count));
  const p99 = select(counts, rank(0.99, count));
  const stays = held !== undefined && isHot(held, p50) && max < CLEARLY * held;
  return { max, p50, p99, hot: stays ? before : isHot(max, p50) ? top : undefined };
}

/** True where a CPU counted clearly more than the median one, and more than chance would make of it. */
export function isHot(own: number, median: number): boolean {
  return own - median >= Math.max(FEWEST_MORE, SHARE_MORE * median, DEVIATIONS_MORE * Math.sqrt(median));
}

/** The index, in ascending order, of a quantile by nearest rank: of two values the median is the lower one. */
function rank(quantile: number, count: number): number {
  return Math.max(0, Math.ceil(quantile * count) - 1);
}

/** The value that would be at `index` if the values were in ascending order (Hoare's selection). */
function select(values: Float64Array, index: number): number {
  let low = 0;
  let high = values.length - 1;
  while (low < high) {
    const pivot = values[(low + high) >> 1]!;
    let left = low;
    let right = high;
    while (left <= right) {
      while (values[left]! < pivot) left++;
      while (values[right]! > pivot) right--;
      if (left > right) break;
      const value = values[left]!;
      values[left++] = values[right]!;
      values[right--] = value;
    }
    if (index <= right) high = right;
    else if (index >= left) low = left;
    else break;
  }
  return values[index]!;
}
