/** What the counters of an element hold that a test has added: numbers from which it can tell whose they are. */

/**
 * The sum over all CPUs of one counter of the element of that name. What is freed is less than what is allocated, as everywhere.
 * @param column the counter's member, such as `mts_memalloced`
 */
export function fingerprint(name: string, column: string): bigint {
  let value = 0x811c_9dc5;
  for (const character of `${name}.${column}`) value = Math.imul(value ^ character.charCodeAt(0), 0x0100_0193) >>> 0;
  const least = column.includes('free') ? 2 ** 32 : 2 ** 33;
  return BigInt(least + value);
}

/** The parts of it that `count` CPUs have: each half of what is left, and the last the rest. */
export function fingerprintParts(name: string, column: string, count: number): bigint[] {
  let rest = fingerprint(name, column);
  return Array.from({ length: count }, (_, nth) => {
    const part = nth === count - 1 ? rest : rest / 2n;
    rest -= part;
    return part;
  });
}
