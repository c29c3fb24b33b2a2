/** What a dump's memory is read by: its own pages alone, or libkvm(3) and these, held against each other. */
import type { KernelAddress, ZpcpuPointer } from '../address.js';
import { KvmError } from '../errors.js';
import type { LibkvmZpcpuMemory } from '../libkvm/memory.js';
import type { Memory, Traffic, ZpcpuMemory } from '../memory.js';

/** Where there is no libkvm that could open the dump. */
export class PagesMemory implements Memory, ZpcpuMemory {
  constructor(private readonly pages: Memory) {}

  get traffic(): Traffic {
    return this.pages.traffic;
  }

  read(address: KernelAddress, into: NodeJS.TypedArray): void {
    this.pages.read(address, into);
  }

  readZpcpu(): void {
    throw new KvmError('kvm_read_zpcpu', 'libkvm is not used for this dump');
  }

  counterU64Fetch(): bigint {
    throw new KvmError('kvm_counter_u64_fetch', 'libkvm is not used for this dump');
  }
}

/** Every read of libkvm is made again in the dump's pages: two readers that know nothing of each other, and must say the same. */
export class AgreedMemory implements Memory, ZpcpuMemory {
  private other = Buffer.alloc(0);

  constructor(
    private readonly libkvm: LibkvmZpcpuMemory,
    private readonly pages: Memory,
  ) {}

  get traffic(): Traffic {
    return this.libkvm.traffic;
  }

  read(address: KernelAddress, into: NodeJS.TypedArray): void {
    this.libkvm.read(address, into);
    if (this.other.length < into.byteLength) this.other = Buffer.alloc(into.byteLength);
    const other = this.other.subarray(0, into.byteLength);
    this.pages.read(address, other);
    if (other.compare(new Uint8Array(into.buffer, into.byteOffset, into.byteLength)) !== 0)
      throw new KvmError('kvm_read', "libkvm gives other bytes than the dump's own pages");
  }

  readZpcpu(pointer: ZpcpuPointer, into: NodeJS.TypedArray, cpu: number): void {
    this.libkvm.readZpcpu(pointer, into, cpu);
  }

  counterU64Fetch(pointer: ZpcpuPointer): bigint {
    return this.libkvm.counterU64Fetch(pointer);
  }
}
