/** Integers of the kernel's memory, whose size is known only at run time. */
import { WORD_BYTES, type KernelAddress } from './address.js';
import type { Memory } from './memory.js';

/** `size` bytes at `at`, 1, 2, 4 or 8 of them: host byte order, unsigned. */
export function loadInteger(bytes: Buffer, at: number, size: number): bigint {
  return size === 8 ? bytes.readBigUInt64LE(at) : BigInt(bytes.readUIntLE(at, size));
}

/** That at an address. Throws KvmError where it cannot be read. */
export function readInteger(memory: Memory, address: KernelAddress, size = WORD_BYTES): bigint {
  const bytes = Buffer.alloc(size);
  memory.read(address, bytes);
  return loadInteger(bytes, 0, size);
}
