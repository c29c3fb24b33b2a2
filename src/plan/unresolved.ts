/**
 * What kind of reason there is: `missing` where no loaded file has the symbol; `unfit` where one has it, but of another type or size, or so
 * that it leads to no data; `failed` for all else. An optional entry may meet the first two on a kernel, and is at no fault there.
 */
export type Cause = 'missing' | 'unfit' | 'failed';

/** Why nothing, or not all, of an entry is published. */
export interface Unresolved {
  readonly reason: string;
  readonly cause: Cause;
}
