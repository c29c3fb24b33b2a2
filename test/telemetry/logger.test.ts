import assert from 'node:assert/strict';
import { describe, it, mock } from 'node:test';
import { createLogger, type LogFormat, type LogLevel } from '../../src/telemetry/logger.js';

function logged(level: LogLevel, format: LogFormat, act: (log: ReturnType<typeof createLogger>) => void): string[] {
  const lines: string[] = [];
  const write = mock.method(process.stderr, 'write', (line: string) => {
    lines.push(line);
    return true;
  });
  act(createLogger(level, format));
  write.mock.restore();
  return lines;
}

describe('createLogger', () => {
  it('writes logfmt, with quotes where a value needs them', () => {
    const [line] = logged('info', 'logfmt', (log) => {
      log.warn({ symbol: 'tcpstat', reason: 'no "such" symbol', cpus: 4 }, 'symbol is down');
    });
    assert.match(
      line!,
      /^time=\d{4}-\d\d-\d\dT[\d:.]+Z level=warn msg="symbol is down" symbol=tcpstat reason="no \\"such\\" symbol" cpus=4\n$/,
    );
  });

  it('keeps a value with a line break on one line', () => {
    const [line] = logged('info', 'logfmt', (log) => {
      log.info({ reason: 'a\nb' }, 'x');
    });
    assert.match(line!, /reason="a\\nb"\n$/);
  });

  it('writes JSON', () => {
    const [line] = logged('info', 'json', (log) => {
      log.info({ cpus: 4 }, 'opened');
    });
    const { time, ...rest } = JSON.parse(line!) as Record<string, unknown>;
    assert.ok(!Number.isNaN(Date.parse(String(time))));
    assert.deepEqual(rest, { level: 'info', cpus: 4, msg: 'opened' });
  });

  it('leaves out what is below the level', () => {
    const lines = logged('warn', 'logfmt', (log) => {
      log.info('quiet');
      log.error('loud');
    });
    assert.equal(lines.length, 1);
    assert.match(lines[0]!, /loud/);
  });
});
