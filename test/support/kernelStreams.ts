/**
 * What the kernel's sysctls tell of malloc(9)'s types and of UMA's zones, taken apart as libmemstat(3) does (<sys/malloc.h>, <vm/uma.h>): a
 * header, and for each type or zone a record with the numbers of each CPU that there can be.
 */
import assert from 'node:assert/strict';

/** A sum over all CPUs modulo 2^64, by the name of the number. */
export type Numbers = Readonly<Record<string, bigint>>;

/** By name, as labels have them; `NAME,nth=2` is the second-oldest of those that are called so, which both streams tell as the last but one. */
export type ByName = ReadonlyMap<string, Numbers>;

const HEADER = 16;
const NAME = 32;
const VERSION = 1;
/** Bytes that each CPU has, in both streams. */
const PER_CPU = 64;

/** `kern.malloc_stats`. */
export function mallocTypesIn(stream: Buffer): ByName {
  return records(stream, NAME, (_, perCpu) => ({
    allocatedBytes: perCpu(0),
    freedBytes: perCpu(8),
    allocations: perCpu(16),
    frees: perCpu(24),
  }));
}

/** `vm.zone_stats`; each number as `vmstat -z` makes it of the zone's own and those of the CPUs' caches. */
export function zonesIn(stream: Buffer): ByName {
  return records(stream, 120, (record, perCpu) => ({
    limit: BigInt(record.readUInt32LE(48)),
    allocations: record.readBigUInt64LE(72) + perCpu(0),
    frees: record.readBigUInt64LE(80) + perCpu(8),
    failures: record.readBigUInt64LE(88),
    sleeps: record.readBigUInt64LE(96),
    otherDomainFrees: record.readBigUInt64LE(104),
  }));
}

function records(
  stream: Buffer,
  headBytes: number,
  read: (record: Buffer, perCpu: (at: number) => bigint) => Numbers,
): ByName {
  assert.equal(stream.readUInt32LE(0), VERSION);
  const [cpus, count] = [stream.readUInt32LE(4), stream.readUInt32LE(8)];
  const size = headBytes + PER_CPU * cpus;
  assert.equal(stream.length, HEADER + count * size);
  const found = new Map<string, Numbers[]>();
  for (let nth = 0; nth < count; nth++) {
    const record = stream.subarray(HEADER + nth * size, HEADER + (nth + 1) * size);
    const perCpu = (at: number): bigint => {
      let sum = 0n;
      for (let cpu = 0; cpu < cpus; cpu++) sum += record.readBigUInt64LE(headBytes + PER_CPU * cpu + at);
      return sum;
    };
    const name = label(record.subarray(0, record.indexOf(0)));
    const numbers = Object.entries(read(record, perCpu)).map(
      ([key, value]) => [key, BigInt.asUintN(64, value)] as const,
    );
    found.set(name, [Object.fromEntries(numbers), ...(found.get(name) ?? [])]);
  }
  return new Map(
    [...found].flatMap(([name, all]) =>
      all.map((numbers, index) => [index === 0 ? name : `${name},nth=${index + 1}`, numbers] as const),
    ),
  );
}

/** Names that are no UTF-8 have their bytes written out. */
function label(name: Buffer): string {
  const text = name.toString();
  return text.includes('\uFFFD')
    ? name.toString('latin1').replace(/[\x80-\xff]/g, (each) => `\\x${each.charCodeAt(0).toString(16)}`)
    : text;
}
