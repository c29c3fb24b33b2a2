/** Reads of memory that may be gone: whoever asks goes on without it. */
import type { KernelAddress } from './address.js';
import { KvmError } from './errors.js';
import type { Memory } from './memory.js';

/** Fills `into`; why it could not, or undefined where it did. */
export function readFailure(memory: Memory, address: KernelAddress, into: NodeJS.TypedArray): KvmError | undefined {
  try {
    memory.read(address, into);
    return undefined;
  } catch (error) {
    if (!(error instanceof KvmError)) throw error;
    return error;
  }
}

export function canRead(memory: Memory, address: KernelAddress, into: NodeJS.TypedArray): boolean {
  return readFailure(memory, address, into) === undefined;
}
