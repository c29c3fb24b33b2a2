/** Reads what was found a few times, to tell gauges from counters and what can be read from what cannot. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Config, TypedEntry } from '../config/model.js';
import { configOfEntries } from '../config/ownEntries.js';
import type { FollowerTally } from '../plan/instances/instance.js';
import type { Snapshot, SnapshotSource } from '../snapshots/snapshot.js';
import { Movement } from './gauges.js';

/** Reads of the kernel that show which counters go down. */
const READS = 5;
/** Milliseconds between them. */
export const OBSERVE_PAUSE = 250;

export type ObservedSource = Pick<SnapshotSource, 'read'> & {
  /** By entry, as of the last read. */
  readonly tallies?: ReadonlyMap<number, FollowerTally>;
};

/** What reads that which a config asks for. Throws KvmError where no reader gives this kernel's numbers. */
export type OpenSource = (config: Config) => ObservedSource;

export interface Observed {
  /** The last one. */
  readonly snapshot: Snapshot;
  readonly movement: Movement;
  /** By entry its rows. */
  readonly rowsOf: readonly (readonly number[])[];
  /** By symbol why it, or a part of it, could not be read. */
  readonly reasons: ReadonlyMap<string, string>;
  readonly tallies: ReadonlyMap<number, FollowerTally>;
}

/** Each group by itself: in one whose instances come and go, values cannot be compared each time. Undefined for one without entries. */
export async function observe(
  groups: readonly (readonly TypedEntry[])[],
  open: OpenSource,
  pause: number,
): Promise<(Observed | undefined)[]> {
  const sources = groups.map((entries) => (entries.length === 0 ? undefined : open(configOfEntries(entries))));
  const movements = groups.map(() => new Movement());
  let snapshots: (Snapshot | undefined)[] = [];
  for (let read = 0; read < READS && sources.some((source) => source !== undefined); read++) {
    if (read > 0) await delay(pause);
    snapshots = [];
    // One after the other: they share one handle of libkvm.
    for (const source of sources) snapshots.push(await source?.read());
    snapshots.forEach((snapshot, group) => {
      if (snapshot !== undefined) movements[group]?.look(snapshot);
    });
  }
  return groups.map((entries, group) => {
    const snapshot = snapshots[group];
    if (snapshot === undefined) return undefined;
    const rowsOf = entries.map((): number[] => []);
    snapshot.layout.rows.forEach(({ entry }, row) => rowsOf[entry]?.push(row));
    return {
      snapshot,
      movement: movements[group] ?? new Movement(),
      rowsOf,
      reasons: new Map(snapshot.report.symbols.map(({ symbol, reason }) => [symbol, reason])),
      tallies: sources[group]?.tallies ?? new Map<number, FollowerTally>(),
    };
  });
}
