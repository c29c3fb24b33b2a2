/**
 * What moved between two scrapes. A counter is subtracted only where both values count from the same moment on, and none of its CPUs' parts
 * went back: what was zeroed in between may have passed its old value again, which only its parts show.
 */
import type { Label } from '../config/model.js';
import { measureOf } from '../live/units.js';
import { aboutOf, betweenOf, type About, type Between } from './about.js';
import { absolute, compareDecimals, decimalOf, minus, numberOf, plus, type Decimal } from './decimal.js';
import { keyOf, type Scrape } from './scrape.js';
import { kernelSeries, type Kind, type Series } from './series.js';

/** A series that both have, or one CPU's part of it. */
export interface Pair {
  readonly a: Decimal;
  readonly b: Decimal;
}

export interface Change extends Pair {
  readonly change: Decimal;
}

export interface CpuChange extends Change {
  readonly cpu: number;
  /** Of what all CPUs counted; undefined for gauges, whose parts may be negative. */
  readonly share: number | undefined;
}

interface Named {
  readonly name: string;
  readonly labels: readonly Label[];
  readonly unit: string | undefined;
}

export interface Moved extends Named, Change {
  readonly kind: 'counter' | 'gauge';
  /** Per second; undefined for gauges, and where the time is not known. */
  readonly rate: number | undefined;
  /** Those that moved, greatest change first; empty where the parts are not in both. */
  readonly cpus: readonly CpuChange[];
}

/** Of which only the two values can be told. */
export interface Told extends Named, Pair {
  readonly kind: Kind;
}

export interface OneSided extends Named {
  readonly value: Decimal;
}

export interface Incomparable extends Pick<Named, 'name' | 'labels'> {
  readonly why: string;
}

export interface Comparison extends Between {
  readonly aboutA: About;
  readonly aboutB: About;
  /** What can be compared stands together, greatest change first: counters before gauges, events before bytes, pages and so on. */
  readonly moved: readonly (readonly Moved[])[];
  /** Counters of which no difference is told. In the order of B, as are all that follow. */
  readonly wentBack: readonly Told[];
  readonly otherBeginning: readonly Told[];
  readonly cpuIds: readonly Told[];
  readonly onlyA: readonly OneSided[];
  readonly onlyB: readonly OneSided[];
  readonly incomparable: readonly Incomparable[];
  /** Series whose value is the same. */
  readonly unmoved: number;
  /** As in KernelSeries, of B. */
  readonly leftOut: number;
}

export function compareScrapes(scrapeA: Scrape, scrapeB: Scrape): Comparison {
  const [aboutA, aboutB] = [aboutOf(scrapeA), aboutOf(scrapeB)];
  const between = betweenOf(aboutA, aboutB);
  const [a, b] = [kernelSeries(scrapeA), kernelSeries(scrapeB)];
  const found = {
    moved: [] as Moved[],
    wentBack: [] as Told[],
    otherBeginning: [] as Told[],
    cpuIds: [] as Told[],
    onlyA: [] as OneSided[],
    onlyB: [] as OneSided[],
  };
  const incomparable = new Map<string, Incomparable>();
  const leave = (scrape: Scrape, unusable: ReadonlyMap<string, string>): void => {
    for (const [key, why] of unusable) {
      const { name = key, labels = [] } = scrape.samples.get(key) ?? {};
      incomparable.set(key, { name, labels, why });
    }
  };
  leave(scrapeA, a.unusable);
  leave(scrapeB, b.unusable);
  let unmoved = 0;
  for (const [key, now] of b.series) {
    const before = a.series.get(key);
    if (incomparable.has(key)) continue;
    if (before === undefined) {
      found.onlyB.push(now);
      continue;
    }
    const { name, labels, kind } = now;
    const why = differenceOf(before, now);
    const pair = { name, labels, kind, unit: now.unit ?? before.unit, a: before.value, b: now.value };
    if (why !== undefined) incomparable.set(key, { name, labels, why });
    else if (compareDecimals(pair.a, pair.b) === 0 && !partsDiffer(before, now)) unmoved++;
    else if (kind === 'cpu id') found.cpuIds.push(pair);
    else if (kind === 'gauge') found.moved.push(movedOf(before, now, undefined));
    else if (between.otherBoot !== undefined || isOfOtherBeginning(before, now, scrapeB)) {
      found.otherBeginning.push(pair);
    } else if (isBack(before, now)) found.wentBack.push(pair);
    else found.moved.push(movedOf(before, now, between.seconds));
  }
  for (const [key, before] of a.series) {
    if (!b.series.has(key) && !incomparable.has(key)) found.onlyA.push(before);
  }
  return {
    aboutA,
    aboutB,
    ...between,
    ...found,
    moved: sections(found.moved),
    incomparable: [...incomparable.values()],
    unmoved,
    leftOut: b.leftOut,
  };
}

