/** Metrics out of what the user wrote: names, help, type and labels, checked by Prometheus' rules and against all other metrics. */
import type { ConfigFile } from './configFile.js';
import type { Path } from './diagnostics.js';
import { quote } from './diagnostics.js';
import { MAX_LABELS } from './limits.js';
import type { CpuMode, Family, Label, Location, MetricType } from './model.js';
import { helpProblem, labelNameProblem, labelValueProblem, metricProblem } from './names.js';
import type { UserMember } from './schema.js';

/** What an entry says for all its members or fields. Undefined: it was wrong, so that nothing can be said of what hangs on it. */
export interface Settings {
  readonly type: MetricType | undefined;
  readonly cpu: CpuMode | undefined;
  readonly labels: readonly Label[];
}

type Published = Pick<UserMember, 'metric' | 'help'>;
type Inheritable = Pick<UserMember, 'type' | 'cpu' | 'labels'>;

const DEFAULTS: Settings = { type: 'gauge', cpu: 'both', labels: [] };

/** Makes the families of all files, and knows which names are taken. */
export class Families {
  private readonly taken = new Map<string, { readonly name: string; readonly at: Location }>();

  constructor(private readonly prefix: string) {}

  /** The family that `user` describes, or undefined where that was reported as wrong. */
  make(source: ConfigFile, path: Path, user: Published, { type, cpu }: Settings): Family | undefined {
    const { metric, help } = user;
    const problem = help === undefined ? undefined : helpProblem(help);
    if (problem !== undefined) source.report([...path, 'help'], problem);
    if (metric === undefined) return undefined;

    const metricPath = [...path, 'metric'];
    const nameProblem = metricProblem(metric, this.prefix, type);
    if (nameProblem !== undefined) {
      source.report(metricPath, nameProblem);
      return undefined;
    }
    const { name, perCpuName } = publishedNames(this.prefix + metric);
    this.take(source, metricPath, name);
    if (cpu !== 'sum') this.take(source, metricPath, perCpuName);
    if (help === undefined || type === undefined || cpu === undefined) return undefined;
    return { name, perCpuName, help, type, cpu };
  }

  private take(source: ConfigFile, path: Path, name: string): void {
    // OpenMetrics names a counter's family without `_total`, so that a gauge `x` and a counter `x_total` are one name there.
    const key = baseName(name);
    const first = this.taken.get(key);
    if (first === undefined) {
      this.taken.set(key, { name, at: source.locate(path) });
      return;
    }
    const { file, line, column } = first.at;
    const place = `${file}:${line}:${column}`;
    source.report(
      path,
      first.name === name
        ? `found the metric ${quote(name)} a second time, expected another name than at ${place}`
        : `found the metric ${quote(name)} beside ${quote(first.name)} at ${place}, expected names that differ in more than \`_total\``,
    );
  }
}

function publishedNames(name: string): { name: string; perCpuName: string } {
  const suffix = name.endsWith('_total') ? '_total' : '';
  return { name, perCpuName: `${baseName(name)}_per_cpu${suffix}` };
}

function baseName(name: string): string {
  return name.endsWith('_total') ? name.slice(0, -'_total'.length) : name;
}

/** What `user` says for itself, over what it inherits. */
export function settingsOf(
  source: ConfigFile,
  path: Path,
  user: Inheritable,
  inherited: Settings = DEFAULTS,
): Settings {
  return {
    type: 'type' in user ? user.type : inherited.type,
    cpu: 'cpu' in user ? user.cpu : inherited.cpu,
    labels: mergedLabels(source, [...path, 'labels'], user.labels ?? {}, inherited.labels),
  };
}

function mergedLabels(
  source: ConfigFile,
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
