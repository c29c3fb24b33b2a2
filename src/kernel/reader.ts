/** How zpcpu copies are read on a kernel, once that is proven to give its numbers. */
import type { ZpcpuPointer } from './address.js';
import type { ZpcpuLayout } from './zpcpu.js';

/** `libkvm`: kvm_counter_u64_fetch and kvm_read_zpcpu. `direct`: kvm_read at pointer + bias + page size × cpu. */
export type ReaderName = 'libkvm' | 'direct';

export interface ProvenReader {
  readonly reader: ReaderName;
  readonly layout: ZpcpuLayout;
  /** True where reads at addresses by `layout` agree, so that whole slabs can be read. */
  readonly layoutAgrees: boolean;
  /** True where kvm_counter_u64_fetch and kvm_read_zpcpu give this kernel's numbers, whichever reader was taken. */
  readonly libkvmAgrees: boolean;
  /** Why this reader was taken, the same words at every start. */
  readonly reason: string;
  /** What each way of reading gave, for the log. */
  readonly seen: string;
  /** The pointer of the counter by which it was proven: its slab can be read for certain. */
  readonly probe: ZpcpuPointer;
  /** The sysctl that tells that counter, 64 bits. */
  readonly probeSysctl: string;
}