/** Why two values of one name are not of the same thing. */
function differenceOf(a: Series, b: Series): string | undefined {
  if (a.kind !== b.kind) return `it is a ${a.kind} in A and a ${b.kind} in B`;
  if (a.unit !== undefined && b.unit !== undefined && a.unit !== b.unit)
    return `it is ${a.unit} in A and ${b.unit} in B`;
  const sameCpus = a.parts.size === b.parts.size && [...a.parts.keys()].every((cpu) => b.parts.has(cpu));
  return a.isOfParts && !sameCpus ? 'A and B have it of other CPUs' : undefined;
}

/** The exporter leaves the beginning of a counter out once it was seen to be zeroed. */
function isOfOtherBeginning(a: Series, b: Series, { tellsCreated }: Scrape): boolean {
  if (a.created === undefined || !tellsCreated) return false;
  return b.created === undefined || compareDecimals(a.created, b.created) !== 0;
}

/** Where an unsigned integer of 64 bits goes up by more than half of what it can, it went below 0. Nothing counts that far. */
const MOST_COUNTED = 2n ** 63n;

function isBack(a: Series, b: Series): boolean {
  const changes = [minus(b.value, a.value), ...bothParts(a, b).map(({ change }) => change)];
  return changes.some((change) => change.digits < 0n || (change.places === 0 && change.digits >= MOST_COUNTED));
}

function partsDiffer(a: Series, b: Series): boolean {
  return bothParts(a, b).some(({ change }) => change.digits !== 0n);
}

/** Of the CPUs that both have. */
function bothParts(a: Series, b: Series): (Change & { readonly cpu: number })[] {
  const both: (Change & { readonly cpu: number })[] = [];
  for (const [cpu, part] of b.parts) {
    const before = a.parts.get(cpu);
    if (before !== undefined) both.push({ cpu, a: before, b: part, change: minus(part, before) });
  }
  return both;
}

/** @param seconds undefined where no rate is wanted or known */
function movedOf(a: Series, b: Series, seconds: number | undefined): Moved {
  const { name, labels, kind } = b;
  const change = minus(b.value, a.value);
  const parts = bothParts(a, b).filter((part) => part.change.digits !== 0n);
  const all = parts.reduce((sum, part) => plus(sum, part.change), decimalOf(0n));
  const cpus = parts
    .sort((one, other) => byChange(one, other) || one.cpu - other.cpu)
    .map((part) => ({
      ...part,
      share: kind === 'counter' ? numberOf(part.change) / numberOf(all) : undefined,
    }));
  const rate = seconds === undefined || seconds <= 0 ? undefined : numberOf(change) / seconds;
  const unit = b.unit ?? a.unit;
  return { name, labels, kind: kind === 'counter' ? kind : 'gauge', unit, a: a.value, b: b.value, change, rate, cpus };
}

/** The greater one first, whichever way it went. */
function byChange(one: Change, other: Change): number {
  return compareDecimals(absolute(other.change), absolute(one.change));
}

function sections(moved: readonly Moved[]): Moved[][] {
  const found = new Map<number, { readonly key: string; readonly row: Moved }[]>();
  for (const row of moved) {
    const section = measureOf(row.unit) + (row.kind === 'gauge' ? GAUGES : 0);
    const rows = found.get(section) ?? [];
    if (rows.length === 0) found.set(section, rows);
    rows.push({ key: keyOf(row.name, row.labels), row });
  }
  return [...found]
    .sort(([one], [other]) => one - other)
    .map(([, rows]) => rows.sort((a, b) => byChange(a.row, b.row) || (a.key < b.key ? -1 : 1)).map(({ row }) => row));
}

/** Beyond any measure. */
const GAUGES = 1000;
