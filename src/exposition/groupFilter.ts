/** Which part of the series a document is to have: those of some groups only. */
import { groupOf } from '../config/groups.js';
import type { SeriesLayout } from '../plan/layout.js';

export type GroupFilter = (group: string) => boolean;

/** Tells of a family, by its index in SeriesLayout.families, whether its group is wanted. */
export function wantedFamilies(
  { entries, families, rows }: SeriesLayout,
  isWanted: GroupFilter,
): (familyIndex: number) => boolean {
  const wanted = entries.map((entry) => isWanted(groupOf(entry)));
  const ofFamily = families.map(({ from }) => wanted[rows[from]?.entry ?? -1] === true);
  return (index) => ofFamily[index] === true;
}
