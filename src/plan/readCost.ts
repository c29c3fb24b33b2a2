/** What a read of the kernel's memory costs on this machine: so much a call, so much a byte. It decides which reads are merged. */
import type { KernelAddress } from '../kernel/address.js';
import type { Kernel } from '../kernel/live/kernel.js';

export interface ReadCost {
  /** Nanoseconds for a call of kvm_read(3), whatever its size. */
  readonly call: number;
  /** Nanoseconds for each byte. */
  readonly byte: number;
}

const ROUNDS = 32;

/** Times reads of 8 bytes and of a whole page at `page`, the first byte of a page that can be read. */
export function measureReadCost(kernel: Kernel, page: KernelAddress): ReadCost {
  const large = kernel.facts.pageSize;
  const small = fastest(kernel, page, new Uint8Array(8));
  const byte = Math.max(0, fastest(kernel, page, new Uint8Array(large)) - small) / (large - 8);
  return { call: Math.max(1, small - 8 * byte), byte };
}

/** The fastest of several reads in nanoseconds: what disturbs a read only ever makes it slower. */
function fastest(kernel: Kernel, address: KernelAddress, into: Uint8Array): number {
  let best = Infinity;
  for (let round = 0; round < ROUNDS; round++) {
    const start = process.hrtime.bigint();
    kernel.read(address, into);
    best = Math.min(best, Number(process.hrtime.bigint() - start));
  }
  return best;
}
