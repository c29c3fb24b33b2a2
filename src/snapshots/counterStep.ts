/** By how much a counter grew from one read to the next. */

const TWO_32 = 0x1_0000_0000;
/** No counter of a kernel moves this far between two reads. Smaller steps are exact as numbers of JavaScript. */
const LARGEST_STEP = 2 ** 53;
const NO_STEP = -1;

/**
 * From two values in halves, the low one first, as Snapshot.words has them. Less than 0 where it did not grow, but is smaller than it
 * was, as one that was reset, went back or wrapped is, or somewhere else altogether.
 */
export function counterStep(lowBefore: number, highBefore: number, low: number, high: number): number {
  const step = (high - highBefore) * TWO_32 + (low - lowBefore);
  return step <= LARGEST_STEP ? step : NO_STEP;
}
