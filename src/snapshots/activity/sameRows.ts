/** Which rows of a layout were in another one before it, so that what is known of them can be taken over. */
import { hasParts, rowName, type SeriesLayout } from '../../plan/layout.js';

/**
 * For each row of `now` which one of `before` it is; undefined where it is none.
 * @param byName true where the layouts are those of two configs. Else a row is the same object for as long as it is the same
 */
export function sameRows(before: SeriesLayout, now: SeriesLayout, byName: boolean): readonly (number | undefined)[] {
  const keysOf = byName ? namesOf : ({ rows }: SeriesLayout): readonly unknown[] => rows;
  const known = new Map(keysOf(before).map((key, row) => [key, row]));
  return keysOf(now).map((key) => known.get(key));
}

/** What is read of a value, and as what it is published: rates of a counter are not to follow values of a gauge, nor parts what had none. */
function namesOf(layout: SeriesLayout): readonly string[] {
  const types = layout.rows.map(() => '');
  for (const { family, from, to } of layout.families) types.fill(family.type, from, to);
  return layout.rows.map(({ format }, row) =>
    [rowName(layout, row), format, types[row], hasParts(layout, row)].join(' '),
  );
}
