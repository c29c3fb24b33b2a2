/**
 * What `cpu: spread` publishes of rows beside their sums: of counters what their CPUs did in the last window, of gauges their largest and
 * smallest part. What stands before the values is kept as long as the layout is the same, and all that is rendered as long as the window is.
 */
import type { Label } from '../config/model.js';
import { busiestName, partsName, partStats, rateName, rateStats, STAT_LABEL } from '../config/spread.js';
import type { SeriesLayout } from '../plan/layout.js';
import type { Activity } from '../snapshots/activity/activity.js';
import { Pacer } from '../snapshots/pacer.js';
import type { Snapshot } from '../snapshots/snapshot.js';
import { isRead, isSigned, SUM_COLUMN, wordOf } from '../snapshots/values.js';
import type { Format } from './formats/format.js';
import { Gauge, partOf, type FurtherPart, type FurtherText, type WantedFamilies } from './furtherText.js';

/** A family of the layout. */
interface SpreadFamily {
  readonly index: number;
  readonly from: number;
  readonly to: number;
  /** Of a counter the rates, of a gauge the parts: of each row one after the other. */
  readonly figures: Gauge;
  /** Of a counter. */
  readonly busiest: Gauge | undefined;
}

type Spread = Pick<Activity, 'version' | 'knows' | 'spreadOf'>;

export class SpreadText implements FurtherText {
  private layout: SeriesLayout | undefined;
  private families: readonly SpreadFamily[] = [];
  private hasGauges = false;
  /** What is rendered: of which read the gauges, and of which window the counters, with which states. */
  private sequence = 0;
  private version = -1;
  private isKnown = false;
  private states = new Uint8Array(0);
  /** All of it, by format. */
  private readonly parts = new Map<Format, FurtherPart | undefined>();

  /** @param windowMs of the activity */
  constructor(
    private readonly activity: Spread,
    private readonly windowMs: number,
  ) {}

  async render(snapshot: Snapshot, format: Format, wanted?: WantedFamilies): Promise<FurtherPart | undefined> {
    await this.update(snapshot);
    return wanted === undefined ? this.whole(format) : this.partOf(format, wanted);
  }

  private whole(format: Format): FurtherPart | undefined {
    if (!this.parts.has(format))
      this.parts.set(
        format,
        this.partOf(format, () => true),
      );
    return this.parts.get(format);
  }

  private partOf(format: Format, wanted: WantedFamilies): FurtherPart | undefined {
    const gauges = this.families.flatMap(({ index, figures, busiest }) =>
      wanted(index) ? [figures, ...(busiest === undefined ? [] : [busiest])] : [],
    );
    return partOf(format, gauges);
  }

  private async update(snapshot: Snapshot): Promise<void> {
    const { layout, states, report } = snapshot;
    const { version } = this.activity;
    const isOther = layout !== this.layout;
    if (isOther) this.follow(layout);
    const isKnown = this.activity.knows(layout);
    const areCounters =
      isOther || version !== this.version || isKnown !== this.isKnown || Buffer.compare(states, this.states) !== 0;
    const areGauges = isOther || (this.hasGauges && report.sequence !== this.sequence);
    if (!areCounters && !areGauges) return;
    this.parts.clear();
    // Until all is rendered it is of no read.
    this.version = -1;
    this.sequence = 0;
    this.isKnown = isKnown;
    const pacer = new Pacer();
    for (const family of this.families) {
      if (family.busiest === undefined) {
        if (areGauges) renderParts(family, snapshot);
      } else if (areCounters) await this.renderRates(family, snapshot, pacer);
      if (pacer.due()) await pacer.rest();
    }
    this.version = version;
    this.sequence = report.sequence;
    this.states = states.slice();
  }

  private async renderRates(
    { from, to, figures, busiest }: SpreadFamily,
    snapshot: Snapshot,
    pacer: Pacer,
  ): Promise<void> {
    const rates: (number | undefined)[] = [];
    const hot: (number | undefined)[] = [];
    for (let row = from; row < to; row++) {
      const spread = this.isKnown && isRead(snapshot, row) ? this.activity.spreadOf(row) : undefined;
      rates.push(spread?.max, spread?.p50, spread?.p99);
      hot.push(spread?.hotCpu);
      if (pacer.due()) await pacer.rest();
    }
    figures.set(rates);
    busiest?.set(hot);
  }

  private follow(layout: SeriesLayout): void {
    const window = `the last ${this.windowMs / 1000} seconds`;
    this.layout = layout;
    this.families = layout.families.flatMap(({ family, from, to, partsTo }, index): SpreadFamily[] => {
      const { name, help, type, unit = 'events', cpu } = family;
      if (cpu !== 'spread' || from === to) return [];
      const labels = layout.rows.slice(from, partsTo).map((row) => row.labels);
      const withStats = (stats: readonly string[]): Label[][] =>
        labels.flatMap((own) => stats.map((stat) => [...own, { name: STAT_LABEL, value: stat }]));
      const place = { index, from, to: partsTo };
      if (type === 'gauge') {
        const figures = new Gauge(
          partsName(name),
          `The largest and the smallest of the CPUs' parts: ${help}`,
          withStats(partStats),
        );
        return [{ ...place, figures, busiest: undefined }];
      }
      const figures = new Gauge(
        rateName(name),
        `${unit.charAt(0).toUpperCase()}${unit.slice(1)} per second on single CPUs over ${window}, of the CPUs the largest, the median and the 99th percentile: ${help}`,
        withStats(rateStats),
      );
      const busiest = new Gauge(
        busiestName(name),
        `Id of the CPU that did clearly more than the median one over ${window}, absent while none did: ${help}`,
        labels,
      );
      return [{ ...place, figures, busiest }];
    });
    this.hasGauges = this.families.some(({ busiest }) => busiest === undefined);
  }
}

const NO_EXTREMES = [undefined, undefined] as const;

function renderParts({ from, to, figures }: SpreadFamily, snapshot: Snapshot): void {
  const parts: (bigint | undefined)[] = [];
  for (let row = from; row < to; row++) {
    parts.push(...(isRead(snapshot, row) ? extremesOf(snapshot, row) : NO_EXTREMES));
  }
  figures.set(parts);
}

/** The largest and the smallest of a row's parts. */
function extremesOf({ layout, words }: Snapshot, row: number): [bigint, bigint] {
  const signed = isSigned(layout, row);
  const first = wordOf(layout, row, SUM_COLUMN + 1);
  const end = first + 2 * layout.cpus.length;
  // Flipped, the bit of the sign puts negative numbers below the others.
  const flip = signed ? 0x8000_0000 : 0;
  const highAt = (at: number): number => (words[at + 1]! ^ flip) >>> 0;
  const isLess = (one: number, other: number): boolean =>
    highAt(one) < highAt(other) || (highAt(one) === highAt(other) && words[one]! < words[other]!);
  let max = first;
  let min = first;
  for (let at = first + 2; at < end; at += 2) {
    if (isLess(max, at)) max = at;
    if (isLess(at, min)) min = at;
  }
  const valueOf = (at: number): bigint => {
    const bits = (BigInt(words[at + 1]!) << 32n) | BigInt(words[at]!);
    return signed ? BigInt.asIntN(64, bits) : bits;
  };
  return [valueOf(max), valueOf(min)];
}
