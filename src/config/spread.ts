/**
 * What `cpu: spread` publishes of a metric beside its sum. Of a counter the rates of its CPUs in the last window, and which CPU is hot; of a
 * gauge its largest and smallest part at the moment of the read. And what `peak: true` does.
 */
import { isTyped, type Config, type ConfigEntry, type CpuMode, type Family } from './model.js';

/** The label that tells the figures apart, and its values. */
export const STAT_LABEL = 'stat';
export const rateStats = ['max', 'p50', 'p99'] as const;
export const partStats = ['max', 'min'] as const;

const TOTAL = '_total';

/** `X_per_cpu_rate` of the counter `X_total`. */
export function rateName(counter: string): string {
  return `${stem(counter)}_per_cpu_rate`;
}

/** `X_busiest_cpu` of the counter `X_total`. */
export function busiestName(counter: string): string {
  return `${stem(counter)}_busiest_cpu`;
}

/** `X_per_cpu` of the gauge `X`, which is what its parts are called where they are published themselves. */
export function partsName(gauge: string): string {
  return `${gauge}_per_cpu`;
}

/** The names that are published beside that of the sum, with or without the prefix. */
export function spreadNames(name: string): string[] {
  return name.endsWith(TOTAL) ? [rateName(name), busiestName(name)] : [partsName(name)];
}

/** `X_peak_rate` and `X_peak_cpu` of the counter `X_total`. */
export function peakNames(counter: string): [rate: string, cpu: string] {
  return [`${stem(counter)}_peak_rate`, `${stem(counter)}_peak_cpu`];
}

/** True where each CPU's part is a series of its own. */
export function hasPartSeries({ cpu }: { readonly cpu: CpuMode }): boolean {
  return cpu === 'per_cpu' || cpu === 'both';
}

/** True where some metric of the config is to be told so. */
export function wantsSpread(config: Pick<Config, 'entries'>): boolean {
  return publishedIn(config).some(({ cpu }) => cpu === 'spread');
}

/** True where the highest rates of some metric of the config are to be told. */
export function wantsPeaks(config: Pick<Config, 'entries'>): boolean {
  return publishedIn(config).some(({ peak }) => peak === true);
}

/** The config that publishes each CPU's part of all that it publishes. */
export function withParts(config: Config): Config {
  const families = new Map<Family, Family>();
  const whole = (family: Family): Family => {
    const known = families.get(family) ?? { ...family, cpu: partsOf(family.cpu) };
    families.set(family, known);
    return known;
  };
  const entries = config.entries.map((entry): ConfigEntry => {
    if (!isTyped(entry)) {
      return { ...entry, fields: entry.fields.map((field) => ({ ...field, family: whole(field.family) })) };
    }
    const members = entry.members?.map((rule) => ({ ...rule, cpu: partsOf(rule.cpu) }));
    return { ...entry, cpu: partsOf(entry.cpu), ...(members === undefined ? {} : { members }) };
  });
  return { ...config, entries };
}

function partsOf(mode: CpuMode): CpuMode {
  return mode === 'per_cpu' ? mode : 'both';
}

/** What is said of each metric, or of those that one rule is for. */
function publishedIn({ entries }: Pick<Config, 'entries'>): readonly Pick<Family, 'cpu' | 'peak'>[] {
  return entries.flatMap((entry): readonly Pick<Family, 'cpu' | 'peak'>[] =>
    isTyped(entry) ? (entry.members ?? [entry]) : entry.fields.map(({ family }) => family),
  );
}

function stem(counter: string): string {
  return counter.slice(0, -TOTAL.length);
}
