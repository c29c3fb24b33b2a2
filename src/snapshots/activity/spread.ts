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
 * @param counts of each CPU in the window
 * @param before the CPU that was hot in the window before
 */
export function spreadOf(counts: Float64Array, before: number | undefined): Spread {
  const count = counts.length;
  let top = 0;
  let min = Infinity;
  for (let cpu = 0; cpu < count; cpu++) {
    const own = counts[cpu]!;
    if (own > counts[top]!) top = cpu;
    if (own < min) min = own;
  }
  const max = counts[top] ?? 0;
  const held = before === undefined ? undefined : counts[before];
  if (max === 0) return { max, p50: 0, p99: 0, hot: undefined };
  const [p50, p99] = min === max ? [max, max] : quantiles(counts, min, max);
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

/**
 * Values are put into bins by how large they are, and those of one bin into bins again, until there are few: for a thousand CPUs a third of the
 * time that any selection takes which compares them with each other, and guesses wrong at every second.
 */
const BINS = 256;
const bins = new Uint32Array(BINS);
/** So many are sorted. */
const FEW = 12;
let scratch = new Float64Array(64);

/** The median and the 99th percentile of values of which some differ. */
function quantiles(values: Float64Array, min: number, max: number): [number, number] {
  const { length } = values;
  if (scratch.length < length) scratch = new Float64Array(length);
  const perBin = (BINS - 1) / (max - min);
  putIntoBins(values, length, min, perBin);
  const places = [binOf(rank(0.5, length)), binOf(rank(0.99, length))];
  const [p50, p99] = places.map(({ bin, index }) => select(take(values, length, min, perBin, bin), index));
  return [p50!, p99!];
}

/** The value that would be at `index` if the first `count` in `scratch` were in ascending order. They do not stay there. */
function select(count: number, index: number): number {
  let left = count;
  let at = index;
  while (left > FEW) {
    let min = Infinity;
    let max = -Infinity;
    for (let place = 0; place < left; place++) {
      const value = scratch[place]!;
      if (value < min) min = value;
      if (value > max) max = value;
    }
    if (min === max) return min;
    const perBin = (BINS - 1) / (max - min);
    putIntoBins(scratch, left, min, perBin);
    const place = binOf(at);
    left = take(scratch, left, min, perBin, place.bin);
    at = place.index;
  }
  return scratch.subarray(0, left).sort()[at]!;
}

function putIntoBins(values: Float64Array, count: number, min: number, perBin: number): void {
  bins.fill(0);
  for (let place = 0; place < count; place++) bins[((values[place]! - min) * perBin) | 0]!++;
}

/** In which bin the value at `index` is, and at which index there. */
function binOf(index: number): { readonly bin: number; readonly index: number } {
  let bin = 0;
  let left = index;
  while (left >= bins[bin]!) left -= bins[bin++]!;
  return { bin, index: left };
}

/** Puts what is in a bin at the beginning of `scratch`; returns how many these are. */
function take(values: Float64Array, count: number, min: number, perBin: number, bin: number): number {
  let taken = 0;
  for (let place = 0; place < count; place++) {
    const value = values[place]!;
    scratch[taken] = value;
    // Without a branch, of which one in two would be guessed wrong.
    taken += (((value - min) * perBin) | 0) === bin ? 1 : 0;
  }
  return taken;
}
