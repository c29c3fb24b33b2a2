/** An activity that is told of reads of made-up kernels, 5 s apart where nothing else is said, with a window of 20 s. */
import type { SymbolOrigin } from '../../src/kernel/symbols.js';
import { layOutSeries, type SeriesLayout } from '../../src/plan/layout.js';
import { Activity } from '../../src/snapshots/activity/activity.js';
import { Pacer } from '../../src/snapshots/pacer.js';
import { entryOf, familyOf, fieldOf, layoutOf, originsOf, reportOf, snapshotOf } from './entries.js';

export const counter = familyOf('c_total', { type: 'counter' });
/** Of one counter on two CPUs. */
export const ONE_COUNTER = layoutOf([entryOf('c', [fieldOf(counter, { format: 'u64' })])], [0, 1]);
/** When the clock of the first read began. */
export const BEGIN = 1e12;

export class SampledActivity {
  readonly activity = new Activity({ intervalMs: 5000, windowMs: 20_000 });
  origins = originsOf(ONE_COUNTER);
  private sequence = 0;
  private clock = BEGIN;

  /** A read `seconds` after the one before: of each row what each of the CPUs has. */
  async read(
    parts: readonly (readonly bigint[])[],
    { layout = ONE_COUNTER, state = 0, seconds = 5 } = {},
  ): Promise<void> {
    this.clock += 1000 * seconds;
    // The time of day may be set at any time.
    const report = reportOf({ sequence: ++this.sequence, clock: this.clock, takenAt: 7 });
    const values = parts.flatMap((own) => [own.reduce((sum, part) => sum + part, 0n), ...own]);
    const states = new Uint8Array(layout.items.length).fill(state);
    await this.activity.take({ ...snapshotOf(layout, values, states, report), origins: this.origins }, new Pacer());
  }
}

/** A list of which three elements come and go: the same ones by number, whatever the layout. */
export class ThreeElements {
  private readonly labels = ['a', 'b', 'c'].map((value) => [{ name: 'x', value }]);
  private readonly instances = this.labels.map((own) => ({
    labels: own,
    where: {},
    origin: { inModule: false } as SymbolOrigin,
  }));
  private readonly parts = {
    entries: [entryOf('list', [fieldOf(counter, { format: 'u64' })])],
    faults: [undefined],
    bases: [undefined],
    follows: [undefined],
    cpus: [0, 1],
  };

  /** The layout while these are there, in this order. */
  layoutOf(which: readonly number[], before?: SeriesLayout): SeriesLayout {
    const rest = { parts: 1, sumsOnly: false, hasCopies: false, isElsewhere: false };
    return layOutSeries(this.parts, [which.map((one) => ({ labels: this.labels[one]!, ...rest }))], before);
  }

  /** Reads them: of each what its CPUs have. */
  async read(
    sampled: SampledActivity,
    layout: SeriesLayout,
    which: readonly number[],
    partsOf: (one: bigint) => readonly bigint[],
  ): Promise<void> {
    sampled.origins = originsOf(layout, [which.map((one) => this.instances[one]!)]);
    await sampled.read(
      which.map((one) => partsOf(BigInt(one))),
      { layout },
    );
  }
}
