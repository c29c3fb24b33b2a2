/**
 * Reads memory through libkvm(3) in a form that cannot be misused: libkvm checks no CPU numbers, and tells some errors as short counts, so
 * every argument is checked before a call and every count after it.
 */
import { kernelAddress, WORD_BYTES, type KernelAddress, type ZpcpuPointer } from '../address.js';
import { KvmError } from '../errors.js';
import type { Facts } from '../facts.js';
import type { Memory, ZpcpuMemory } from '../memory.js';
import type { Handle } from './handle.js';

export class LibkvmMemory implements Memory {
  readonly traffic = { reads: 0, bytes: 0 };

  constructor(protected readonly handle: Handle) {}

  /** With kvm_read(3), which may stop short at an unmapped page, or fail with -1. */
  read(address: KernelAddress, into: NodeJS.TypedArray): void {
    const wanted = into.byteLength;
    const { c, kd } = this.handle;
    const count = c.kvm_read(kd, kernelAddress(address), into, wanted);
    this.account(count);
    if (count !== wanted) throw this.shortRead('kvm_read', wanted, count);
  }

  protected account(count: number): void {
    this.traffic.reads++;
    if (count > 0) this.traffic.bytes += count;
  }

  protected shortRead(call: string, wanted: number, count: number): KvmError {
    if (count < 0) return this.handle.failure(call);
    return new KvmError(call, `short read, ${count} of ${wanted} bytes`);
  }
}

export class LibkvmZpcpuMemory extends LibkvmMemory implements ZpcpuMemory {
  constructor(
    handle: Handle,
    private readonly cpus: Pick<Facts, 'maxId' | 'ncpus'>,
  ) {
    super(handle);
  }

  /** Right only where libkvm's stride, `sizeof(struct pcpu)`, is the kernel's, one page; selfTest.ts finds out. */
  readZpcpu(pointer: ZpcpuPointer, into: NodeJS.TypedArray, cpu: number): void {
    if (!Number.isInteger(cpu) || cpu < 0 || cpu > this.cpus.maxId) throw new RangeError(`there is no CPU ${cpu}`);
    const wanted = into.byteLength;
    const { c, kd } = this.handle;
    const count = c.kvm_read_zpcpu(kd, pointer, into, wanted, cpu);
    this.account(count);
    if (count !== wanted) throw this.shortRead('kvm_read_zpcpu', wanted, count);
  }

  counterU64Fetch(pointer: ZpcpuPointer): bigint {
    const { c, kd } = this.handle;
    const sum = c.kvm_counter_u64_fetch(kd, pointer);
    this.account(WORD_BYTES * this.cpus.ncpus);
    return BigInt(sum);
  }
}
