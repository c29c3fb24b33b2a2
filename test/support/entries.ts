/** Entries, layouts and snapshots of no config and no kernel, for tests that need them to be of a certain form. */
import type { Entry, Family, Field, Label } from '../../src/config/model.js';
import { kernelAddress, WORD_BYTES } from '../../src/kernel/address.js';
import type { SymbolOrigin } from '../../src/kernel/symbols.js';
import type { Instance } from '../../src/plan/instances/instance.js';
import { Origins } from '../../src/plan/origins.js';
import { layOutSeries, type Places, type SeriesLayout } from '../../src/plan/layout.js';
import type { ReadReport, Snapshot } from '../../src/snapshots/snapshot.js';

/** A gauge with sums and parts, where nothing else is said. */
export function familyOf(name: string, options: Partial<Family> = {}): Family {
  const perCpuName = name.endsWith('_total') ? name.replace(/_total$/, '_per_cpu_total') : `${name}_per_cpu`;
  return { name, perCpuName, help: 'X.', type: 'gauge', cpu: 'both', ...options };
}

/** A signed word at the start of the first item, where nothing else is said. */
export function fieldOf(family: Family, options: Partial<Field> = {}): Field {
  return { family, labels: [], cellOffset: 0, offset: 0, format: 'i64', ...options };
}

/** An entry of `counters`, where nothing else is said. */
export function entryOf(symbol: string, fields: readonly Field[], options: Partial<Entry> = {}): Entry {
  const at = { file: 'x.yaml', line: 1, column: 1 };
  return {
    kind: 'counters',
    symbol,
    optional: false,
    symbolSize: undefined,
    itemSize: WORD_BYTES,
    fields,
    at,
    ...options,
  };
}

export function layoutOf(entries: readonly Entry[], cpus: readonly number[]): SeriesLayout {
  return layOutSeries({ entries, faults: entries.map(() => undefined), bases: [], follows: [], cpus });
}

/** Instances with these labels. */
export function placesOf(...labels: readonly (readonly Label[])[]): Places {
  return labels.map((own) => ({ labels: own, parts: 1, sumsOnly: false, hasCopies: false, isElsewhere: false }));
}

/** The ids from 0 on. */
export function cpuIds(count: number): number[] {
  return Array.from({ length: count }, (_, id) => id);
}

const NEXT_CELLS = { at: 1n << 63n };

/** Of a kernel in which nothing moves: those of each call are other counters'. */
export function originsOf(layout: SeriesLayout, instances?: readonly (readonly Instance[])[]): Origins {
  const origin = { inModule: false } as SymbolOrigin;
  const cells = kernelAddress(NEXT_CELLS.at++);
  const resolutions =
    instances ?? layout.instances.map((places) => places.map(({ labels }) => ({ labels, where: { cells }, origin })));
  return new Origins(layout, resolutions, []);
}

export function reportOf(options: Partial<ReadReport> = {}): ReadReport {
  const zeros = { takenAt: 0, clock: 0, generation: 1, durationSeconds: 0, reads: 0, bytes: 0, series: 0 };
  return { sequence: 1, ...zeros, symbols: [], groups: [], lists: [], ...options };
}

/**
 * @param values row by row: the sum, then each CPU's part
 * @param states as in Snapshot; all were read where it is not said
 */
export function snapshotOf(
  layout: SeriesLayout,
  values: BigUint64Array | readonly bigint[],
  states: ArrayLike<number> = new Uint8Array(layout.items.length),
  report = reportOf(),
): Snapshot {
  const words = BigUint64Array.from(values, (value) => BigInt.asUintN(64, value));
  return {
    layout,
    words: new Uint32Array(words.buffer),
    states: Uint8Array.from(states),
    origins: originsOf(layout),
    report,
  };
}
