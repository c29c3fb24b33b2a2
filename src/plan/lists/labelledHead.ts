import type { Label } from '../../config/model.js';
import type { ListHead } from './walker.js';

/** Where a list begins, and what all its elements are labelled with. */
export interface LabelledHead extends ListHead {
  readonly labels: readonly Label[];
  /** True where it is in the vnet of this process, or in none. */
  readonly isOwn: boolean;
}
