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
 * @param counts of each CPU in the window: whole numbers
 * @param before the CPU that was hot in the window before
 */
export function spreadOf(counts: Float64Array, before: number | undefined): Spread {
  let top = 0;
  let max = counts[0] ?? 0;
  let min = max;
  for (let cpu = 1; cpu < counts.length; cpu++) {
    const own = counts[cpu]!;
    if (own > max) {
      max = own;
      top = cpu;
    } else if (own < min) min = own;
  }
  if (max === 0) return { max, p50: 0, p99: 0, hot: undefined };
  const [p50, p99] = min === max ? [max, max] : quantiles(counts, min, max);
  const held = before === undefined ? undefined : counts[before];
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
 * Values are put into bins by how large they are, and those of one bin into bins again, until there are few, or each bin is of one whole number:
 * for a thousand CPUs a fifth of the time that any selection takes which compares them with each other, and guesses wrong at every second.
 */
const BINS = 512;
const bins = new Uint32Array(BINS);
/** So many are sorted. */
const FEW = 24;
/** The values in the bin of the median, and in that of the 99th percentile. */
let middle = new Float64Array(64);
let upper = new Float64Array(64);

/** The median and the 99th percentile of whole numbers of which some differ. */
function quantiles(values: Float64Array, min: number, max: number): [number, number] {
  const { length } = values;
  if (middle.length < length) {
    middle = new Float64Array(length);
    upper = new Float64Array(length);
  }
  const perBin = perBinOf(min, max);
  putIntoBins(values, length, min, perBin);
  const half = rank(0.5, length);
  const high = rank(0.99, length);
  let middleBin = 0;
  let below = 0;
  while (half >= below + bins[middleBin]!) below += bins[middleBin++]!;
  let upperBin = middleBin;
  let belowUpper = below;
  while (high >= belowUpper + bins[upperBin]!) belowUpper += bins[upperBin++]!;
  if (perBin === 1) return [min + middleBin, min + upperBin];
  let inMiddle = 0;
  let inUpper = 0;
  for (let place = 0; place < length; place++) {
    const value = values[place]!;
    const bin = ((value - min) * perBin) | 0;
    middle[inMiddle] = value;
    upper[inUpper] = value;
    // Without branches, of which one in two would be guessed wrong.
    inMiddle += bin === middleBin ? 1 : 0;
    inUpper += bin === upperBin ? 1 : 0;
  }
  return [select(middle, inMiddle, half - below), select(upper, inUpper, high - belowUpper)];
}

/** The value that would be at `index` if the first `count` were in ascending order. They do not stay there. */
function select(values: Float64Array, count: number, index: number): number {
  let left = count;
  let at = index;
  while (left > FEW) {
    let min = Infinity;
    let max = -Infinity;
    for (let place = 0; place < left; place++) {
      const value = values[place]!;
      if (value < min) min = value;
      if (value > max) max = value;
    }
    if (min === max) return min;
    const perBin = perBinOf(min, max);
    putIntoBins(values, left, min, perBin);
    let bin = 0;
    while (at >= bins[bin]!) at -= bins[bin++]!;
    if (perBin === 1) return min + bin;
    let taken = 0;
    for (let place = 0; place < left; place++) {
      const value = values[place]!;
      values[taken] = value;
      taken += (((value - min) * perBin) | 0) === bin ? 1 : 0;
    }
    left = taken;
  }
  sort(values, left);
  return values[at]!;
}

/** How much of a bin's width a step of one is: 1 where there are bins enough for each whole number to have its own. */
function perBinOf(min: number, max: number): number {
  return Math.min(1, (BINS - 1) / (max - min));
}

function putIntoBins(values: Float64Array, count: number, min: number, perBin: number): void {
  bins.fill(0);
  for (let place = 0; place < count; place++) bins[((values[place]! - min) * perBin) | 0]!++;
}

/** By insertion: for so few the call of another sort is dearer. */
function sort(values: Float64Array, count: number): void {
  for (let place = 1; place < count; place++) {
    const value = values[place]!;
    let at = place - 1;
    while (at >= 0 && values[at]! > value) {
      values[at + 1] = values[at]!;
      at--;
    }
    values[at + 1] = value;
  }
}
