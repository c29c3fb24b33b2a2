/** Comes between the exporter and a kernel: what other CPUs do, and faults, just before one of its calls that read memory. */
import type { LiveKernel } from '../../src/kernel/live/liveKernel.js';

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
export function beforeReads({ memory }: LiveKernel, act: (call: ReadCall) => void): () => void {
  const read = memory.read.bind(memory);
  const readZpcpu = memory.readZpcpu.bind(memory);
  const fetch = memory.counterU64Fetch.bind(memory);
  memory.read = (address, into) => {
    act({ call: 'kvm_read', address, length: into.byteLength });
    read(address, into);
  };
  memory.readZpcpu = (pointer, into, cpu) => {
    act({ call: 'kvm_read_zpcpu', address: pointer, length: into.byteLength });
    readZpcpu(pointer, into, cpu);
  };
  memory.counterU64Fetch = (pointer) => {
    act({ call: 'kvm_counter_u64_fetch', address: pointer, length: 8 });
    return fetch(pointer);
  };
  return () => {
    Object.assign(memory, { read, readZpcpu, counterU64Fetch: fetch });
  };
}
