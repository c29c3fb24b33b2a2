/** Values by which a test knows whose they are: no two owners' counters hold the same one, and no sum of parts of several is one. */

/** Columns of an owner's counters that have a fingerprint. */
const COLUMNS = 1_000_000n;

/**
 * What a counter of something that came while the kernel ran holds. Below 2^53, and above whatever spare memory held before.
 * @param owner an interface's name, with its jail's before it in `jail/lo0`; or `jail/symbol`
 * @param column an interface's: 0 to 11 those of if_counters, 12 to 15 those of its IPv4 address; or the number of a counter within a symbol
 */
export function fingerprint(owner: string, column: number): bigint {
  return BigInt(hash(owner)) * COLUMNS + BigInt(column);
}

/** 32 bits (FNV-1a), of which the highest is set. */
function hash(text: string): number {
  let value = 0x811c_9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x0100_0193) >>> 0;
  return (value | 0x8000_0000) >>> 0;
}
