/** What a dump's memory is read by: its own pages alone, or libkvm(3) and these, held against each other. */
import type { KernelAddress, ZpcpuPointer } from '../address.js';
import { sumOfCopies } from '../bracket.js';
import { KvmError } from '../errors.js';
import type { Facts } from '../facts.js';
import type { Memory, Traffic, ZpcpuMemory } from '../memory.js';
import type { ZpcpuLayout } from '../zpcpu.js';

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

/**
 * Every read of libkvm is made again in the dump's pages: two readers that know nothing of each other, and must say the same. For a page that
 * lies between the ranges of memory that were dumped, libkvm gives the bytes of another one without an error.
 */
export class AgreedMemory implements Memory, ZpcpuMemory {
  private other = Buffer.alloc(0);
  private layout: ZpcpuLayout | undefined;

  constructor(
    private readonly libkvm: Memory & ZpcpuMemory,
    private readonly pages: Memory,
    private readonly cpus: Pick<Facts, 'ncpus'>,
  ) {}

  get traffic(): Traffic {
    return this.libkvm.traffic;
  }

  /** Where the dump's pages have the copies of zpcpu items. Before this is known, none is read. */
  useLayout(layout: ZpcpuLayout): void {
    this.layout = layout;
  }

  read(address: KernelAddress, into: NodeJS.TypedArray): void {
    this.libkvm.read(address, into);
    this.compare('kvm_read', address, into);
  }

  readZpcpu(pointer: ZpcpuPointer, into: NodeJS.TypedArray, cpu: number): void {
    const address = this.proven('kvm_read_zpcpu').copy(pointer, cpu);
    this.libkvm.readZpcpu(pointer, into, cpu);
    this.compare('kvm_read_zpcpu', address, into);
  }

  /** Unlike that of a running kernel, a 0 is one: the pages say so, too. Throws KvmError where they cannot. */
  counterU64Fetch(pointer: ZpcpuPointer): bigint {
    const layout = this.proven('kvm_counter_u64_fetch');
    const fetched = this.libkvm.counterU64Fetch(pointer);
    const sum = sumOfCopies({ maxId: this.cpus.ncpus - 1 }, (cpu, into) => {
      this.pages.read(layout.copy(pointer, cpu), into);
    });
    if (fetched !== sum)
      throw new KvmError('kvm_counter_u64_fetch', `libkvm gives ${fetched}, and the dump's own pages ${sum}`);
    return fetched;
  }

  private compare(call: string, address: KernelAddress, read: NodeJS.TypedArray): void {
    if (this.other.length < read.byteLength) this.other = Buffer.alloc(read.byteLength);
    const other = this.other.subarray(0, read.byteLength);
    this.pages.read(address, other);
    if (other.compare(new Uint8Array(read.buffer, read.byteOffset, read.byteLength)) !== 0)
      throw new KvmError(call, "libkvm gives other bytes than the dump's own pages");
  }

  private proven(call: string): ZpcpuLayout {
    if (this.layout === undefined) throw new KvmError(call, 'it is not proven yet where copies lie');
    return this.layout;
  }
}
