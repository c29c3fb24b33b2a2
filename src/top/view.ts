/** What is looked at, and how: the read that is shown, what is sought in it, and in which order. */
import { measureOf } from '../live/units.js';
import { isMoving, type Frame, type Series } from './series.js';

export const sortOrders = ['rate', 'name', 'value', 'skew'] as const;
export type SortOrder = (typeof sortOrders)[number];

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** How series are chosen and shown. */
export interface Choice {
  readonly sort: SortOrder;
  readonly isReversed: boolean;
  /** Words that must all be in what a series is called; see Series.words. */
  readonly filter: string;
  readonly withIdle: boolean;
  readonly withCpus: boolean;
}

/** What does not change while it runs. */
export interface About {
  /** Such as "14.3-RELEASE amd64, 8 CPUs". */
  readonly kernel: string;
  /** What all names begin with. */
  readonly prefix: string;
  readonly intervalMs: number;
}

export interface View extends Choice {
  readonly about: About;
  readonly frame: Frame | undefined;
  /** The filter as it was before somebody began to type another one; undefined while nobody types. */
  readonly filterBefore: string | undefined;
  /** How many of the lines are above the screen. */
  readonly above: number;
  readonly isPaused: boolean;
  readonly isHelp: boolean;
}

/** What is shown, in its order. */
export function chosen({ series, absent, cpus }: Frame, choice: Choice): Series[] {
  return sorted([...series, ...absent], choice, cpus.length);
}

/** The series, and nothing that stands in the place of any. */
export function chosenSeries({ series, cpus }: Frame, choice: Choice): Series[] {
  return sorted(series, choice, cpus.length);
}

function sorted(series: readonly Series[], choice: Choice, cpus: number): Series[] {
  const words = choice.filter.toLowerCase().split(/\s+/);
  const wanted = series.filter(
    (one) =>
      (choice.withIdle || isMoving(one) || (one.value === undefined && !one.isOptional)) &&
      words.every((word) => one.words.includes(word)),
  );
  const keyed = wanted.map((one, index) => ({ one, index, keys: keysOf(one, choice.sort, cpus) }));
  const direction = choice.isReversed ? -1 : 1;
  return keyed
    .sort((a, b) => {
      // What is not known comes last, whichever way the others are.
      const isKnown = Number(b.keys.isKnown) - Number(a.keys.isKnown);
      if (isKnown !== 0) return isKnown;
      if (choice.sort === 'name') return direction * compare(a.one.text, b.one.text);
      return (
        direction *
        (b.keys.rank - a.keys.rank ||
          a.keys.measure - b.keys.measure ||
          compare(b.keys.key, a.keys.key) ||
          a.index - b.index)
      );
    })
    .map(({ one }) => one);
}

interface Keys {
  readonly isKnown: boolean;
  /** Of what cannot be compared by the key: the higher one is first. */
  readonly rank: number;
  /** Among those of one rank, of what is of unlike units: the lower one is first. */
  readonly measure: number;
  readonly key: number | bigint;
}

function keysOf(one: Series, sort: SortOrder, cpus: number): Keys {
  const { value, rate, change, hot, unit } = one;
  const measure = measureOf(unit);
  switch (sort) {
    case 'name':
      return { isKnown: true, rank: 0, measure: 0, key: 0 };
    case 'value':
      return { isKnown: value !== undefined, rank: 0, measure, key: value ?? 0n };
    case 'skew':
      if (hot !== undefined) return { isKnown: true, rank: 3, measure: 0, key: hot.share * cpus };
      return keysOf(one, 'rate', cpus);
    case 'rate':
      // A gauge's change is of another unit than what counters do.
      if (rate !== undefined)
        return rate > 0
          ? { isKnown: true, rank: 2, measure, key: rate }
          : { isKnown: true, rank: 0, measure: 0, key: 0 };
      if (change === undefined) return { isKnown: false, rank: value === undefined ? 0 : 1, measure: 0, key: 0 };
      if (change === 0n) return { isKnown: true, rank: 0, measure: 0, key: 0 };
      return { isKnown: true, rank: 1, measure, key: change < 0n ? -change : change };
  }
}

function compare<T extends number | bigint | string>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
