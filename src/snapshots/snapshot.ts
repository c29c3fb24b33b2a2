/** What one read of the kernel gave: every value as 64 bits, and for every item whether it could be read. */
import type { SeriesLayout } from '../plan/layout.js';
import type { Origins } from '../plan/origins.js';
import type { GroupStatus } from './groupStatus.js';
import type { ListStatus } from './listStatus.js';
import type { SymbolStatus } from './symbolStatus.js';

/** What is known of one read besides its values. A new object for each. */
export interface ReadReport {
  /** 1 for the first read since the start. */
  readonly sequence: number;
  /** Milliseconds since the epoch, when the read began. */
  readonly takenAt: number;
  /** The same moment in milliseconds of a clock that nobody sets: what is computed from two reads takes their distance from it. */
  readonly clock: number;
  /**
   * Another number than in the read before where instances came, went or were found anew: then a value may be that of another counter than
   * the one that had its place, and the two make no rate.
   */
  readonly generation: number;
  /** Seconds that the read took. */
  readonly durationSeconds: number;
  /** Calls of kvm_read, kvm_read_zpcpu and kvm_counter_u64_fetch, and the bytes that they copied. */
  readonly reads: number;
  readonly bytes: number;
  /** Series that the snapshot publishes. */
  readonly series: number;
  readonly symbols: readonly SymbolStatus[];
  /** The same object as in the read before where nothing changed in them, as `symbols` is. */
  readonly groups: readonly GroupStatus[];
  readonly lists: readonly ListStatus[];
}

export interface Snapshot {
  readonly layout: SeriesLayout;
  /**
   * Two 32-bit halves for each value, the low one first. A row has `1 + layout.cpus.length` values: the sum over all CPUs modulo 2^64,
   * then each CPU's part, in two's complement where the format is signed. What a row of an item that is not `ok` holds means nothing.
   * values.ts gives single ones.
   */
  readonly words: Uint32Array;
  /** True where of rows that publish no parts only the sums were gathered: what lies where their parts would means nothing. */
  readonly areSumsAlone?: boolean | undefined;
  /** For each item an index into itemStates. */
  readonly states: Uint8Array;
  /** For each row 1 where it has counted since the boot as far as is known, else 0; undefined where nobody looked. */
  readonly sinceBoot?: Uint8Array | undefined;
  readonly origins: Origins;
  readonly report: ReadReport;
}

/** Where snapshots come from: each call overwrites the values of the one before. */
export interface SnapshotSource {
  /** @param allParts false where nobody wants to know the parts of rows that publish none; true where it is not said */
  read(allParts?: boolean): Promise<Snapshot>;
  /** How many reads of the kernel are done, by whichever source: the `sequence` of the newest. */
  readonly reads: number;
}
