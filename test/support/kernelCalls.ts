/** Comes between the exporter and a kernel: what other CPUs do, and faults, just before one of its calls that read memory. */
import type { Kernel } from '../../src/kernel/live/kernel.js';

export interface ReadCall {
  readonly call: 'kvm_read' | 'kvm_read_zpcpu' | 'kvm_counter_u64_fetch';
  /** The address, or the zpcpu pointer. */
  readonly address: bigint;
  /** Bytes. */
  readonly length: number;
}

/**
 * Calls `act` before each call of the kernel that reads memory; what it throws takes the place of the call. Gives what ends it.
 */
export function beforeReads(kernel: Kernel, act: (call: ReadCall) => void): () => void {
  const read = kernel.read.bind(kernel);
  const readZpcpu = kernel.readZpcpu.bind(kernel);
  const fetch = kernel.counterU64Fetch.bind(kernel);
  kernel.read = (address, into) => {
    act({ call: 'kvm_read', address, length: into.byteLength });
    read(address, into);
  };
  kernel.readZpcpu = (pointer, into, cpu) => {
    act({ call: 'kvm_read_zpcpu', address: pointer, length: into.byteLength });
    readZpcpu(pointer, into, cpu);
  };
  kernel.counterU64Fetch = (pointer) => {
    act({ call: 'kvm_counter_u64_fetch', address: pointer, length: 8 });
    return fetch(pointer);
  };
  return () => {
    Object.assign(kernel, { read, readZpcpu, counterU64Fetch: fetch });
  };
}
