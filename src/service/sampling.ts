/** What is known of a kernel between scrapes under one config: what each CPU did in the last window, and the highest rates of some counters. */
import type { ActivityTimes, Config } from '../config/model.js';
import { wantsPeaks, wantsSpread } from '../config/spread.js';
import type { FurtherText } from '../exposition/furtherText.js';
import { PeakText } from '../exposition/peakText.js';
import { SpreadText } from '../exposition/spreadText.js';
import type { SeriesLayout } from '../plan/layout.js';
import type { Scraper } from '../scrape/scraper.js';
import { Activity } from '../snapshots/activity/activity.js';
import { Askers } from '../snapshots/activity/askers.js';
import { PeakSampler } from '../snapshots/activity/peakSampler.js';
import { SampledSource } from '../snapshots/activity/sampledSource.js';
import type { SerialQueue } from '../snapshots/serialQueue.js';
import type { SnapshotSource } from '../snapshots/snapshot.js';

export class Sampling {
  readonly activity: Activity;
  /** To be told of each scrape. */
  readonly askers: Askers;
  /** What is published of it. */
  readonly further: readonly FurtherText[];
  /** The reads that the activity is told of. */
  readonly source: SnapshotSource;
  private readonly sampled: SampledSource;
  private readonly peaks: PeakSampler | undefined;

  /**
   * @param source what reads the kernel for publication
   * @param queue runs all reads of this kernel
   * @param onError told of what is no fault of the kernel's
   * @param before of another config, whose windows go on with the counters that both have
   */
  constructor(
    config: Pick<Config, 'entries'>,
    times: ActivityTimes,
    scraper: Scraper,
    source: SnapshotSource,
    queue: SerialQueue,
    onError: (error: unknown) => void,
    before?: Sampling,
  ) {
    this.askers = before?.askers ?? new Askers();
    this.activity = new Activity(times, before?.activity);
    const peaks = wantsPeaks(config) ? new PeakSampler(scraper, peakRows, queue, onError, before?.peaks) : undefined;
    this.peaks = peaks;
    this.sampled = new SampledSource(source, this.activity, times.intervalMs, peaks);
    this.source = this.sampled;
    this.further = [
      ...(wantsSpread(config) ? [new SpreadText(this.activity, times.windowMs)] : []),
      ...(peaks === undefined
        ? []
        : [new PeakText(peaks, () => Math.max(times.windowMs, this.askers.longestInterval()), times.windowMs)]),
    ];
  }

  /** @param refresh as in SampledSource */
  start(refresh: () => Promise<void>): void {
    this.sampled.start(refresh);
    this.peaks?.start();
  }

  /** Somebody looks at the CPUs: for some seconds each read tells the parts of all rows. */
  look(): void {
    this.sampled.look();
  }

  stop(): void {
    this.sampled.stop();
    this.peaks?.stop();
  }
}

/** The rows whose highest rates are to be known. */
function peakRows({ families }: SeriesLayout): number[] {
  return families.flatMap(({ family, from, to }) =>
    family.peak === true ? Array.from({ length: to - from }, (_, index) => from + index) : [],
  );
}
