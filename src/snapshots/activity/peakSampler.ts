/** Samples some rows as often as can be, to see bursts that are over before anybody asks. Reads between those of the others, in the same queue. */
import type { SeriesLayout } from '../../plan/layout.js';
import { KvmError } from '../../kernel/errors.js';
import type { SerialQueue } from '../serialQueue.js';
import type { Snapshot } from '../snapshot.js';
import { isRead } from '../values.js';
import { Peaks, type Peak, type PartRead } from './peaks.js';

/** Milliseconds from one sample to the next. */
const INTERVAL = 10;

/** What reads some rows of the newest layout by themselves. */
export interface PartSource {
  readonly layout: SeriesLayout;
  readingOf(rows: readonly number[]): PartRead & { read(): Promise<void> };
}

interface Current {
  /** Of all rows. */
  readonly layout: SeriesLayout;
  /** By the number of a row there, its number here. */
  readonly rows: ReadonlyMap<number, number>;
  readonly reading: ReturnType<PartSource['readingOf']>;
  readonly peaks: Peaks;
}

export class PeakSampler {
  private current: Current | undefined;
  private timer: NodeJS.Timeout | undefined;
  private isStopped = false;

  /**
   * @param wanted the rows of a layout that are sampled
   * @param queue runs all reads of this kernel
   * @param onError told of what is no fault of the kernel's
   * @param before that of another config, with whose rows it goes on
   */
  constructor(
    private readonly source: PartSource,
    private readonly wanted: (layout: SeriesLayout) => readonly number[],
    private readonly queue: SerialQueue,
    private readonly onError: (error: unknown) => void,
    private before?: PeakSampler,
  ) {}

  start(): void {
    const began = performance.now();
    const next = (): void => {
      if (this.isStopped) return;
      const left = began + INTERVAL - performance.now();
      this.timer = setTimeout(
        () => {
          this.start();
        },
        Math.max(1, left),
      ).unref();
    };
    this.queue
      .run(() => this.sample())
      .then(next, (error: unknown) => {
        this.onError(error);
        next();
      });
  }

  stop(): void {
    this.isStopped = true;
    clearTimeout(this.timer);
  }

  /**
   * Of a row of a layout, the highest rate in the window; undefined where it is not sampled, or has not been for as long.
   * @param windowMs milliseconds
   */
  peakOf(layout: SeriesLayout, row: number, windowMs: number): Peak | undefined {
    const { current } = this;
    if (current?.layout !== layout) return undefined;
    const own = current.rows.get(row);
    return own === undefined ? undefined : current.peaks.peakOf(own, windowMs);
  }

  /** What a read has not published of the rows that are sampled begins anew: withdrawn, what it counted until now is not to be believed either. */
  see({ layout, states }: Pick<Snapshot, 'layout' | 'states'>): void {
    const { current } = this;
    if (current?.layout !== layout) return;
    for (const [row, own] of current.rows) if (!isRead({ layout, states }, row)) current.peaks.forget(own);
  }

  private async sample(): Promise<void> {
    if (this.isStopped) return;
    const { reading, peaks } = this.follow();
    const clock = performance.now();
    try {
      await reading.read();
    } catch (error) {
      if (!(error instanceof KvmError)) throw error;
      peaks.lost();
      return;
    }
    peaks.take(reading, clock, performance.now());
  }

  private follow(): Current {
    const { layout } = this.source;
    if (this.current?.layout === layout) return this.current;
    const rows = this.wanted(layout);
    const reading = this.source.readingOf(rows);
    const peaks = new Peaks(reading.layout);
    if (this.current !== undefined) peaks.resume(this.current.peaks);
    else if (this.before?.current !== undefined) peaks.resume(this.before.current.peaks, true);
    this.before = undefined;
    this.current = { layout, rows: new Map(rows.map((row, index) => [row, index])), reading, peaks };
    return this.current;
  }
}
