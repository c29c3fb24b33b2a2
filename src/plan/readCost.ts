/** What a read of the kernel's memory costs on this machine: so much a call, so much a byte. It decides which reads are merged. */
import { kernelAddress, WORD_BYTES, type KernelAddress } from '../kernel/address.js';
import type { Memory } from '../kernel/memory.js';
import type { ProvenReader } from '../kernel/reader.js';

export interface ReadCost {
  /** Nanoseconds for a call of kvm_read(3), whatever its size. */
  readonly call: number;
  /** Nanoseconds for each byte. */
  readonly byte: number;
}

const ROUNDS = 32;

/**
 * Times reads of a word and of a whole page where the reader was proven: that page can be read for certain.
 *
 * @param pageSize in bytes
 * @throws KvmError where it cannot be read now
 */
export function measureReadCost(memory: Memory, { layout, probe }: ProvenReader, pageSize: number): ReadCost {
  const address = layout.copy(probe, 0);
  const page = kernelAddress(address - (address % BigInt(pageSize)));
  const small = fastest(memory, page, new Uint8Array(WORD_BYTES));
  const byte = Math.max(0, fastest(memory, page, new Uint8Array(pageSize)) - small) / (pageSize - WORD_BYTES);
  return { call: Math.max(1, small - WORD_BYTES * byte), byte };
}

/** The fastest of several reads in nanoseconds: what disturbs a read only ever makes it slower. */
function fastest(memory: Memory, address: KernelAddress, into: Uint8Array): number {
  let best = Infinity;
  for (let round = 0; round < ROUNDS; round++) {
    const start = process.hrtime.bigint();
    memory.read(address, into);
    best = Math.min(best, Number(process.hrtime.bigint() - start));
  }
  return best;
}
