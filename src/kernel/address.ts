/** Kernel addresses as a type of their own, so that no number, size or counter value is ever taken for one. */

/** Bytes of a word, LP64: of a pointer, of the cell that holds one, and of a counter(9). */
export const WORD_BYTES = 8;

declare const kernelAddressBrand: unique symbol;

/** A virtual address in the kernel: 64 bits, in the upper half of the address space on amd64 and arm64. */
export type KernelAddress = bigint & { readonly [kernelAddressBrand]: true };

/** A zpcpu pointer as the kernel stores it, before any bias is added (counter(9), zpcpu(9)). */
export type ZpcpuPointer = bigint & { readonly [kernelAddressBrand]: 'zpcpu' };

/** The upper half of the 64-bit address space is the kernel's on every platform that koffi serves. */
const KERNEL_HALF = 1n << 63n;

/** True for an unsigned 64-bit value that can be an address of the kernel. */
export function isKernelAddress(value: bigint): value is KernelAddress {
  return value >= KERNEL_HALF && value <= 0xffff_ffff_ffff_ffffn;
}

/** From here on an object would not come to its end before the addresses do. */
const LAST = 0xffff_ffff_fff0_0000n;

/** True for what can be the address of an object of up to a MiB: what was read in the kernel's memory may be anything. */
export function isObjectAddress(value: bigint): value is KernelAddress {
  return isKernelAddress(value) && value < LAST;
}

/** Takes `value` modulo 2^64 for an address; throws a RangeError where it cannot be the kernel's. */
export function kernelAddress(value: bigint): KernelAddress {
  const wrapped = BigInt.asUintN(64, value);
  if (!isKernelAddress(wrapped)) throw new RangeError('not an address of the kernel');
  return wrapped;
}

/** `address` + `offset` bytes. */
export function addressPlus(address: KernelAddress, offset: number | bigint): KernelAddress {
  return kernelAddress(address + BigInt(offset));
}

/** The same order as the addresses have, as numbers that compare faster: of 64 bits of a virtual address, 48 tell two apart. */
export function orderOf(address: KernelAddress): number {
  return Number(BigInt.asUintN(48, address));
}
