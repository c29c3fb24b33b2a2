/** Looks into a simulated kernel as a reader has to: with kvm_read, by offsets that the types of its file tell. */
import assert from 'node:assert/strict';
import { openKernelTypes } from '../../src/ctf/kernelFile.js';
import { leaves } from '../../src/ctf/members.js';
import type { ObjectTypes } from '../../src/ctf/types.js';
import type { KernelAddress } from '../../src/kernel/address.js';
import { openLiveKernel, type LiveKernel } from '../../src/kernel/live/liveKernel.js';
import type { ImageFile } from '../../src/simulator/image.js';
import { Simulator, type Workload } from '../../src/simulator/simulator.js';
import { parseSimulatorSpec } from '../../src/simulator/spec.js';
import { booted } from '../support/booted.js';

export class Lookout {
  readonly image: ImageFile;
  readonly types: ObjectTypes;
  private readonly offsets = new Map<string, number>();

  constructor(
    simulator: Simulator,
    readonly kernel: LiveKernel,
  ) {
    this.image = simulator.image;
    this.types = openKernelTypes(simulator.source.execfile, kernel.sysctls.text('kern.build_id')).types;
  }

  bytes(address: bigint, length: number): Buffer {
    const bytes = Buffer.alloc(length);
    this.kernel.memory.read(address as KernelAddress, bytes);
    return bytes;
  }

  word(address: bigint): bigint {
    return this.bytes(address, 8).readBigUInt64LE();
  }

  int(address: bigint, size: 1 | 2 | 4 = 4): number {
    return this.bytes(address, size).readUIntLE(0, size);
  }

  /** A C string, a byte a character. */
  text(address: bigint): string {
    let text = '';
    for (let at = address; ; at++) {
      const byte = this.int(at, 1);
      if (byte === 0) return text;
      text += String.fromCharCode(byte);
    }
  }

  /** Where a kernel symbol is, by its name in the symbol table. */
  symbol(name: string): bigint {
    const found = this.kernel.symbols.lookUp(name);
    assert.ok(found !== undefined, name);
    return found.value;
  }

  /** Where a member is in the struct of that tag, which is an array's start where it is one. */
  offset(tag: string, path: string): bigint {
    if (!this.offsets.has(`${tag}.${path}`)) {
      const struct = this.types.findStruct(tag);
      assert.ok(struct !== undefined, `struct ${tag}`);
      for (const { path: each, offset } of leaves(this.types, struct)) this.offsets.set(`${tag}.${each}`, offset);
    }
    const offset = this.offsets.get(`${tag}.${path}`);
    assert.ok(offset !== undefined, `struct ${tag} has no ${path}`);
    return BigInt(offset);
  }

  sizeOf(tag: string): number {
    return this.types.findStruct(tag)!.size;
  }

  /** The elements of a list from its head's address on, each of which has the next one's address at `link`. */
  list(head: bigint, link: bigint): bigint[] {
    const found: bigint[] = [];
    for (let at = this.word(head); at !== 0n; at = this.word(at + link)) {
      assert.ok(found.length < 10_000, 'a list that ends');
      found.push(at);
    }
    return found;
  }

  /** Where CPU 0's copy is of what a stored zpcpu pointer leads to. */
  copy(pointer: bigint, cpu = 0): bigint {
    return BigInt.asUintN(64, pointer + this.image.bias + BigInt(cpu * this.image.pageSize));
  }

  /** A counter(9), summed over all ids. */
  counter(cell: bigint): bigint {
    const pointer = this.word(cell);
    let sum = 0n;
    for (let cpu = 0; cpu <= this.image.maxId; cpu++) sum += this.word(this.copy(pointer, cpu));
    return BigInt.asUintN(64, sum);
  }

  sysctl(name: string): Buffer {
    const bytes = this.kernel.sysctls.bytes(name);
    assert.ok(bytes !== undefined, name);
    return bytes;
  }
}

export async function withLookout(
  spec: string,
  use: (look: Lookout, simulator: Simulator) => void | Promise<void>,
  workload: Workload = 'none',
): Promise<void> {
  const simulator = await Simulator.start(parseSimulatorSpec(spec), { workload, boot: booted });
  try {
    const kernel = openLiveKernel(simulator.source);
    try {
      await use(new Lookout(simulator, kernel), simulator);
    } finally {
      kernel.close();
    }
  } finally {
    await simulator.close();
  }
}
