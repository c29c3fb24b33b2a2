/** Metrics out of what the user wrote: names, help, type and labels, checked by Prometheus' rules and against all other metrics. */
import type { CheckedFile } from '../yaml/checkedFile.js';
import type { Path } from '../yaml/diagnostics.js';
import { FamilyNames, perCpuName, type Reservation } from './familyNames.js';
import { MAX_LABELS } from './limits.js';
import type { CpuMode, Family, Label, MetricType } from './model.js';
import { helpProblem, labelNameProblem, labelValueProblem, metricProblem, writtenMetricProblem } from './names.js';
import type { UserItem } from './schemaParts.js';
import { contradiction, unitOf, unitProblem } from './units.js';

/** What an entry says for all its members or fields. Undefined: it was wrong, so that nothing can be said of what hangs on it. */
export interface Settings {
  readonly type: MetricType | undefined;
  readonly unit: string | undefined;
  readonly cpu: CpuMode | undefined;
  readonly peak: boolean;
  readonly labels: readonly Label[];
  /** Set in a pack whose `cpu` was overridden where it is used: goes before what the pack says. */
  readonly cpuOverride: CpuMode | undefined;
}

type Published = Pick<UserItem, 'metric' | 'help' | 'unit'>;
type Inheritable = Pick<UserItem, 'type' | 'unit' | 'cpu' | 'peak' | 'labels'>;

/** What an entry inherits. */
export function defaultSettings(cpuOverride: CpuMode | undefined, isPack: boolean): Settings {
  return { type: 'gauge', unit: undefined, cpu: isPack ? 'spread' : 'both', peak: false, labels: [], cpuOverride };
}

/** Makes the families of all files, and sees to it that names are taken once. */
export class Families {
  private readonly names: FamilyNames;

  constructor(readonly prefix: string) {
    this.names = new FamilyNames(prefix);
  }

  /** The family that `user` describes, or undefined where that was reported as wrong. */
  make(source: CheckedFile<unknown>, path: Path, user: Published, settings: Settings): Family | undefined {
    const { metric, help } = user;
    const { type, unit, cpu, peak } = settings;
    checkHelp(source, path, help);
    if (metric === undefined) return undefined;

    const metricPath = [...path, 'metric'];
    const problem = writtenMetricProblem(metric, this.prefix, type);
    if (problem !== undefined) {
      source.report(metricPath, problem);
      return undefined;
    }
    const name = this.prefix + metric;
    for (const conflict of this.names.take(name, settings, source.locate(metricPath)))
      source.report(metricPath, conflict);
    checkUnit(source, path, name, user);
    if (help === undefined || type === undefined || cpu === undefined) return undefined;
    return { name, perCpuName: perCpuName(name), help, type, ...unitOf(name, unit), cpu, ...(peak ? { peak } : {}) };
  }

  /** Keeps a name for a typed entry. `path` is that of what gives the name. */
  reserve(source: CheckedFile<unknown>, path: Path, reservation: Reservation): void {
    const { metric, type, at } = reservation;
    const problem = metricProblem(metric, this.prefix, type);
    const problems =
      problem === undefined ? this.names.take(this.prefix + metric, reservation, source.locate(path), at) : [problem];
    for (const one of problems) source.report(path, one);
  }
}

/** A unit that is written for one metric alone is what its name says. */
export function checkUnit(source: CheckedFile<unknown>, path: Path, name: string, user: Pick<Published, 'unit'>): void {
  const problem = contradiction(name, user.unit);
  if (problem !== undefined) source.report([...path, 'unit'], problem);
}

export function checkHelp(source: CheckedFile<unknown>, path: Path, help: string | undefined): void {
  const problem = help === undefined ? undefined : helpProblem(help);
  if (problem !== undefined) source.report([...path, 'help'], problem);
}

/** What `user` says for itself, over what it inherits. */
export function settingsOf(source: CheckedFile<unknown>, path: Path, user: Inheritable, inherited: Settings): Settings {
  const type = 'type' in user ? user.type : inherited.type;
  if (user.peak === true && type === 'gauge') {
    source.report([...path, 'peak'], 'found for a gauge, expected it for counters, which have rates');
  }
  const problem = user.unit === undefined ? undefined : unitProblem(user.unit);
  if (problem !== undefined) source.report([...path, 'unit'], problem);
  return {
    type,
    unit: user.unit ?? inherited.unit,
    cpu: inherited.cpuOverride ?? ('cpu' in user ? user.cpu : inherited.cpu),
    // What an entry says of its counters does not hold for a gauge among them.
    peak: (user.peak ?? inherited.peak) && type === 'counter',
    labels: mergedLabels(source, [...path, 'labels'], user.labels ?? {}, inherited.labels),
    cpuOverride: inherited.cpuOverride,
  };
}

function mergedLabels(
  source: CheckedFile<unknown>,
  path: Path,
  own: Readonly<Record<string, string | undefined>>,
  inherited: readonly Label[],
): readonly Label[] {
  const merged = new Map(inherited.map((label) => [label.name, label]));
  for (const [name, value] of Object.entries(own)) {
    const nameProblem = labelNameProblem(name);
    if (nameProblem !== undefined) source.reportKey([...path, name], nameProblem);
    if (value === undefined) continue;
    const valueProblem = labelValueProblem(value);
    if (valueProblem !== undefined) source.report([...path, name], valueProblem);
    merged.set(name, { name, value });
  }
  if (merged.size > MAX_LABELS) {
    source.report(path, `found ${merged.size} labels, expected at most ${MAX_LABELS}`);
    return inherited;
  }
  return [...merged.values()];
}
