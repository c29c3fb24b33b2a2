/**
 * What `peak: true` publishes of counters: the highest rate from one sample to the next in the window, and the CPU that had most of it. The window
 * reaches back to the last scrape of whoever asks least often, so that a burst is seen by all.
 */
import { peakNames } from '../config/spread.js';
import type { SeriesLayout } from '../plan/layout.js';
import type { PeakSampler } from '../snapshots/activity/peakSampler.js';
import type { Snapshot } from '../snapshots/snapshot.js';
import { isRead } from '../snapshots/values.js';
import { Lines, lineStart, partOf, type FurtherPart, type FurtherText, type WantedFamilies } from './furtherText.js';
import type { Format } from './formats/format.js';
import { numberText } from './syntax.js';

/** A family of the layout. */
interface PeakFamily {
  readonly index: number;
  readonly from: number;
  /** Of each row, from `from` on, what its lines begin with. */
  readonly starts: readonly { readonly rate: string; readonly cpu: string }[];
  readonly rates: Lines;
  readonly cpus: Lines;
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
    const part = partOf(format, pieces);
    return Promise.resolve(part.text.length === 0 ? undefined : part);
  }

  private renderFamily({ from, starts, rates, cpus }: PeakFamily, snapshot: Snapshot, windowMs: number): void {
    let rateLines = '';
    let cpuLines = '';
    starts.forEach((start, index) => {
      // Withdrawn, it may be: its peaks are no better than it is.
      if (!isRead(snapshot, from + index)) return;
      const peak = this.peaks.peakOf(snapshot.layout, from + index, windowMs);
      if (peak === undefined) return;
      rateLines += `${start.rate}${numberText(peak.rate)}\n`;
      if (peak.cpu !== undefined) cpuLines += `${start.cpu}${peak.cpu}\n`;
    });
    rates.lines = rateLines;
    cpus.lines = cpuLines;
  }

  private follow(layout: SeriesLayout): void {
    this.layout = layout;
    this.families = layout.families.flatMap(({ family, from, to }, index): PeakFamily[] => {
      if (family.peak !== true || from === to) return [];
      const [rate, cpu] = peakNames(family.name);
      const starts = layout.rows
        .slice(from, to)
        .map(({ labels }) => ({ rate: lineStart(rate, labels), cpu: lineStart(cpu, labels) }));
      const since = `since the last scrape, ${this.leastMs / 1000} seconds at least`;
      const how = 'from one sample to the next, taken every 10 ms where the machine keeps up';
      const rates = new Lines(
        rate,
        `The highest rate ${since}, ${how}, in ${family.unit ?? 'events'} per second: ${family.help}`,
      );
      const cpus = new Lines(
        cpu,
        `Id of the CPU that had most of that peak, absent where there was none: ${family.help}`,
      );
      return [{ index, from, starts, rates, cpus }];
    });
  }
}
