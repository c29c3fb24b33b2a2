/** The values of a snapshot, one at a time: where each lies, and what it is. Loops over all of them take the words as they are. */
import { valueFormats } from '../config/valueFormats.js';
import { hasParts, type SeriesLayout } from '../plan/layout.js';
import { ITEM_OK, itemStates, type ItemState } from './itemStates.js';
import type { Snapshot } from './snapshot.js';

/** The column of a row's sum; CPU `layout.cpus[i]` has column i + 1. */
export const SUM_COLUMN = 0;

/** Columns of a row: its sum, and a part for each CPU. */
export function columnsOf({ cpus }: Pick<SeriesLayout, 'cpus'>): number {
  return cpus.length + 1;
}

/** The index of a value's low half in Snapshot.words; its high half follows. */
export function wordOf(layout: Pick<SeriesLayout, 'cpus'>, row: number, column: number): number {
  return 2 * (row * columnsOf(layout) + column);
}

/** What is known of a row's values. */
export function stateOf({ layout, states }: Pick<Snapshot, 'layout' | 'states'>, row: number): ItemState {
  return itemStates[states[layout.itemOf[row]!]!]!;
}

/** True where a row has values. */
export function isRead({ layout, states }: Pick<Snapshot, 'layout' | 'states'>, row: number): boolean {
  return states[layout.itemOf[row]!] === ITEM_OK;
}

/** True for rows whose values may be negative. */
export function isSigned({ rows }: SeriesLayout, row: number): boolean {
  return valueFormats[rows[row]!.format].signed;
}

/** The sum over all CPUs; undefined where it could not be read. */
export function sumOf(snapshot: Snapshot, row: number): bigint | undefined {
  return valueAt(snapshot, row, SUM_COLUMN);
}

/** True where a row has parts, and they were gathered. */
export function knowsParts(
  { layout, areSumsAlone = false }: Pick<Snapshot, 'layout' | 'areSumsAlone'>,
  row: number,
): boolean {
  return hasParts(layout, row) && !(areSumsAlone && !layout.items[layout.itemOf[row]!]!.perCpu);
}

/** The part of CPU `layout.cpus[cpu]`; undefined where it could not be read, and for what has no parts, or whose parts were not gathered. */
export function partOf(snapshot: Snapshot, row: number, cpu: number): bigint | undefined {
  if (!knowsParts(snapshot, row)) return undefined;
  return valueAt(snapshot, row, cpu + 1);
}

function valueAt(snapshot: Snapshot, row: number, column: number): bigint | undefined {
  if (!isRead(snapshot, row)) return undefined;
  const { layout, words } = snapshot;
  const word = wordOf(layout, row, column);
  const bits = (BigInt(words[word + 1]!) << 32n) | BigInt(words[word]!);
  return isSigned(layout, row) ? BigInt.asIntN(64, bits) : bits;
}
