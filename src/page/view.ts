/** Which rows are shown, and in which order; and how the page's address says so, so that a view can be shared. */
import { measureOf } from '../live/units.js';
import type { PageRow } from './rows.js';

export type SortKey = 'name' | 'value' | 'rate' | 'skew';

/** Minutes that the page can look back. */
export const WINDOWS = [1, 5, 15, 60] as const;

export interface View {
  /** Words, all of which a row must have. */
  readonly search: string;
  readonly state: 'all' | 'up' | 'down';
  /** Only rows that moved lately. */
  readonly moving: boolean;
  readonly sort: SortKey;
  /** True where the order is reversed. Otherwise names go from a to z, and the largest number comes first. */
  readonly reverse: boolean;
  /** Only rows of these packs and config files; all where there are none. */
  readonly groups: readonly string[];
  /** Only rows that are hot on the CPU with this id. */
  readonly cpu: number | undefined;
  /** The key of the row by which the CPUs are coloured; undefined for the first choice there is. */
  readonly heat: string | undefined;
  /** How far back the page looks. */
  readonly minutes: (typeof WINDOWS)[number];
  /** The key of the row whose details are shown. */
  readonly open: string | undefined;
}

export const FIRST_VIEW: View = {
  search: '',
  state: 'all',
  moving: false,
  sort: 'name',
  reverse: false,
  groups: [],
  cpu: undefined,
  heat: undefined,
  minutes: 5,
  open: undefined,
};

/** More than there are measures, and more than that. */
const GAUGES = 100;
const STILL = 200;

/** Compares the numbers in names as numbers: 2 comes before 10. */
const names = new Intl.Collator('en', { numeric: true });

/** What sorting and filtering ask about the values of rows. */
export interface Movement {
  isUp(row: number): boolean;
  /** The newest value; where it was not read, a text that says why; undefined before the first read. */
  value(row: number): bigint | string | undefined;
  recent(row: number): number;
  skew(row: number): number | undefined;
  /** The names of the alerts that look at a row. The search looks through them, too. */
  alertNames(row: PageRow): readonly string[];
  /** True for rows that are hot on the CPU that is looked at. */
  isUnusual(row: number): boolean;
}

export function choose(rows: readonly PageRow[], view: View, values: Movement): PageRow[] {
  const wanted = view.search.toLowerCase().split(/\s+/).filter(Boolean);
  const chosen = rows.filter((row) => {
    const { index } = row;
    return (
      (view.groups.length === 0 || view.groups.includes(row.entry.group)) &&
      hasAll(row, wanted, values) &&
      (view.state === 'all' || values.isUp(index) === (view.state === 'up')) &&
      (!view.moving || values.recent(index) > 0) &&
      (view.cpu === undefined || values.isUnusual(index))
    );
  });
  const sign = view.reverse ? -1 : 1;
  return chosen
    .map((row) => {
      const key = sortKey(view.sort, row.index, values);
      return { row, key, rank: rankOf(view.sort, row, key) };
    })
    .sort((a, b) => {
      // What is not known comes last, either way.
      if (a.key === undefined || b.key === undefined)
        return Number(a.key === undefined) - Number(b.key === undefined) || sign * compareNames(a.row, b.row);
      return sign * (a.rank - b.rank || (a.key > b.key ? -1 : a.key < b.key ? 1 : compareNames(a.row, b.row)));
    })
    .map(({ row }) => row);
}

function hasAll(row: PageRow, wanted: readonly string[], values: Movement): boolean {
  const missing = wanted.filter((word) => !row.words.includes(word));
  if (missing.length === 0) return true;
  const alerts = values.alertNames(row).map((name) => name.toLowerCase());
  return missing.every((word) => alerts.some((alert) => alert.includes(word)));
}

/** Of what cannot be compared by the key the lower one comes first: events, then bytes and so on, then gauges, and last what stands still. */
function rankOf(sort: SortKey, { family }: PageRow, key: number | bigint | undefined): number {
  if (sort === 'value') return measureOf(family.unit);
  if (sort !== 'rate') return 0;
  if (key === 0) return STILL;
  return measureOf(family.unit) + (family.type === 'gauge' ? GAUGES : 0);
}

/** The largest comes first; names are compared where these are the same. */
function sortKey(sort: SortKey, row: number, values: Movement): number | bigint | undefined {
  if (sort === 'rate') return values.recent(row);
  if (sort === 'skew') return values.skew(row);
  if (sort === 'name') return 0;
  const value = values.value(row);
  return typeof value === 'bigint' ? value : undefined;
}

/** By group and name. Elements of an array stay in their own order. */
function compareNames(a: PageRow, b: PageRow): number {
  return names.compare(a.entry.group, b.entry.group) || names.compare(a.name, b.name) || a.index - b.index;
}

/** The view as the part of an address after the `#`; empty where the user changed nothing. */
export function toAddress(view: View): string {
  const parameters = new URLSearchParams();
  if (view.search !== '') parameters.set('q', view.search);
  if (view.state !== 'all') parameters.set('state', view.state);
  if (view.moving) parameters.set('moving', '1');
  if (view.sort !== 'name' || view.reverse) parameters.set('sort', (view.reverse ? '-' : '') + view.sort);
  for (const group of view.groups) parameters.append('pack', group);
  if (view.cpu !== undefined) parameters.set('cpu', String(view.cpu));
  if (view.heat !== undefined) parameters.set('heat', view.heat);
  if (view.minutes !== FIRST_VIEW.minutes) parameters.set('min', String(view.minutes));
  if (view.open !== undefined) parameters.set('open', view.open);
  return parameters.toString();
}

/** Ignores what makes no sense, since addresses are also typed by hand. */
export function fromAddress(address: string): View {
  const parameters = new URLSearchParams(address.replace(/^#/, ''));
  const state = parameters.get('state');
  const cpu = /^\d{1,6}$/.exec(parameters.get('cpu') ?? '')?.[0];
  const minutes = WINDOWS.find((window) => String(window) === parameters.get('min'));
  const sort = /^(-?)(name|value|rate|skew)$/.exec(parameters.get('sort') ?? '');
  return {
    search: parameters.get('q') ?? '',
    state: state === 'up' || state === 'down' ? state : 'all',
    moving: parameters.get('moving') === '1',
    sort: (sort?.[2] as SortKey | undefined) ?? 'name',
    reverse: sort?.[1] === '-',
    groups: [...new Set(parameters.getAll('pack'))].sort(),
    cpu: cpu === undefined ? undefined : Number(cpu),
    heat: parameters.get('heat') ?? undefined,
    minutes: minutes ?? FIRST_VIEW.minutes,
    open: parameters.get('open') ?? undefined,
  };
}
