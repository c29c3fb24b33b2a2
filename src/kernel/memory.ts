/** The memory of a kernel, as those see it who read from it. */
import type { KernelAddress, ZpcpuPointer } from './address.js';

/** What was read since the kernel was opened. */
export interface Traffic {
  /** Calls that read memory. */
  readonly reads: number;
  /** Bytes that they copied. */
  readonly bytes: number;
}

export interface Memory {
  readonly traffic: Traffic;
  /**
   * Fills `into` from the kernel's memory at `address`.
   * @throws KvmError where the whole of it could not be read
   */
  read(address: KernelAddress, into: NodeJS.TypedArray): void;
}

/** The calls that kvm_getpcpu(3) has for per-CPU memory. They are right only where libkvm's arithmetic is the kernel's: a self-test finds out. */
export interface ZpcpuMemory {
  /**
   * Fills `into` from the copy of a zpcpu item that belongs to `cpu`, with kvm_read_zpcpu(3).
   * @throws KvmError where not all of it was read; RangeError where `cpu` is not 0 to mp_maxid
   */
  readZpcpu(pointer: ZpcpuPointer, into: NodeJS.TypedArray, cpu: number): void;
  /**
   * The sum of a counter(9) over the CPUs 0 to mp_ncpus - 1, modulo 2^64, with kvm_counter_u64_fetch(3).
   * 0 may stand for any error: who publishes a 0 confirms it first with readZpcpu().
   */
  counterU64Fetch(pointer: ZpcpuPointer): bigint;
}
