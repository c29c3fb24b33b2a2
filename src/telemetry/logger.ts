/** The log: structured lines on standard error, as logfmt or JSON, by pino. */
import { pino, type Logger } from 'pino';

export type { Logger } from 'pino';

export const logLevels = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof logLevels)[number];

export const logFormats = ['logfmt', 'json'] as const;
export type LogFormat = (typeof logFormats)[number];

export function createLogger(level: LogLevel, format: LogFormat): Logger {
  const options = {
    level,
    base: null,
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  // Written at once and in order: the last line before an exit must not be lost.
  const write =
    format === 'json'
      ? (line: string): void => void process.stderr.write(line)
      : (line: string): void => void process.stderr.write(`${toLogfmt(JSON.parse(line) as object)}\n`);
  return pino(options, { write });
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
