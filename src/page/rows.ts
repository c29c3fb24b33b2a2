/** How a row is named: on the page, in the search, and in PromQL. */
import type { LayoutMessage, LiveEntry, LiveFamily, LiveLabel } from '../live/messages.js';

export interface PageRow {
  /** Its number in the layout. */
  readonly index: number;
  readonly family: LiveFamily;
  readonly entry: LiveEntry;
  /** The member of a struct that the row shows; undefined where the row shows a whole symbol. */
  readonly member: string | undefined;
  /** The published name: that of the sum, or that of each CPU's values where no sum is published. */
  readonly name: string;
  /** `{name="value"}`; empty without labels. */
  readonly labels: string;
  /** Name and labels, which no other row has. */
  readonly key: string;
  /** The text that the search looks through, in lower case. */
  readonly words: string;
}

export function pageRows({ families, entries, rows }: LayoutMessage): PageRow[] {
  return rows.flatMap((row, index) => {
    const family = families[row.family];
    const entry = entries[row.entry];
    if (family === undefined || entry === undefined) return [];
    const labels = labelSet(row.labels);
    const name = family.cpu === 'per_cpu' ? family.perCpuName : family.name;
    const { member } = row;
    const names = family.spread ?? [family.perCpuName];
    const words = [
      family.name,
      ...names,
      labels,
      entry.symbol,
      member ?? '',
      entry.group,
      family.type,
      family.unit ?? '',
    ];
    return {
      index,
      family,
      entry,
      member,
      name,
      labels,
      key: name + labels,
      words: [...words, family.help].join('\n').toLowerCase(),
    };
  });
}

/** Of each row its number among those of the layout before; undefined where that had none of this name and these labels, from the same place. */
export function sameRows(rows: readonly PageRow[], before: readonly PageRow[]): (number | undefined)[] {
  const known = new Map(before.map((row) => [row.key, row]));
  return rows.map(({ key, family, entry, member }) => {
    const was = known.get(key);
    const isSame = was?.family.type === family.type && was.entry.symbol === entry.symbol && was.member === member;
    return isSame ? was.index : undefined;
  });
}

/** Queries for Prometheus, each with a title that says what it gives. */
export function queries({ family, labels }: PageRow): { readonly title: string; readonly query: string }[] {
  const { name, perCpuName, type, cpu } = family;
  const ask = (metric: string): string => (type === 'counter' ? `rate(${metric}${labels}[5m])` : metric + labels);
  const found = [];
  if (cpu !== 'per_cpu') found.push({ title: 'sum over all CPUs', query: ask(name) });
  if (cpu === 'spread') found.push(...spreadQueries(family, labels));
  else if (cpu !== 'sum') {
    found.push({ title: 'each CPU', query: ask(perCpuName) });
    if (type === 'counter') {
      const over = (by: string): string => `${by} without (cpu) (${ask(perCpuName)})`;
      found.push({ title: 'busiest CPU over average', query: `${over('max')} / ${over('avg')}` });
    }
  }
  return found;
}

/** Of the few series that stand for those of each CPU. */
function spreadQueries({ spread = [], type }: LiveFamily, labels: string): ReturnType<typeof queries> {
  const [figures = '', busiest = ''] = spread;
  const stat = (which: string): string =>
    `${figures}${labels === '' ? '{' : `${labels.slice(0, -1)},`}stat="${which}"}`;
  if (type === 'gauge') return [{ title: 'largest and smallest part', query: figures + labels }];
  return [
    { title: 'busiest, median and 99th percentile of CPUs', query: figures + labels },
    { title: 'busiest CPU over median', query: `${stat('max')} / ignoring (stat) ${stat('p50')}` },
    { title: 'which CPU is hot', query: busiest + labels },
  ];
}

function labelSet(labels: readonly LiveLabel[]): string {
  if (labels.length === 0) return '';
  const escaped = (value: string): string =>
    value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"');
  return `{${labels.map(({ name, value }) => `${name}="${escaped(value)}"`).join(',')}}`;
}
