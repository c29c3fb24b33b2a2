/** The message that tells the page which series there are. */
import { createHash } from 'node:crypto';
import { groupOf } from '../config/groups.js';
import { spreadNames } from '../config/spread.js';
import type { SeriesLayout } from '../plan/layout.js';
import type { LayoutMessage } from './messages.js';

export interface LayoutText {
  readonly id: string;
  readonly json: string;
}

/** What a layout message says besides. */
export type LayoutAbout = Pick<LayoutMessage, 'interval' | 'reader' | 'reason' | 'past'>;

export function layoutText(layout: SeriesLayout, about: LayoutAbout): LayoutText {
  const familyOf = layout.families.flatMap(({ from, to }, family) => Array<number>(to - from).fill(family));
  const contents: Omit<LayoutMessage, 'id'> = {
    ...about,
    cpus: layout.cpus,
    families: layout.families.map(({ family: { name, perCpuName, help, type, unit, cpu } }) => ({
      name,
      perCpuName,
      help,
      type,
      ...(unit === undefined ? {} : { unit }),
      cpu,
      ...(cpu === 'spread' ? { spread: spreadNames(name) } : {}),
    })),
    entries: layout.entries.map((entry) => ({ symbol: entry.symbol, group: groupOf(entry) })),
    rows: layout.rows.map(({ entry, labels, member }, row) => ({
      family: familyOf[row] ?? -1,
      entry,
      labels: labels.map(({ name, value }) => ({ name, value })),
      member,
    })),
  };
  const id = createHash('sha256').update(JSON.stringify(contents)).digest('hex').slice(0, 16);
  return { id, json: JSON.stringify({ id, ...contents }) };
}
