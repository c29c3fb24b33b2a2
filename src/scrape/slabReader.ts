/**
 * Reads per-CPU copies slab by slab, many items and CPUs in one call: by kvm_read_zpcpu(3) where libkvm agrees with this kernel, else by
 * kvm_read(3) at addresses of the exporter's own.
 */
import type { ZpcpuPointer } from '../kvm/address.js';
import { KvmError } from '../kvm/errors.js';
import type { Kernel } from '../kvm/kernel.js';
import type { ZpcpuLayout } from '../kvm/zpcpu.js';
import { planCopies, type CopyGroup, type CopyPlan } from '../plan/copyPlan.js';
import type { ReadCost } from '../plan/readCost.js';
import type { EntryResolution } from '../plan/resolution.js';
import type { SeriesLayout } from '../plan/series.js';
import type { CopyReader, CopyTable, OnFailure } from './copyReader.js';
import type { Pacer } from './pacer.js';

export class SlabReader implements CopyReader {
  private plan: CopyPlan | undefined;

  constructor(
    private readonly kernel: Kernel,
    private readonly layout: SeriesLayout,
    private readonly zpcpu: ZpcpuLayout,
    private readonly cost: ReadCost,
    /** True to read by kvm_read_zpcpu. */
    private readonly byZpcpu: boolean,
  ) {}

  prepare(resolutions: readonly EntryResolution[], pointers: readonly (ZpcpuPointer | undefined)[]): CopyTable {
    this.plan = planCopies(this.layout, resolutions, pointers, this.zpcpu, this.kernel.facts, this.cost);
    return this.plan;
  }

  async read(onFailure: OnFailure, pacer: Pacer): Promise<void> {
    if (this.plan === undefined) return;
    for (const group of this.plan.groups) {
      for (const read of group.reads) {
        try {
          // A slab's pages follow each other, so that CPU 0's copy and what follows it are all CPUs' copies.
          if (this.byZpcpu && read.pointer !== undefined) this.kernel.readZpcpu(read.pointer, read.into, 0);
          else this.kernel.read(read.address, read.into);
        } catch (error) {
          if (!(error instanceof KvmError)) throw error;
          for (let id = read.firstId; id <= read.lastId; id++) {
            this.readApart(this.plan, group, id, 0, group.items.length, onFailure);
          }
        }
        if (pacer.due()) await pacer.rest();
      }
    }
  }

  /** Reads the copies of CPU `id` of the group's items from index `from` up to `to`; in halves where that fails, until the bad one is alone. */
  private readApart(
    plan: CopyPlan,
    group: CopyGroup,
    id: number,
    from: number,
    to: number,
    onFailure: OnFailure,
  ): void {
    const first = group.items[from]!;
    const last = group.items[to - 1]!;
    const start = plan.bases[first]! + id * plan.strides[first]!;
    const end = plan.bases[last]! + id * plan.strides[last]! + this.layout.items[last]!.size;
    try {
      this.kernel.read(plan.addressOf(first, id), plan.arena.subarray(start, end));
    } catch (error) {
      if (!(error instanceof KvmError)) throw error;
      if (to - from === 1) {
        onFailure(first, error);
        return;
      }
      const middle = (from + to) >> 1;
      this.readApart(plan, group, id, from, middle, onFailure);
      this.readApart(plan, group, id, middle, to, onFailure);
    }
  }
}
