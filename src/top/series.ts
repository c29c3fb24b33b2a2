/** What `top` shows of one read: of each series its value, what it did since the read before and in the last reads, and which CPU did it. */
import type { Label, MetricType } from '../config/model.js';
import { labelSet } from '../exposition/syntax.js';
import { pointerFaultText } from '../kernel/zpcpu.js';
import { hasParts, type SeriesLayout } from '../plan/layout.js';
import type { Activity } from '../snapshots/activity/activity.js';
import { spreadOf } from '../snapshots/activity/spread.js';
import type { ItemState } from '../snapshots/itemStates.js';
import type { Snapshot } from '../snapshots/snapshot.js';
import { isFault, type SymbolStatus } from '../snapshots/symbolStatus.js';
import { partOf, stateOf, sumOf } from '../snapshots/values.js';
import type { Comparison } from './comparison.js';

/** The names of a series, the same as long as its layout is. */
interface Identity {
  readonly name: string;
  readonly labels: readonly Label[];
  /** Name and labels as Prometheus writes them. */
  readonly text: string;
  readonly type: MetricType;
  /** As in Family. */
  readonly unit: string | undefined;
  readonly symbol: string;
  /** What is looked through for words: names, labels, the symbol, its member and the unit, in small letters. */
  readonly words: string;
}

export interface HotCpu {
  readonly id: number;
  /** Of what all CPUs counted, 0 to 1. */
  readonly share: number;
}

export interface Series extends Identity {
  /** The sum over all CPUs; undefined where it could not be read. */
  readonly value: bigint | undefined;
  /** Why it could not be read; undefined where it was. */
  readonly reason: string | undefined;
  /** True where it could not be read and that is no fault: a kernel may be without it. */
  readonly isOptional: boolean;
  /** Of a counter per second since the read before; undefined where that is not known. */
  readonly rate: number | undefined;
  /** The same over the last reads. */
  readonly average: number | undefined;
  /** Of a gauge since the read before; undefined where that is not known. */
  readonly change: bigint | undefined;
  /** Of a counter what each CPU did per second, of a gauge what each has, in the order of Frame.cpus; undefined where that is not known. */
  readonly parts: Float64Array | undefined;
  /** The CPU that clearly did more than the others. */
  readonly hot: HotCpu | undefined;
}

export interface Down {
  readonly symbol: string;
  readonly reason: string;
  /** True where that is no fault: a kernel may be without it. */
  readonly optional: boolean;
}

/** What one read gave. */
export interface Frame {
  /** Milliseconds since the epoch. */
  readonly takenAt: number;
  /** What rates are over; undefined for the first read. */
  readonly seconds: number | undefined;
  /** What averages are over; undefined until there are enough reads. */
  readonly averageSeconds: number | undefined;
  /** The ids of the CPUs. */
  readonly cpus: readonly number[];
  /** In the order in which they are published. */
  readonly series: readonly Series[];
  /** Symbols of which not everything could be read. */
  readonly down: readonly Down[];
  /** For those of them that have no series, what stands in the place of these: the symbol's name and the reason. */
  readonly absent: readonly Series[];
}

/** True where it counted since the read before, or changed. */
export function isMoving({ rate, change }: Series): boolean {
  return (rate ?? 0) > 0 || (change ?? 0n) !== 0n;
}

export class FrameMaker {
  private layout: SeriesLayout | undefined;
  private identities: readonly Identity[] = [];
  private symbols: ReadonlySet<string> = new Set();
  /** By name and labels the index of the CPU that was hot. */
  private readonly hot = new Map<string, number>();

