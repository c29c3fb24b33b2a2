import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { kernelAddress, type ZpcpuPointer } from '../../src/kernel/address.js';
import { ZpcpuLayout } from '../../src/kernel/zpcpu.js';

const PAGE = 4096;
const pcpu0 = kernelAddress(0xffff_ffff_83e1_0000n);
const slab = 0xffff_fe00_5c02_0000n;

describe('ZpcpuLayout', () => {
  const plain = new ZpcpuLayout(0n, pcpu0, PAGE, 4);
  const biased = new ZpcpuLayout(pcpu0, pcpu0, PAGE, 4);

  it('places the copies one page apart, after adding the bias', () => {
    assert.equal(plain.copy((slab + 16n) as ZpcpuPointer, 3), slab + 16n + 3n * 4096n);
    const stored = BigInt.asUintN(64, slab + 16n - pcpu0) as ZpcpuPointer;
    assert.equal(biased.copy(stored, 3), slab + 16n + 3n * 4096n);
  });

  it('finds nothing wrong with a pointer that may be followed', () => {
    assert.equal(plain.fault(slab + 16n, 8), undefined);
    assert.equal(biased.fault(BigInt.asUintN(64, slab + 16n - pcpu0), 8), undefined);
    assert.equal(plain.fault(slab + 4n, 4), undefined);
    assert.equal(plain.fault(slab + 4096n - 64n, 64), undefined);
  });

  it('refuses NULL, with or without a bias', () => {
    assert.equal(plain.fault(0n, 8), 'null');
    assert.equal(biased.fault(0n, 8), 'null');
  });

  it('refuses what is not aligned, or would lie across two pages', () => {
    assert.equal(plain.fault(slab + 4n, 8), 'misaligned');
    assert.equal(plain.fault(slab + 4096n - 8n, 16), 'misaligned');
  });

  it('refuses EARLY_COUNTER: inside a struct pcpu, or on amd64 since 13 a small offset into it', () => {
    assert.equal(plain.fault(pcpu0 + 0x2a0n, 8), 'early');
    assert.equal(biased.fault(0x2a0n, 8), 'early');
  });

  it("refuses a plain integer that is mistaken for a pointer, where the bias would make an address in some CPU's struct pcpu of it", () => {
    assert.equal(biased.fault(8n, 8), 'early');
    assert.equal(biased.fault(3n * 4096n + 8n, 8), 'early');
    assert.equal(plain.fault(3n * 4096n + 8n, 8), 'not-kernel');
  });

  it('refuses what leads out of the kernel', () => {
    assert.equal(plain.fault(0x7fff_ffff_f000n, 8), 'not-kernel');
    assert.equal(biased.fault(BigInt.asUintN(64, 0x1000n - pcpu0), 8), 'not-kernel');
  });
});
