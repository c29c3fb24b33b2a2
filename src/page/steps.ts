/** By how much a 64-bit value moved from one read to the next. */

/** What no kernel does between two reads; below it steps are exact as numbers. */
const LARGEST_STEP = 2n ** 53n;

/**
 * Undefined where that is not known: a counter that went down was reset, and what it did before and after nobody can tell. One that went
 * past 2^64 was not.
 */
export function step(before: bigint, now: bigint, isCounter: boolean): number | undefined {
  const difference = BigInt.asIntN(64, now - before);
  const size = difference < 0n ? -difference : difference;
  if (size >= LARGEST_STEP || (isCounter && difference < 0n)) return undefined;
  return Number(difference);
}
