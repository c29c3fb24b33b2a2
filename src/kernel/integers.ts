/** Integers of the kernel's memory, whose size is known only at run time. */

/** `size` bytes at `at`, 1, 2, 4 or 8 of them: host byte order, unsigned. */
export function loadInteger(bytes: Buffer, at: number, size: number): bigint {
  return size === 8 ? bytes.readBigUInt64LE(at) : BigInt(bytes.readUIntLE(at, size));
}
