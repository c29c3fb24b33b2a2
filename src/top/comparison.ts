/** Two reads of the kernel beside each other: what each value did between them, where that is known. */
import type { Row } from '../plan/layout.js';
import { counterStep } from '../snapshots/counterStep.js';
import { ITEM_OK } from '../snapshots/itemStates.js';
import type { Snapshot } from '../snapshots/snapshot.js';
import { sumOf, SUM_COLUMN, wordOf } from '../snapshots/values.js';

/** What a counter counted between the two reads. */
export interface Counted {
  readonly sum: number;
  /** What each CPU did, in the order of SeriesLayout.cpus; undefined where that was not asked for. */
  readonly parts: Float64Array | undefined;
}

export class Comparison {
  /** Of what the read before had, where each row was; undefined where all are in the same place. */
  private readonly places: ReadonlyMap<Row, number> | undefined;

  /** @param before a read that was earlier, whose values have been copied */
  constructor(
    private readonly before: Snapshot,
    private readonly now: Snapshot,
  ) {
    if (before.layout === now.layout) return;
    this.places = new Map(before.layout.rows.map((row, index) => [row, index]));
  }

  get seconds(): number {
    return (this.now.report.clock - this.before.report.clock) / 1000;
  }

  /** Undefined where one of its values went back, is of another counter by now, or could not be read in one of the two reads. */
  countedOf(row: number, withParts: boolean): Counted | undefined {
    const rowBefore = this.placeOf(row);
    if (rowBefore === undefined) return undefined;
    const sum = this.stepOf(row, rowBefore, SUM_COLUMN);
    if (sum === undefined) return undefined;
    if (!withParts) return { sum, parts: undefined };
    const parts = new Float64Array(this.now.layout.cpus.length);
    for (let cpu = 0; cpu < parts.length; cpu++) {
      const step = this.stepOf(row, rowBefore, cpu + 1);
      if (step === undefined) return undefined;
      parts[cpu] = step;
    }
    return { sum, parts };
  }

  /** By how much a gauge changed; undefined where it is another one by now, or could not be read in one of the two reads. */
  changeOf(row: number): bigint | undefined {
    const rowBefore = this.placeOf(row);
    if (rowBefore === undefined) return undefined;
    const [from, to] = [sumOf(this.before, rowBefore), sumOf(this.now, row)];
    return from === undefined || to === undefined ? undefined : to - from;
  }

  /** Where the same value was in the read before; undefined where it was not, or one of the two could not be read. */
  private placeOf(row: number): number | undefined {
    const { before, now, places } = this;
    const rowBefore = places === undefined ? row : places.get(now.layout.rows[row]!);
    if (rowBefore === undefined) return undefined;
    if (before.states[before.layout.itemOf[rowBefore]!] !== ITEM_OK) return undefined;
    if (now.states[now.layout.itemOf[row]!] !== ITEM_OK) return undefined;
    const isSame = now.origins === before.origins || now.origins.isSame(row, before.origins, rowBefore);
    // Where CPUs came or went, the columns are those of others.
    return isSame && before.layout.cpus === now.layout.cpus ? rowBefore : undefined;
  }

  private stepOf(row: number, rowBefore: number, column: number): number | undefined {
    const { before, now } = this;
    const from = wordOf(before.layout, rowBefore, column);
    const to = wordOf(now.layout, row, column);
    const step = counterStep(before.words[from]!, before.words[from + 1]!, now.words[to]!, now.words[to + 1]!);
    return step < 0 ? undefined : step;
  }
}
