import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { addressPlus, isKernelAddress, kernelAddress } from '../../src/kernel/address.js';

describe('KernelAddress', () => {
  it('is a 64-bit value of the upper half', () => {
    for (const value of [1n << 63n, 0xffff_ffff_8020_0000n, (1n << 64n) - 1n]) assert.ok(isKernelAddress(value));
    for (const value of [0n, 8n, (1n << 63n) - 1n, 1n << 64n, -1n]) assert.ok(!isKernelAddress(value), String(value));
  });

  it('wraps at 2^64, as the kernel does when it adds a bias', () => {
    assert.equal(kernelAddress((1n << 64n) + 0xffff_ffff_8020_0000n), 0xffff_ffff_8020_0000n);
    assert.equal(addressPlus(kernelAddress(0xffff_ffff_8020_0000n), 8), 0xffff_ffff_8020_0008n);
    assert.throws(() => kernelAddress(4096n), RangeError);
  });

  it('never leaves the kernel by an offset', () => {
    assert.throws(() => addressPlus(kernelAddress((1n << 64n) - 8n), 8), RangeError);
  });
});
