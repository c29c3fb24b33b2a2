/**
 * What `kern.malloc_stats` and `vm.zone_stats` tell, as libmemstat(3) reads it (<sys/malloc.h>, <vm/uma.h>): a header, and for each type or zone
 * a record, which ends in as many bytes for each CPU that there can be.
 */
import { textIn } from '../kernel/texts.js';

/** Where a number is in the record of an element: in its head, or summed over the CPUs, or both together. */
export interface Column {
  readonly head?: number;
  readonly perCpu?: number;
}

export interface StreamForm {
  /** Bytes of a record before those of the CPUs. */
  readonly headBytes: number;
  readonly columns: readonly Column[];
}

const VERSION = 1;
const HEADER_BYTES = 16;
const BYTES_PER_CPU = 64;
/** With its NUL: longer names are cut off. */
export const NAME_BYTES = 32;

/**
 * By the names of elements, as labels have them, what each one of that name has by column, modulo 2^64; undefined where the stream is of another
 * form.
 */
export function elementsIn(
  stream: Buffer,
  { headBytes, columns }: StreamForm,
): ReadonlyMap<string, readonly (readonly bigint[])[]> | undefined {
  if (stream.length < HEADER_BYTES || stream.readUInt32LE(0) !== VERSION) return undefined;
  const [cpus, count] = [stream.readUInt32LE(4), stream.readUInt32LE(8)];
  const size = headBytes + BYTES_PER_CPU * cpus;
  if (stream.length !== HEADER_BYTES + count * size) return undefined;
  const found = new Map<string, (readonly bigint[])[]>();
  for (let nth = 0; nth < count; nth++) {
    const at = HEADER_BYTES + nth * size;
    const name = textIn(stream.subarray(at, at + NAME_BYTES));
    const sums = columns.map(({ head, perCpu }) => {
      let sum = head === undefined ? 0n : stream.readBigUInt64LE(at + head);
      for (let cpu = 0; perCpu !== undefined && cpu < cpus; cpu++)
        sum += stream.readBigUInt64LE(at + headBytes + BYTES_PER_CPU * cpu + perCpu);
      return BigInt.asUintN(64, sum);
    });
    const others = found.get(name);
    if (others === undefined) found.set(name, [sums]);
    else others.push(sums);
  }
  return found;
}