  make(snapshot: Snapshot, comparison: Comparison | undefined, activity: Activity): Frame {
    const { layout, report } = snapshot;
    if (layout !== this.layout) {
      this.layout = layout;
      this.identities = identitiesOf(layout);
      this.symbols = new Set(this.identities.map(({ symbol }) => symbol));
    }
    const statuses = new Map(report.symbols.map((status) => [status.symbol, status]));
    const series = this.identities.map((identity, row): Series => {
      const value = sumOf(snapshot, row);
      if (value === undefined) return { ...identity, ...unread(stateOf(snapshot, row), statuses.get(identity.symbol)) };
      const known = { ...identity, value, reason: undefined, isOptional: false };
      const withParts = hasParts(layout, row);
      if (identity.type === 'gauge') {
        const change = comparison?.changeOf(row);
        const parts = withParts
          ? Float64Array.from(layout.cpus, (_, cpu) => Number(partOf(snapshot, row, cpu)))
          : undefined;
        return { ...known, rate: undefined, average: undefined, change, parts, hot: undefined };
      }
      const average = activity.rateOf(row);
      const moved = comparison?.countedOf(row, withParts);
      if (comparison === undefined || moved === undefined) {
        this.hot.delete(identity.text);
        return { ...known, rate: undefined, average, change: undefined, parts: undefined, hot: undefined };
      }
      const { seconds } = comparison;
      const hot = moved.parts === undefined ? undefined : this.hotOf(identity.text, moved.parts, layout.cpus);
      const parts = moved.parts?.map((count) => count / seconds);
      return { ...known, rate: moved.sum / seconds, average, change: undefined, parts, hot };
    });
    const down = report.symbols.filter(({ up }) => !up);
    return {
      takenAt: report.takenAt,
      seconds: comparison?.seconds,
      averageSeconds: activity.seconds,
      cpus: layout.cpus,
      series,
      down: down.map((status) => ({ symbol: status.symbol, reason: status.reason, optional: !isFault(status) })),
      absent: down.filter(({ symbol }) => !this.symbols.has(symbol)).map(absent),
    };
  }

  private hotOf(key: string, counts: Float64Array, cpus: readonly number[]): HotCpu | undefined {
    const { hot } = spreadOf(counts, this.hot.get(key));
    const id = hot === undefined ? undefined : cpus[hot];
    if (hot === undefined || id === undefined) {
      this.hot.delete(key);
      return undefined;
    }
    this.hot.set(key, hot);
    const total = counts.reduce((sum, count) => sum + count, 0);
    return { id, share: (counts[hot] ?? 0) / total };
  }
}

function identitiesOf({ families, rows, entries }: SeriesLayout): Identity[] {
  return families.flatMap(({ family, from, to }) => {
    const name = family.cpu === 'per_cpu' ? family.perCpuName : family.name;
    return rows.slice(from, to).map(({ labels, entry, member = '' }) => {
      const symbol = entries[entry]?.symbol ?? '';
      const text = name + labelSet(labels);
      const { type, unit } = family;
      const words = [text, symbol, member, unit ?? ''].join(' ').toLowerCase();
      return { name, labels, text, type, unit, symbol, words };
    });
  });
}

function absent(status: SymbolStatus): Series {
  const { symbol } = status;
  const identity = {
    name: symbol,
    labels: [],
    text: symbol,
    type: 'counter',
    unit: undefined,
    symbol,
    words: symbol.toLowerCase(),
  } as const;
  return { ...identity, ...unread('unresolved', status) };
}

function unread(state: ItemState, status: SymbolStatus | undefined): Omit<Series, keyof Identity> {
  const isDown = status !== undefined && !status.up && state !== 'gone';
  return {
    value: undefined,
    reason: isDown ? status.reason : stateText(state),
    isOptional: state === 'gone' || (status !== undefined && !isFault(status)),
    rate: undefined,
    average: undefined,
    change: undefined,
    parts: undefined,
    hot: undefined,
  };
}

/** For what is not the fault of its symbol. */
function stateText(state: ItemState): string {
  switch (state) {
    case 'null':
    case 'misaligned':
    case 'early':
    case 'not-kernel':
      return pointerFaultText[state];
    case 'gone':
      return 'its element went away during the read';
    default:
      return 'it could not be read';
  }
}
