/**
 * What `peak: true` publishes of counters: the highest rate from one sample to the next in the window, and the CPU that had most of it. The window
 * reaches back to the last scrape of whoever asks least often, so that a burst is seen by all.
 */
import { peakNames } from '../config/spread.js';
import type { SeriesLayout } from '../plan/layout.js';
import type { PeakSampler } from '../snapshots/activity/peakSampler.js';
import type { Snapshot } from '../snapshots/snapshot.js';
import { isRead } from '../snapshots/values.js';
import { Gauge, partOf, type FurtherPart, type FurtherText, type WantedFamilies } from './furtherText.js';
import type { Format } from './formats/format.js';

/** A family of the layout. */
interface PeakFamily {
  readonly index: number;
  readonly from: number;
  readonly to: number;
  readonly rates: Gauge;
  readonly cpus: Gauge;
}

export class PeakText implements FurtherText {
  private layout: SeriesLayout | undefined;
  private families: readonly PeakFamily[] = [];

  /**
   * @param windowMs how far back the documents of now look: milliseconds
   * @param leastMs how far they do at least
   */
  constructor(
    private readonly peaks: Pick<PeakSampler, 'peakOf'>,
    private readonly windowMs: () => number,
    private readonly leastMs: number,
  ) {}

  render(snapshot: Snapshot, format: Format, wanted?: WantedFamilies): Promise<FurtherPart | undefined> {
    const { layout } = snapshot;
    if (layout !== this.layout) this.follow(layout);
    const windowMs = this.windowMs();
    const pieces = this.families.flatMap((family) => {
      if (wanted?.(family.index) === false) return [];
      this.renderFamily(family, snapshot, windowMs);
      return [family.rates, family.cpus];
    });
    return Promise.resolve(partOf(format, pieces));
  }

  private renderFamily({ from, to, rates, cpus }: PeakFamily, snapshot: Snapshot, windowMs: number): void {
    const highest: (number | undefined)[] = [];
    const ids: (number | undefined)[] = [];
    for (let row = from; row < to; row++) {
      // Withdrawn, it may be: its peaks are no better than it is.
      const peak = isRead(snapshot, row) ? this.peaks.peakOf(snapshot.layout, row, windowMs) : undefined;
      highest.push(peak?.rate);
      ids.push(peak?.cpu);
    }
    rates.set(highest);
    cpus.set(ids);
  }

  private follow(layout: SeriesLayout): void {
    this.layout = layout;
    this.families = layout.families.flatMap(({ family, from, to }, index): PeakFamily[] => {
      if (family.peak !== true || from === to) return [];
      const [rate, cpu] = peakNames(family.name);
      const labels = layout.rows.slice(from, to).map((row) => row.labels);
      const since = `since the last scrape, ${this.leastMs / 1000} seconds at least`;
      const how = 'from one sample to the next, taken every 10 ms where the machine keeps up';
      const rates = new Gauge(
        rate,
        `The highest rate ${since}, ${how}, in ${family.unit ?? 'events'} per second: ${family.help}`,
        labels,
      );
      const cpus = new Gauge(
        cpu,
        `Id of the CPU that had most of that peak, absent where there was none: ${family.help}`,
        labels,
      );
      return [{ index, from, to, rates, cpus }];
    });
  }
}
