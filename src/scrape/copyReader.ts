/** The seam between what reads per-CPU copies and what makes series of them. */
import type { ZpcpuPointer } from '../kernel/address.js';
import type { EntryResolution } from '../plan/resolution.js';
import type { Pacer } from '../snapshots/pacer.js';

/** Where the copies lie that were read: item i's of CPU id n at `bases[i] + n * strides[i]`, host byte order. What was not read is 0. */
export interface CopyTable {
  readonly arena: Uint8Array;
  readonly bases: Int32Array;
  readonly strides: Int32Array;
}

/** What becomes known of the items in one read. */
export interface CopyOutcome {
  /**
   * Called for an item of which this read has fetched the copies of every CPU id. What it is not called for has not been read, whatever
   * lies in the table: the table still holds what earlier reads left there.
   */
  read(item: number): void;
  /** Called for an item whose copies could not all be read, with the reason. */
  failed(item: number, error: Error): void;
}

export interface CopyReader {
  /** Decides what to read. Called when a pointer or an address moved, not in every scrape. */
  prepare(resolutions: readonly EntryResolution[], pointers: readonly (ZpcpuPointer | undefined)[]): CopyTable;
  /** Reads it all afresh into the table that prepare() gave. */
  read(outcome: CopyOutcome, pacer: Pacer): Promise<void>;
}
