/**
 * Reads per-CPU copies slab by slab, many items and CPUs in one call: by kvm_read_zpcpu(3) where libkvm agrees with this kernel, else by
 * kvm_read(3) at addresses of the exporter's own.
 */
import type { ZpcpuPointer } from '../kernel/address.js';
import { KvmError } from '../kernel/errors.js';
import type { Kernel } from '../kernel/live/kernel.js';
import type { ZpcpuLayout } from '../kernel/zpcpu.js';
import { planCopies, type CopyGroup, type CopyPlan } from '../plan/copyPlan.js';
import type { ReadCost } from '../plan/readCost.js';
import type { EntryResolution } from '../plan/resolution.js';
import type { SeriesLayout } from '../plan/series.js';
import type { CopyOutcome, CopyReader, CopyTable } from './copyReader.js';
import type { Pacer } from '../snapshots/pacer.js';

export class SlabReader implements CopyReader {
  private plan: CopyPlan | undefined;
  /** For each item the ids whose copies one read has fetched: of a group that had to be read piece by piece. */
  private readonly idsApart: Int32Array;

  constructor(
    private readonly kernel: Kernel,
    private readonly layout: SeriesLayout,
    private readonly zpcpu: ZpcpuLayout,
    private readonly cost: ReadCost,
    /** True to read by kvm_read_zpcpu. */
    private readonly byZpcpu: boolean,
  ) {
    this.idsApart = new Int32Array(layout.items.length);
  }

  prepare(resolutions: readonly EntryResolution[], pointers: readonly (ZpcpuPointer | undefined)[]): CopyTable {
    this.plan = planCopies(this.layout, resolutions, pointers, this.zpcpu, this.kernel.facts, this.cost);
    return this.plan;
  }

  async read(outcome: CopyOutcome, pacer: Pacer): Promise<void> {
    if (this.plan === undefined) return;
    for (const group of this.plan.groups) {
      let ids = 0;
      let idsWhole = 0;
      for (const read of group.reads) {
        const count = read.lastId - read.firstId + 1;
        ids += count;
        try {
          // A slab's pages follow each other, so that CPU 0's copy and what follows it are all CPUs' copies.
          if (this.byZpcpu && read.pointer !== undefined) this.kernel.readZpcpu(read.pointer, read.into, 0);
          else this.kernel.read(read.address, read.into);
          idsWhole += count;
        } catch (error) {
          if (!(error instanceof KvmError)) throw error;
          if (ids - count === idsWhole) for (const item of group.items) this.idsApart[item] = 0;
          for (let id = read.firstId; id <= read.lastId; id++) {
            this.readApart(this.plan, group, id, 0, group.items.length, outcome);
          }
        }
        if (pacer.due()) await pacer.rest();
      }
      for (const item of group.items) {
        const idsApart = ids === idsWhole ? 0 : this.idsApart[item]!;
        if (idsWhole + idsApart === ids) outcome.read(item);
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
    outcome: CopyOutcome,
  ): void {
    const first = group.items[from]!;
    const start = plan.bases[first]! + id * plan.strides[first]!;
    let end = start;
    // Items ascend by where they begin, but one that is longer may end behind those that begin after it.
    for (let index = from; index < to; index++) {
      const item = group.items[index]!;
      end = Math.max(end, plan.bases[item]! + id * plan.strides[item]! + this.layout.items[item]!.size);
    }
    try {
      this.kernel.read(plan.addressOf(first, id), plan.arena.subarray(start, end));
      for (let index = from; index < to; index++) this.idsApart[group.items[index]!]!++;
    } catch (error) {
      if (!(error instanceof KvmError)) throw error;
      if (to - from === 1) {
        outcome.failed(first, error);
        return;
      }
      const middle = (from + to) >> 1;
      this.readApart(plan, group, id, from, middle, outcome);
      this.readApart(plan, group, id, middle, to, outcome);
    }
  }
}
