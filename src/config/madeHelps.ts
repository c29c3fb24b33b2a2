/** Helps for what a config names by symbol and member only. */
import { entryKinds } from './entries/registry.js';
import type { TypedEntry } from './model.js';

/**
 * The help of a metric for which none was given.
 *
 * @param struct the name of the struct that has the member; undefined where it has none
 */
export function madeHelp({ kind, symbol }: TypedEntry, member?: string, struct?: string): string {
  const { nouns } = entryKinds[kind];
  if (member === undefined) return `${nouns.symbol} ${symbol}.`;
  return `${nouns.member} ${member} of ${symbol}${struct === undefined ? '' : ` (struct ${struct})`}.`;
}
