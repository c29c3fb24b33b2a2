/**
 * Which rows have counted since the boot, as far as can be known: not those of a module, which may have been loaded later, and not those
 * that were seen to go back, as after "netstat -z". What was zeroed before the exporter started cannot be told from what has counted little.
 */
import { isTarget, type EntryResolution } from '../plan/resolution.js';
import type { SeriesLayout } from '../plan/series.js';
import { ITEM_OK } from '../snapshots/snapshot.js';

export class SinceBoot {
  private layout: SeriesLayout | undefined;
  private rows = new Uint8Array(0);
  /** For each row the sum of the last read that had one, in two halves, the low one first. */
  private sums = new Uint32Array(0);

  /** @param zeroed the rows that were seen to go back, by name, also by those that looked before and will look after this one */
  constructor(private readonly zeroed: Set<string>) {}

  /** Looks at the values of a read. Gives for each row 1 where it has counted since the boot, else 0; the next call overwrites that. */
  look(
    layout: SeriesLayout,
    resolutions: readonly EntryResolution[],
    words: Uint32Array,
    states: Uint8Array,
  ): Uint8Array {
    const isNew = layout !== this.layout;
    if (isNew) {
      this.layout = layout;
      this.rows = new Uint8Array(layout.rows.length).fill(1);
      this.sums = new Uint32Array(2 * layout.rows.length);
    }
    const { rows, sums } = this;
    const width = 2 * (1 + layout.cpus.length);
    layout.rows.forEach(({ entry, item }, row) => {
      if (states[item] !== ITEM_OK) return;
      const low = words[row * width]!;
      const high = words[row * width + 1]!;
      const resolution = resolutions[entry]!;
      if (!isTarget(resolution) || resolution.origin.inModule) rows[row] = 0;
      else if (high < sums[2 * row + 1]! || (high === sums[2 * row + 1] && low < sums[2 * row]!)) {
        rows[row] = 0;
        this.zeroed.add(rowName(layout, row));
      } else if (isNew && this.zeroed.has(rowName(layout, row))) rows[row] = 0;
      sums[2 * row] = low;
      sums[2 * row + 1] = high;
    });
    return rows;
  }
}

/** The same for one value of the kernel, whatever config wants it. */
function rowName({ entries, items, rows }: SeriesLayout, row: number): string {
  const { entry, item, offset } = rows[row]!;
  return `${entries[entry]!.kind} ${entries[entry]!.symbol} ${items[item]!.cellOffset} ${offset}`;
}
