/** Why an item has no values in a snapshot; `ok` where it has. */
export const itemStates = [
  'ok',
  'unresolved',
  'null',
  'misaligned',
  'early',
  'not-kernel',
  'cell-unreadable',
  'copies-unreadable',
  'moved',
  'withdrawn',
  'gone',
] as const;
export type ItemState = (typeof itemStates)[number];

/** The codes of item states in Snapshot.states. */
export const ITEM_OK = 0;
export const UNRESOLVED = itemStates.indexOf('unresolved');
export const COPIES_UNREADABLE = itemStates.indexOf('copies-unreadable');
export const CELL_UNREADABLE = itemStates.indexOf('cell-unreadable');
export const MOVED = itemStates.indexOf('moved');
/** Of an element of a list that went while it was read: that is no fault. */
export const GONE = itemStates.indexOf('gone');
export const WITHDRAWN = itemStates.indexOf('withdrawn');
