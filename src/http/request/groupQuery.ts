/** The query of a scrape that wants a part of the series: `collect[]` names the groups that it wants, `exclude[]` those that it does not. */
import type { GroupFilter } from '../../exposition/groupFilter.js';

/**
 * Undefined where nothing is asked for, which means all; a text where it cannot be answered, which says why.
 *
 * @param query as it stands in the URL after the `?`
 * @param groups gives those that there are
 */
export function groupQuery(query: string, groups: () => readonly string[]): GroupFilter | string | undefined {
  if (query === '') return undefined;
  const parameters = new URLSearchParams(query);
  const collected = new Set(parameters.getAll('collect[]'));
  const excluded = new Set(parameters.getAll('exclude[]'));
  if (collected.size > 0 && excluded.size > 0) return 'collect[] and exclude[] cannot be used together';
  const named = [...collected, ...excluded];
  if (named.length === 0) return undefined;
  const known = groups();
  const unknown = named.filter((group) => !known.includes(group));
  if (unknown.length > 0) {
    return `unknown group ${unknown.map((group) => JSON.stringify(group)).join(', ')}; there are ${known.join(', ')}`;
  }
  return collected.size > 0 ? (group) => collected.has(group) : (group) => !excluded.has(group);
}
