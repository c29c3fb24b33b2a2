/** Writes what counter(9)s hold, many at once: those whose items are neighbours in one write for each CPU. */
import { WORD_BYTES } from '../../kernel/address.js';
import type { LiveMemory } from './liveMemory.js';

interface Run {
  readonly start: bigint;
  readonly values: bigint[];
}

/**
 * Sets the sum of each counter. Every CPU has an equal part, but for the first, which also has what is left over.
 * @param items of CPU 0's copies
 */
export function setCounters(memory: LiveMemory, items: readonly bigint[], sums: readonly bigint[]): void {
  const count = BigInt(memory.present.length);
  for (const { start, values } of runsOf(items, sums)) {
    for (const [nth, cpu] of memory.present.entries()) {
      const bytes = Buffer.alloc(values.length * WORD_BYTES);
      for (const [i, sum] of values.entries()) {
        const part = sum / count;
        bytes.writeBigUInt64LE(BigInt.asUintN(64, nth === 0 ? sum - part * (count - 1n) : part), i * WORD_BYTES);
      }
      memory.image.write(start + BigInt(cpu * memory.profile.pageSize), bytes);
    }
  }
}

function runsOf(items: readonly bigint[], sums: readonly bigint[]): Run[] {
  const order = items
    .map((item, index) => ({ item, sum: sums[index] ?? 0n }))
    .sort((a, b) => (a.item < b.item ? -1 : 1));
  const runs: Run[] = [];
  for (const { item, sum } of order) {
    const last = runs.at(-1);
    if (last !== undefined && item === last.start + BigInt(last.values.length * WORD_BYTES)) last.values.push(sum);
    else runs.push({ start: item, values: [sum] });
  }
  return runs;
}
