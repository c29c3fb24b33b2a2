/** What each CPU did of one row, from read to read, as long as the page looks at it. Of other time nothing is known. */

/** Milliseconds that are kept. */
export const KEPT_MS = 120_000;

export interface CpuColumn {
  /** By the clock of TickMessage. */
  readonly begin: number;
  readonly end: number;
  /** When that ended, in milliseconds since the epoch. */
  readonly takenAt: number;
  /** How much each CPU did, a counter per second; the sign is left out. NaN where it is not known. */
  readonly sizes: Float64Array;
}

/** A cell of a map of CPUs and time. */
export interface CpuCell {
  /** The index of the CPU. */
  readonly cpu: number;
  readonly size: number;
  readonly takenAt: number;
}

export class CpuHistory {
  columns: readonly CpuColumn[] = [];
  /** When the newest read was, by the clock of TickMessage; -Infinity before the first. */
  at = -Infinity;

  clear(): void {
    this.columns = [];
    this.at = -Infinity;
  }

  /**
   * Takes in what is known of a read. It may be told again of the same one, when its parts have come.
   * @param moves as in Parts; undefined where nothing is known of the time since the read before
   */
  take(
    { end, seconds, takenAt }: { readonly end: number; readonly seconds: number; readonly takenAt: number },
    moves: readonly (number | undefined)[] | undefined,
  ): void {
    // By another exporter's clock, nothing that was before has its place.
    if (end < this.at) this.clear();
    this.at = end;
    const kept = this.columns.filter((column) => column.end > end - KEPT_MS);
    if (moves !== undefined && kept.at(-1)?.end !== end) {
      const sizes = Float64Array.from(moves, (move) => Math.abs(move ?? NaN));
      kept.push({ begin: end - 1000 * seconds, end, takenAt, sizes });
    }
    this.columns = kept;
  }

  /** What the busiest of some CPUs did at a time; undefined where that is not known. */
  cellAt(time: number, from: number, to: number): CpuCell | undefined {
    const column = this.columns.find(({ begin, end }) => begin < time && time <= end);
    return column && busiest(column, from, to);
  }

  /** Where most was done; undefined where nothing is known. */
  get most(): CpuCell | undefined {
    let most: CpuCell | undefined;
    for (const column of this.columns) {
      const cell = busiest(column, 0, column.sizes.length);
      if (cell !== undefined && (most === undefined || cell.size > most.size)) most = cell;
    }
    return most;
  }

  /** Milliseconds of which something is known. */
  get knownMs(): number {
    return this.columns.reduce((sum, { begin, end }) => sum + end - begin, 0);
  }
}

/** Of the CPUs of which it is known. */
export function busiest({ sizes, takenAt }: CpuColumn, from: number, to: number): CpuCell | undefined {
  let cpu = -1;
  let size = -1;
  for (let at = from; at < Math.min(to, sizes.length); at++) {
    const its = sizes[at] ?? NaN;
    if (its > size) [cpu, size] = [at, its];
  }
  return cpu < 0 ? undefined : { cpu, size, takenAt };
}
