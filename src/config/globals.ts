/** What a config says once for all entries: the prefix, the reader, the scrape loop's interval and what OpenMetrics documents have besides. */
import type { ConfigFile } from './configFile.js';
import { describe, type Path } from '../yaml/diagnostics.js';
import { MAX_INTERVAL_MS, MAX_TRUTH_SHARE, MIN_INTERVAL_MS, MIN_TRUTH_SHARE } from './limits.js';
import type { ActivityTimes, Config } from './model.js';
import { prefixProblem } from './names.js';
import type { UserConfig } from './schema.js';

const DEFAULT_PREFIX = 'freebsd_';
const DEFAULT_SHARE = 0.05;
const DEFAULT_SAMPLE_MS = 5000;
const DEFAULT_WINDOW_MS = 60_000;
const MIN_SAMPLE_MS = 1000;
/** A window of fewer samples would jump. */
const MIN_SAMPLES = 4;

/** Each global may be set in any file, and in several where they agree. */
export function globalsOf(
  sources: readonly ConfigFile[],
): Pick<Config, 'prefix' | 'reader' | 'scrapeIntervalMs' | 'created' | 'truthShare' | 'activity'> {
  const prefix = agreed(sources, ['prefix'], (user) => user.prefix);
  const prefixError = prefix === undefined ? undefined : prefixProblem(prefix.value);
  if (prefix !== undefined && prefixError !== undefined) prefix.source.report(['prefix'], prefixError);

  const path = ['scrape', 'interval'];
  const interval = agreed(sources, path, (user) => user.scrape?.interval);
  const scrapeIntervalMs = interval === undefined ? undefined : milliseconds(interval.value);
  if (interval !== undefined && scrapeIntervalMs === undefined) {
    interval.source.report(path, `found ${describe(interval.value)}, expected a time such as 15s, from 100ms to 60m`);
  }
  return {
    prefix: prefix === undefined || prefixError !== undefined ? DEFAULT_PREFIX : prefix.value,
    reader: agreed(sources, ['reader'], (user) => user.reader)?.value ?? 'auto',
    scrapeIntervalMs,
    truthShare: truthShareOf(sources),
    activity: activityOf(sources, scrapeIntervalMs),
    created: agreed(sources, ['openmetrics', 'created'], (user) => user.openmetrics?.created)?.value ?? false,
  };
}

/** Undefined where nothing is to be proven. */
function truthShareOf(sources: readonly ConfigFile[]): number | undefined {
  const off = agreed(sources, ['truth'], (user) => (user.truth === undefined ? undefined : user.truth === 'off'));
  if (off?.value === true) return undefined;
  const path = ['truth', 'share'];
  const share = agreed(sources, path, (user) => (typeof user.truth === 'object' ? user.truth.share : undefined));
  if (share === undefined) return DEFAULT_SHARE;
  const value = shareOf(share.value);
  if (value === undefined) {
    share.source.report(path, `found ${describe(share.value)}, expected a share such as 5%, from 0.1% to 50%`);
  }
  return value;
}

/**
 * Undefined where nothing is sampled.
 * @param loop milliseconds between the reads of the scrape loop, which are then the samples
 */
function activityOf(sources: readonly ConfigFile[], loop = 0): ActivityTimes | undefined {
  const off = agreed(sources, ['activity'], ({ activity }) =>
    activity === undefined ? undefined : activity === 'off',
  );
  if (off?.value === true) return undefined;
  const timeOf = (key: 'interval' | 'window', standard: number): number => {
    const path = ['activity', key];
    const written = agreed(sources, path, ({ activity }) => (typeof activity === 'object' ? activity[key] : undefined));
    if (written === undefined) return standard;
    const time = milliseconds(written.value);
    if (time !== undefined && time >= MIN_SAMPLE_MS) return time;
    written.source.report(path, `found ${describe(written.value)}, expected a time such as 5s, from 1s to 60m`);
    return standard;
  };
  const intervalMs = Math.max(loop, timeOf('interval', DEFAULT_SAMPLE_MS));
  const windowMs = timeOf('window', Math.max(DEFAULT_WINDOW_MS, MIN_SAMPLES * intervalMs));
  if (windowMs < MIN_SAMPLES * intervalMs) {
    const [source] = sources.filter(({ contents }) => typeof contents?.activity === 'object');
    const seconds = (MIN_SAMPLES * intervalMs) / 1000;
    source?.report(
      ['activity'],
      `found a window of ${windowMs / 1000}s, expected ${MIN_SAMPLES} intervals or more: ${seconds}s`,
    );
  }
  return { intervalMs, windowMs };
}

/** The value that the first file which sets it gives; another value in a later file is reported there. */
function agreed<T extends string | boolean>(
  sources: readonly ConfigFile[],
  path: Path,
  valueOf: (user: UserConfig) => T | undefined,
): { value: T; source: ConfigFile } | undefined {
  let first: { value: T; source: ConfigFile } | undefined;
  for (const source of sources) {
    const value = source.contents === undefined ? undefined : valueOf(source.contents);
    if (value === undefined) continue;
    first ??= { value, source };
    if (value === first.value) continue;
    const { file, line, column } = first.source.locate(path);
    source.report(path, `found ${describe(value)}, expected ${describe(first.value)} as at ${file}:${line}:${column}`);
  }
  return first;
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000 };

/** Undefined where it is not a time within the limits. */
export function milliseconds(written: string): number | undefined {
  const [, count, unit] = /^([0-9]{1,9})(ms|s|m)$/.exec(written) ?? [];
  const value = Number(count) * (UNITS[unit ?? ''] ?? NaN);
  return value >= MIN_INTERVAL_MS && value <= MAX_INTERVAL_MS ? value : undefined;
}

/** A part of a whole, 0 to 1; undefined where it is none within the limits. */
function shareOf(written: string): number | undefined {
  const [, percent] = /^([0-9]{1,3}(?:\.[0-9]{1,3})?)%$/.exec(written) ?? [];
  const value = Number(percent) / 100;
  return value >= MIN_TRUTH_SHARE && value <= MAX_TRUTH_SHARE ? value : undefined;
}
