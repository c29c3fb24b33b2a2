/**
 * Reads of the kernel of which the activity is told: whoever asked for one, a scrape, the page or the sampler itself, the work is shared. Where
 * nobody asks for as long as an interval, the sampler does.
 */
import { Pacer } from '../pacer.js';
import type { Snapshot, SnapshotSource } from '../snapshot.js';
import type { Activity } from './activity.js';
import type { PeakSampler } from './peakSampler.js';

/** Milliseconds after a sample in which further reads are none: what they could tell is not worth the work. */
const SOON = 500;
/** Milliseconds for which all parts are wanted after somebody has looked, who looks each second. */
const LOOKING = 5000;

export class SampledSource implements SnapshotSource {
  private timer: NodeJS.Timeout | undefined;
  private isStopped = false;
  private lookedAt = -Infinity;

  /**
   * @param intervalMs from one sample to the next
   * @param peaks told of all reads, since none of them may pass in which a counter is withdrawn
   */
  constructor(
    private readonly source: SnapshotSource,
    private readonly activity: Activity,
    private readonly intervalMs: number,
    private readonly peaks?: Pick<PeakSampler, 'see'>,
  ) {}

  get reads(): number {
    return this.source.reads;
  }

  /** The parts of rows that publish none cost as much as the rest: they are gathered for samples, and for who looks. */
  async read(): Promise<Snapshot> {
    const now = performance.timeOrigin + performance.now();
    const isSample = now - this.activity.sampledAt >= SOON;
    const snapshot = await this.source.read(isSample || now - this.lookedAt < LOOKING);
    this.peaks?.see(snapshot);
    if (isSample) await this.activity.take(snapshot, new Pacer());
    return snapshot;
  }

  /** Somebody looks: all parts are wanted with the reads that follow. */
  look(): void {
    this.lookedAt = performance.timeOrigin + performance.now();
  }

  /**
   * Has the kernel read from now on where nobody else asks for it.
   * @param refresh has read() called in its turn. Where it fails, whoever asks next is told
   */
  start(refresh: () => Promise<void>): void {
    const next = (): void => {
      if (this.isStopped) return;
      const left = this.activity.sampledAt + this.intervalMs - (performance.timeOrigin + performance.now());
      this.timer = setTimeout(sample, left > 0 ? left : this.intervalMs).unref();
    };
    const sample = (): void => {
      refresh().then(next, next);
    };
    sample();
  }

  stop(): void {
    this.isStopped = true;
    clearTimeout(this.timer);
  }
}
