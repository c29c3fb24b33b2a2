/** What a log says while something happens. */
import { mock } from 'node:test';
import { createLogger, type Logger } from '../../src/telemetry/logger.js';

/** The lines of level info and above, without their time. Timers stand still meanwhile, but for `mock.timers`. */
export function logged(act: (log: Logger) => void): string[] {
  const lines: string[] = [];
  const write = mock.method(process.stderr, 'write', (line: string) => {
    lines.push(line.replace(/^time=\S+ /, '').trimEnd());
    return true;
  });
  mock.timers.enable({ apis: ['setTimeout'] });
  try {
    act(createLogger('info', 'logfmt'));
  } finally {
    mock.timers.reset();
    write.mock.restore();
  }
  return lines;
}
