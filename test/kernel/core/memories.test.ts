import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { kernelAddress, type ZpcpuPointer } from '../../../src/kernel/address.js';
import { AgreedMemory } from '../../../src/kernel/core/memories.js';
import { ZpcpuLayout } from '../../../src/kernel/zpcpu.js';
import { SmallMemory } from '../../support/smallMemory.js';

const SLAB = 0xffff_fe00_0000_0000n;
const PCPU = 0xffff_ffff_8100_0000n;
const POINTER = (SLAB + 8n) as ZpcpuPointer;
const LAYOUT = new ZpcpuLayout(0n, kernelAddress(PCPU), 4096, 2);

/** Two CPUs' counts, as libkvm and as the dump's own pages have them. */
class SmallLibkvm extends SmallMemory {
  override counterU64Fetch(pointer: ZpcpuPointer = POINTER): bigint {
    const copy = new BigUint64Array(1);
    return [0, 1].reduce((sum, cpu) => {
      this.readZpcpu(pointer, copy, cpu);
      return sum + copy[0]!;
    }, 0n);
  }
}

function counts(memory: SmallMemory, ...values: bigint[]): void {
  values.forEach((value, cpu) => {
    const address = POINTER + 4096n * BigInt(cpu);
    memory.map(address);
    memory.store(address, value);
  });
}

function both(): { libkvm: SmallLibkvm; pages: SmallMemory; agreed: AgreedMemory } {
  const libkvm = new SmallLibkvm();
  const pages = new SmallMemory();
  return { libkvm, pages, agreed: new AgreedMemory(libkvm, pages, { ncpus: 2 }) };
}

describe('memory that two readers must agree on', () => {
  it('gives what both have, by every call', () => {
    const { libkvm, pages, agreed } = both();
    agreed.useLayout(LAYOUT);
    for (const memory of [libkvm, pages]) counts(memory, 5n, 7n);
    const word = new BigUint64Array(1);
    agreed.read(kernelAddress(POINTER), word);
    assert.equal(word[0], 5n);
    agreed.readZpcpu(POINTER, word, 1);
    assert.equal(word[0], 7n);
    assert.equal(agreed.counterU64Fetch(POINTER), 12n);
  });

  const refusals = [
    {
      what: 'libkvm gives another page for one that was not dumped',
      pagesHave: (pages: SmallMemory) => {
        pages.unmap(POINTER, 8192);
      },
      why: /Bad address/,
    },
    {
      what: 'libkvm gives other bytes',
      pagesHave: (pages: SmallMemory) => {
        counts(pages, 1n, 2n);
      },
      why: /libkvm gives/,
    },
  ];
  for (const { what, pagesHave, why } of refusals) {
    it(`refuses each call where ${what}`, () => {
      const { libkvm, pages, agreed } = both();
      agreed.useLayout(LAYOUT);
      for (const memory of [libkvm, pages]) counts(memory, 5n, 7n);
      pagesHave(pages);
      const word = new BigUint64Array(1);
      for (const call of [
        () => {
          agreed.read(kernelAddress(POINTER), word);
        },
        () => {
          agreed.readZpcpu(POINTER, word, 1);
        },
        () => agreed.counterU64Fetch(POINTER),
      ])
        assert.throws(call, why);
    });
  }

  it('does not take a 0 that libkvm gives for any error for a count', () => {
    const { libkvm, pages, agreed } = both();
    agreed.useLayout(LAYOUT);
    counts(libkvm, 0n, 0n);
    counts(pages, 5n, 7n);
    assert.throws(() => agreed.counterU64Fetch(POINTER), /libkvm gives 0, and the dump's own pages 12/);
    counts(pages, 0n, 0n);
    assert.equal(agreed.counterU64Fetch(POINTER), 0n);
  });

  it('reads no copy before it knows where they lie', () => {
    const { libkvm, pages, agreed } = both();
    for (const memory of [libkvm, pages]) counts(memory, 5n, 7n);
    const word = new BigUint64Array(1);
    assert.throws(() => {
      agreed.readZpcpu(POINTER, word, 0);
    }, /not proven yet/);
    assert.throws(() => agreed.counterU64Fetch(POINTER), /not proven yet/);
  });
});
