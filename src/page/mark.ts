/** A moment that the user marked, with which the values are compared: what each row was then, and by how much it has changed since. */
import { exact, exactQuantity, move, rate, span } from './format.js';
import type { PageRow } from './rows.js';
import type { SeriesData } from './seriesData.js';
import { step } from './steps.js';

interface Marked {
  readonly value: bigint;
  readonly rate: number | undefined;
}

const NOT_KNOWN = '–';

export class Mark {
  /** By the keys of rows, which they keep where others come and go. */
  private readonly marked = new Map<string, Marked>();
  /** Rows that were reset since, or not read: nobody can tell how far they counted. */
  private readonly broken = new Set<string>();
  /** Since when the page has not seen the counters; undefined where it has seen them all the time. */
  private unseen: number | undefined;
  private readonly clock: number;

  /** Marks what is shown now. */
  constructor(rows: readonly PageRow[], data: SeriesData) {
    this.clock = data.past.at;
    for (const { index, key, family } of rows) {
      const value = data.value(index);
      const rate = family.type === 'counter' ? data.move(index) : undefined;
      if (typeof value === 'bigint') this.marked.set(key, { value, rate });
    }
  }

  /** Looks at the newest read. */
  follow(rows: readonly PageRow[], data: SeriesData, readBefore: number | undefined): void {
    if (!data.isCompared) {
      this.unseen ??= readBefore ?? this.clock;
      return;
    }
    for (const { index, key, family } of rows) {
      if (family.type === 'counter' && data.move(index) === undefined) this.broken.add(key);
    }
  }

  /** What the page did not see itself, the exporter has told by now. */
  review(rows: readonly PageRow[], { past }: SeriesData): void {
    const { unseen } = this;
    if (unseen === undefined) return;
    for (const { index, key, family } of rows) {
      if (family.type === 'counter' && !past.isWhole(index, unseen)) this.broken.add(key);
    }
    this.unseen = undefined;
  }

  /** By how much a row has changed, such as +1,234; a dash where that is not known. */
  change({ key, index, family }: PageRow, data: SeriesData): string {
    const before = this.marked.get(key);
    const now = data.value(index);
    const isCounter = family.type === 'counter';
    if (before === undefined || typeof now !== 'bigint') return NOT_KNOWN;
    if (isCounter && (this.unseen !== undefined || this.broken.has(key))) return NOT_KNOWN;
    const changed = step(before.value, now, isCounter);
    return changed === undefined ? NOT_KNOWN : signed(changed);
  }

  /** What a row was: a counter's rate or a gauge's value. */
  before({ key, family }: PageRow): string {
    const before = this.marked.get(key);
    if (before === undefined) return NOT_KNOWN;
    return `was ${family.type === 'counter' ? move(before.rate, family) : exactQuantity(before.value, family.unit)}`;
  }

  /** All of that in a sentence. */
  text(row: PageRow, data: SeriesData): string {
    const before = this.marked.get(row.key);
    const ms = data.past.at - this.clock;
    if (before === undefined) return 'Not known at the mark.';
    const changed = this.change(row, data);
    const when = `since the mark ${span(ms)} ago, when it was ${exact(before.value)}`;
    if (row.family.type === 'gauge') return `${changed} ${when}.`;
    if (changed === NOT_KNOWN) return `Change not known ${when}: it was reset or not seen all the time.`;
    const now = data.value(row.index);
    const mean = typeof now === 'bigint' && ms > 0 ? (1000 * Number(now - before.value)) / ms : undefined;
    return `${changed} ${when}${mean === undefined || mean < 0 ? '' : `: ${rate(mean, row.family.unit)}`}; its rate ${this.before(row)}.`;
  }
}

function signed(changed: number): string {
  return changed === 0 ? '±0' : (changed > 0 ? '+' : '') + exact(BigInt(changed));
}
