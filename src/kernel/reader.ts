/** How zpcpu copies are read on a kernel, once that is proven to give its numbers. */
import type { ZpcpuPointer } from './address.js';
import type { ZpcpuLayout } from './zpcpu.js';

/** `libkvm`: kvm_counter_u64_fetch and kvm_read_zpcpu. `direct`: kvm_read at pointer + bias + page size × cpu. */
export type ReaderName = 'libkvm' | 'direct';

/** The context switches of `vm_cnt`, the first member of `struct vmmeter`: never at rest, and told by a sysctl of 64 bits. A reader is proven by them. */
export const READER_PROBE = { symbol: 'vm_cnt', offset: 0, sysctl: 'vm.stats.sys.v_swtch' } as const;

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
  /** The pointer of the item by which it was proven: its slab can be read for certain. */
  readonly probe: ZpcpuPointer;
}
