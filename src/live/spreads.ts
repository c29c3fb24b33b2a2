/** On which CPUs each row is hot: looked at once for each window, in slices, since there may be a thousand rows of a thousand CPUs. */
import type { SeriesLayout } from '../plan/layout.js';
import { Pacer } from '../snapshots/pacer.js';
import type { Activity } from '../snapshots/activity/activity.js';
import type { SpreadMessage } from './messages.js';

/** What the page is told of. */
export type LiveActivity = Pick<Activity, 'version' | 'seconds' | 'knows' | 'partRatesOf' | 'hotOn' | 'past'>;

/** Digits of a rate that make a difference to the eye. */
const DIGITS = 4;

export class Spreads {
  /** Of each row the indexes of the CPUs on which it is hot. */
  private rows: readonly (readonly number[])[] = [];
  private counts: readonly number[] = [];
  private seconds = 0;
  private seen: { readonly activity: LiveActivity; readonly version: number } | undefined;
  private layout: SeriesLayout | undefined;

  /** Another one where what is told is another; undefined where nothing is known of the rows of this layout. */
  versionFor(layout: SeriesLayout): object | undefined {
    return this.layout === layout ? this.seen : undefined;
  }

  /** Looks at the newest window. The activity may take in a sample meanwhile; then it is looked at again the next time. */
  async look(activity: LiveActivity | undefined, layout: SeriesLayout): Promise<void> {
    if (activity?.knows(layout) !== true) {
      this.seen = undefined;
      return;
    }
    const { version, seconds = 0 } = activity;
    if (this.seen?.activity === activity && this.seen.version === version && this.layout === layout) return;
    const pacer = new Pacer();
    const rows: number[][] = [];
    const counts = layout.cpus.map(() => 0);
    for (let row = 0; row < layout.rows.length; row++) {
      const hot = activity.hotOn(row);
      for (const cpu of hot) counts[cpu] = (counts[cpu] ?? 0) + 1;
      rows.push(hot);
      if (pacer.due()) await pacer.rest();
      if (activity.version !== version) return;
    }
    this.rows = rows;
    this.counts = counts;
    this.seconds = seconds;
    this.seen = { activity, version };
    this.layout = layout;
  }

  /**
   * @param heat a row of which the rates of all CPUs are wanted
   * @param cpu the id of a CPU of which the hot rows are wanted
   */
  message(heat: number | undefined, cpu: number | undefined): SpreadMessage {
    const { layout, seen, rows, counts, seconds } = this;
    const rates = heat === undefined ? undefined : seen?.activity.partRatesOf(heat);
    const index = cpu === undefined ? -1 : (layout?.cpus.indexOf(cpu) ?? -1);
    return {
      seconds,
      hot: seconds === 0 ? [] : counts,
      heat:
        heat === undefined || rates === undefined
          ? undefined
          : { row: heat, rates: Array.from(rates, (rate) => Number(rate.toPrecision(DIGITS))) },
      unusual:
        cpu === undefined || index < 0
          ? undefined
          : { cpu, rows: rows.flatMap((hot, row) => (hot.includes(index) ? row : [])) },
    };
  }
}
