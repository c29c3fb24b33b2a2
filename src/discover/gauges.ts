/**
 * Tells counters that only grow from those that go both ways, which their type does not say. A gauge called a counter gives rates that are
 * wrong, a counter called a gauge only a name without `_total`: so what is in doubt is a gauge.
 */
import { matchesGlob } from '../config/glob.js';
import type { Snapshot } from '../snapshots/snapshot.js';
import { partOf, sumOf } from '../snapshots/values.js';

/** They go both ways, although they may only grow, or rest, while one looks (see their uses in the kernel). */
const KNOWN_GAUGES = [
  'tcps_states',
  'numcachehv',
  'bufkvaspace',
  'buffreekvacnt',
  'v_wire_count',
  'v_user_wire_count',
  'v_nofree_count',
  'ktls_*active*',
  'ktls_cnt_*',
  'ktls_tasks_*',
  'ktls_*_cbc',
  'ktls_*_gcm',
  'ktls_*_chacha20',
  'snd_tag_count',
  'tcp_log_pcb_ids_cur',
  'kernel_pt_page_count',
  // Of ZFS: where no data set is encrypted and there is no cache device, some of them are 0 and never move.
  'arcstat_hash_elements',
  'arcstat_hash_chains',
  'arcstat_*data_size',
  'arcstat_*compressed_size',
  'arcstat_hdr_size',
  'arcstat_dbuf_size',
  'arcstat_dnode_size',
  'arcstat_bonus_size',
  'arcstat_abd_chunk_waste_size',
  'arcstat_meta_used',
  'arcstat_overhead_size',
  'arcstat_raw_size',
  'arcstat_l2_lsize',
  'arcstat_l2_psize',
  'arcstat_l2_bufc_*_asize',
  'arcstat_l2_m?u_asize',
  'arcstat_l2_prefetch_asize',
  'arcstat_l2_log_blk_count',
  'arcstat_l2_log_blk_asize',
  'hash_elements',
  'hash_chains',
  'cache_count',
  'metadata_cache_count',
];

/** They only grow, whatever their names say: vnodes recycled, and what epoch(9), smr(9) and the TLB's PCIDs did. */
const KNOWN_COUNTERS = [
  '*recycles_count',
  '*recycles_free_count',
  'epoch_call*_count',
  'block_count',
  'migrate_count',
  'turnstile_count',
  'switch_count',
  'wait_count',
  'yield_count',
  'pcid_save_cnt',
];

/** Names of what there is now, rather than of what has happened. */
const NAMES = /_(cur|current|count|cnt|active|pending|queued|inuse|in_use|outstanding|held|spare)$/;

export interface Judgement {
  readonly isGauge: boolean;
  /** Why it was taken for a gauge; undefined where that is known. */
  readonly why?: string | undefined;
}

/** What is one. */
export interface Gauge {
  readonly name: string;
  /** As in Judgement. */
  readonly why: string | undefined;
}

export interface Judged {
  /** Its own name, or that of the member. */
  readonly name: string;
  /** True for a member of a struct of statistics, in which everything counts what has happened, be it called `dsack_count`. */
  readonly isStatistic: boolean;
  /** What its values showed; undefined where they showed nothing. */
  readonly seen: 'down' | 'negative' | undefined;
}

export function judge({ name, isStatistic, seen }: Judged): Judgement {
  if (KNOWN_GAUGES.some((glob) => matchesGlob(glob, name))) return { isGauge: true };
  if (KNOWN_COUNTERS.some((glob) => matchesGlob(glob, name))) return { isGauge: false };
  if (seen === 'down') return { isGauge: true, why: 'it was seen to go down' };
  if (seen === 'negative') return { isGauge: true, why: "a CPU's part of it is negative" };
  if (!isStatistic && NAMES.test(name)) return { isGauge: true, why: 'its name is that of something that may go down' };
  return { isGauge: false };
}

/** What the values of rows show in one read after another. */
export class Movement {
  private last: Pick<Snapshot, 'layout' | 'report'> | undefined;
  private values: readonly (readonly (bigint | undefined)[])[] = [];
  private readonly seen = new Map<number, Judged['seen']>();

  /** Takes a read in, whose values may be overwritten afterwards. */
  look(snapshot: Snapshot): void {
    const { layout, report } = snapshot;
    if (layout !== this.last?.layout) this.seen.clear();
    // Else a value may be that of another counter than before.
    const isComparable = layout === this.last?.layout && report.generation === this.last.report.generation;
    const values = layout.rows.map((_, row) => [
      sumOf(snapshot, row),
      ...layout.cpus.map((__, cpu) => partOf(snapshot, row, cpu)),
    ]);
    values.forEach((now, row) => {
      const before = isComparable ? this.values[row] : undefined;
      if (now.some((value, column) => isBelow(value, before?.[column]))) this.seen.set(row, 'down');
      else if (now.some((value) => isBelow(value, 0n)) && !this.seen.has(row)) this.seen.set(row, 'negative');
    });
    this.last = { layout, report };
    this.values = values;
  }

  of(row: number): Judged['seen'] {
    return this.seen.get(row);
  }
}

function isBelow(value: bigint | undefined, other: bigint | undefined): boolean {
  return value !== undefined && other !== undefined && value < other;
}
