/** The log: structured lines on standard error, as logfmt or JSON, by pino; no addresses, and no floods of equal lines. */
import { pino, type LoggerOptions, type Logger } from 'pino';
import { withoutAddresses } from '../kernel/errors.js';
import { standardError } from './logSink.js';
import { eventKey, RepeatFilter } from './repeatFilter.js';

export type { Logger } from 'pino';

export const logLevels = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof logLevels)[number];

export const logFormats = ['logfmt', 'json'] as const;
export type LogFormat = (typeof logFormats)[number];

/** @param now a clock in milliseconds, by which repeated events are counted out */
export function createLogger(level: LogLevel, format: LogFormat, now?: () => number): Logger {
  const options: LoggerOptions = {
    level,
    base: null,
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
    hooks: { logMethod: withoutRepeats(new RepeatFilter(now)) },
  };
  const form =
    format === 'json' ? (line: string) => line : (line: string) => `${toLogfmt(JSON.parse(line) as object)}\n`;
  return pino(options, {
    write: (line: string) => {
      standardError.write(withoutAddresses(form(line)));
    },
  });
}

/** Stands between each call of the log and its writing, where pino lets one. */
function withoutRepeats(filter: RepeatFilter): NonNullable<NonNullable<LoggerOptions['hooks']>['logMethod']> {
  return function (args, method) {
    const [first, second] = args as [unknown, string?];
    const fields = typeof first === 'object' && first !== null ? { ...first } : {};
    const message = typeof first === 'string' ? first : (second ?? '');
    const key = eventKey(message, fields);
    const suppressed = key === undefined ? 0 : filter.admit(key);
    if (suppressed === undefined) return;
    method.apply(this, [suppressed === 0 ? fields : { ...fields, suppressed }, message]);
  };
}

/** `key=value` pairs, quoted where needed: time and level first, as pino gives them. */
function toLogfmt(record: object): string {
  const { time, level, msg, ...rest } = record as Record<string, unknown>;
  return Object.entries({ time, level, msg, ...rest })
    .map(([key, value]) => `${key}=${quote(typeof value === 'string' ? value : JSON.stringify(value))}`)
    .join(' ');
}

function quote(value: string): string {
  return /^[^\s"=\\]+$/.test(value) ? value : JSON.stringify(value);
}
