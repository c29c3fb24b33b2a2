/**
 * What `cpu: spread` publishes of rows beside their sums, as text that follows the kernel's series: of counters what their CPUs did in the
 * last window, of gauges their largest and smallest part. The texts up to the values are kept as long as the layout is the same, and all that
 * is rendered as long as the window is: the lines are the same in any format, only what stands before them differs.
 */
import { busiestName, partsName, partStats, rateName, rateStats, STAT_LABEL } from '../config/spread.js';
import type { SeriesLayout } from '../plan/layout.js';
import type { Activity } from '../snapshots/activity/activity.js';
import { Pacer } from '../snapshots/pacer.js';
import type { Snapshot } from '../snapshots/snapshot.js';
import { isRead, isSigned, SUM_COLUMN, wordOf } from '../snapshots/values.js';
import type { Format } from './formats/format.js';
import { lineStart, Lines, partOf, type FurtherPart, type FurtherText, type WantedFamilies } from './furtherText.js';
import { numberText } from './syntax.js';

/** A family of the layout. */
interface SpreadFamily {
  readonly index: number;
  readonly from: number;
  /** Of each row, from `from` on, what its lines begin with. */
  readonly starts: readonly (readonly string[])[];
  /** Of a counter the rates, of a gauge the parts. */
  readonly figures: Lines;
  /** Of a counter. */
  readonly busiest: { readonly starts: readonly string[]; readonly lines: Lines } | undefined;
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
  private readonly parts = new Map<Format, FurtherPart>();

  /** @param windowMs of the activity */
  constructor(
    private readonly activity: Spread,
    private readonly windowMs: number,
  ) {}

  async render(snapshot: Snapshot, format: Format, wanted?: WantedFamilies): Promise<FurtherPart | undefined> {
    await this.update(snapshot);
    const part = wanted === undefined ? this.whole(format) : this.partOf(format, wanted);
    return part.text.length === 0 ? undefined : part;
  }

  private whole(format: Format): FurtherPart {
    let part = this.parts.get(format);
    if (part === undefined) {
      part = this.partOf(format, () => true);
      this.parts.set(format, part);
    }
    return part;
  }

  private partOf(format: Format, wanted: WantedFamilies): FurtherPart {
    const pieces = this.families.flatMap(({ index, figures, busiest }) =>
      wanted(index) ? [figures, ...(busiest === undefined ? [] : [busiest.lines])] : [],
    );
    return partOf(format, pieces);
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

  private async renderRates(family: SpreadFamily, snapshot: Snapshot, pacer: Pacer): Promise<void> {
    const { from, starts, figures, busiest } = family;
    let rates = '';
    let hot = '';
    for (let index = 0; this.isKnown && index < starts.length; index++) {
      if (!isRead(snapshot, from + index)) continue;
      const spread = this.activity.spreadOf(from + index);
      if (spread === undefined) continue;
      const [max, p50, p99] = starts[index]!;
      rates += `${max}${numberText(spread.max)}\n${p50}${numberText(spread.p50)}\n${p99}${numberText(spread.p99)}\n`;
      if (spread.hotCpu !== undefined) hot += `${busiest?.starts[index] ?? ''}${spread.hotCpu}\n`;
      if (pacer.due()) await pacer.rest();
    }
    figures.lines = rates;
    if (busiest !== undefined) busiest.lines.lines = hot;
  }

  private follow(layout: SeriesLayout): void {
    const window = `the last ${this.windowMs / 1000} seconds`;
    this.layout = layout;
    this.families = layout.families.flatMap(({ family, from, to, partsTo }, index): SpreadFamily[] => {
      const { name, help, type, unit = 'events', cpu } = family;
      if (cpu !== 'spread' || from === to) return [];
      const rows = layout.rows.slice(from, partsTo);
      const startsOf = (published: string, stats: readonly string[]): string[][] =>
        rows.map(({ labels }) =>
          stats.map((stat) => lineStart(published, [...labels, { name: STAT_LABEL, value: stat }])),
        );
      if (type === 'gauge') {
        const published = partsName(name);
        const figures = new Lines(published, `The largest and the smallest of the CPUs' parts: ${help}`);
        return [{ index, from, starts: startsOf(published, partStats), figures, busiest: undefined }];
      }
      const published = rateName(name);
      const figures = new Lines(
        published,
        `${unit.charAt(0).toUpperCase()}${unit.slice(1)} per second on single CPUs over ${window}, of the CPUs the largest, the median and the 99th percentile: ${help}`,
      );
      const busiest = {
        starts: rows.map(({ labels }) => lineStart(busiestName(name), labels)),
        lines: new Lines(
          busiestName(name),
          `Id of the CPU that did clearly more than the median one over ${window}, absent while none did: ${help}`,
        ),
      };
      return [{ index, from, starts: startsOf(published, rateStats), figures, busiest }];
    });
    this.hasGauges = this.families.some(({ busiest }) => busiest === undefined);
  }
}

function renderParts({ from, starts, figures }: SpreadFamily, snapshot: Snapshot): void {
  let lines = '';
  starts.forEach(([max = '', min = ''], index) => {
    if (!isRead(snapshot, from + index)) return;
    const [largest, smallest] = extremesOf(snapshot, from + index);
    lines += `${max}${largest}\n${min}${smallest}\n`;
  });
  figures.lines = lines;
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
