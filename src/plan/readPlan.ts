/**
 * What one read of the kernel is: which cells and copies, in which calls. It is made when instances or pointers change, and carried out as
 * it is until then.
 */
import type { CellPlan } from './cellPlan.js';
import type { CopyPlan, ReadMethod } from './copyPlan.js';
import type { SeriesLayout } from './layout.js';
import type { EntryResolution } from './resolution.js';

export interface ReadPlan {
  readonly layout: SeriesLayout;
  /** For each entry of the layout its instances, or why there are none, when this was planned. */
  readonly resolutions: readonly EntryResolution[];
  readonly method: ReadMethod;
  /** Read first, and once more when the copies were read: a pointer that changed meanwhile led to somebody else's. */
  readonly cells: CellPlan;
  readonly copies: CopyPlan;
}
