/** By how much a 64-bit value moved from one read to the next. */

/** No value of a kernel moves this far between two reads. Smaller steps are exact as numbers of JavaScript. */
const LARGEST_STEP = 2n ** 53n;

/**
 * Undefined where that is not known. A counter that went down was reset, and nobody can tell how far it counted before that and after. A counter
 * that passed 2^64 and began at 0 again did not go down: its step is taken modulo 2^64.
 */
export function step(before: bigint, now: bigint, isCounter: boolean): number | undefined {
  const difference = BigInt.asIntN(64, now - before);
  const size = difference < 0n ? -difference : difference;
  if (size >= LARGEST_STEP || (isCounter && difference < 0n)) return undefined;
  return Number(difference);
}
