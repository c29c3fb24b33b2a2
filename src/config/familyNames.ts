/** Which names of metrics are taken, and by which place in the config. Makes families by the rules that hold for all of them together. */
import { quote } from '../yaml/diagnostics.js';
import { isGlob } from './glob.js';
import { memberMetric } from './madeNames.js';
import { peakNames, spreadNames } from './spread.js';
import { type Config, type CpuMode, type Family, isTyped, type MetricType, type TypedEntry } from './model.js';
import type { Location } from '../yaml/location.js';
import { helpProblem, metricProblem } from './names.js';
import { unitOf } from './units.js';

/** A metric that is to be published. */
export interface WantedFamily {
  /** Without the prefix. */
  readonly metric: string;
  readonly help: string;
  readonly type: MetricType;
  /** What was written. */
  readonly unit?: string | undefined;
  readonly cpu: CpuMode;
  readonly peak?: true | undefined;
  /** The `at` of the rule that asks for it, or of the entry where there is no rule: the object itself, by which reservations are known. */
  readonly at: Location;
}

/** A name that typed entries will publish once the kernel's types are known. */
export interface Reservation {
  readonly metric: string;
  readonly type: MetricType;
  readonly cpu: CpuMode;
  readonly peak?: true | undefined;
  readonly at: Location;
}

/** What decides which names are published. */
export interface PublishedAs {
  readonly cpu: CpuMode | undefined;
  readonly peak?: boolean | undefined;
}

interface Holder {
  readonly name: string;
  /** What messages point to. */
  readonly place: Location;
  /** Who may still take the name; undefined once it is in use. */
  readonly reservedFor: Location | undefined;
}

export class FamilyNames {
  private readonly holders = new Map<string, Holder>();

  constructor(private readonly prefix: string) {}

  /**
   * The names that a checked config takes: those of its explicit entries are in use, and those that its typed entries give by name are
   * reserved. Each plan begins with one of its own.
   */
  static of({ prefix, entries }: Pick<Config, 'prefix' | 'entries'>): FamilyNames {
    const names = new FamilyNames(prefix);
    for (const entry of entries) {
      if (isTyped(entry)) {
        for (const wanted of reservationsOf(entry)) names.take(prefix + wanted.metric, wanted, wanted.at, wanted.at);
      } else {
        for (const family of new Set(entry.fields.map((field) => field.family)))
          names.take(family.name, family, entry.at);
      }
    }
    return names;
  }

  /** The family, or what is wrong with it; in that case nothing was taken. */
  takeFamily(wanted: WantedFamily): Family | string {
    const { metric, help, type, unit, cpu, peak, at } = wanted;
    const problem = metricProblem(metric, this.prefix, type) ?? helpProblem(help);
    if (problem !== undefined) return problem;
    const name = this.prefix + metric;
    const [conflict] = this.conflicts(name, wanted, at);
    if (conflict !== undefined) return conflict;
    for (const published of publishedNames(name, wanted)) {
      this.holders.set(baseName(published), { name: published, place: at, reservedFor: undefined });
    }
    const more = peak === undefined ? {} : { peak };
    return { name, perCpuName: perCpuName(name), help, type, ...unitOf(name, unit), cpu, ...more };
  }

  /**
   * Takes the names under which a metric is published, those that are free; of the others it tells why they are not.
   *
   * @param name with the prefix
   * @param reservedFor who will take it by takeFamily(); undefined where it is in use from now on
   */
  take(name: string, as: PublishedAs, place: Location, reservedFor?: Location): string[] {
    const conflicts = this.conflicts(name, as, undefined);
    for (const published of publishedNames(name, as)) {
      const key = baseName(published);
      if (!this.holders.has(key)) this.holders.set(key, { name: published, place, reservedFor });
    }
    return conflicts;
  }

  private conflicts(name: string, as: PublishedAs, at: Location | undefined): string[] {
    return publishedNames(name, as).flatMap((published) => {
      const holder = this.holders.get(baseName(published));
      if (holder === undefined) return [];
      if (holder.reservedFor !== undefined && holder.reservedFor === at && holder.name === published) return [];
      const { file, line, column } = holder.place;
      const place = `${file}:${line}:${column}`;
      return holder.name === published
        ? `found the metric ${quote(published)} a second time, expected another name than at ${place}`
        : `found the metric ${quote(published)} beside ${quote(holder.name)} at ${place}, expected names that differ in more than \`_total\``;
    });
  }
}

/** The metrics of a typed entry whose names are known before the kernel's types: not those that come of globs, or of the symbol's type. */
export function reservationsOf(entry: TypedEntry): Reservation[] {
  const { metric, type, cpu, peak, at, members } = entry;
  if (members === undefined) {
    return metric === undefined || metric.includes('*') ? [] : [{ metric, type, cpu, peak, at }];
  }
  return members
    .filter(({ pattern }) => !isGlob(pattern))
    .map((rule) => {
      const { type, cpu, peak, at } = rule;
      return { metric: memberMetric(entry, rule, rule.pattern), type, cpu, peak, at };
    });
}

/** Name of the per-CPU parts. */
export function perCpuName(name: string): string {
  return `${baseName(name)}_per_cpu${name.endsWith('_total') ? '_total' : ''}`;
}

/** The sum's name is taken even where only the parts are published: the two belong together. */
function publishedNames(name: string, { cpu, peak }: PublishedAs): string[] {
  const peaks = peak === true ? peakNames(name) : [];
  if (cpu === 'sum') return [name, ...peaks];
  return cpu === 'spread' ? [name, ...spreadNames(name), ...peaks] : [name, perCpuName(name), ...peaks];
}

/** OpenMetrics names a counter's family without `_total`, so that a gauge `x` and a counter `x_total` are one name there. */
function baseName(name: string): string {
  return name.endsWith('_total') ? name.slice(0, -'_total'.length) : name;
}
