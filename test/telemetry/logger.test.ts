import assert from 'node:assert/strict';
import { describe, it, mock } from 'node:test';
import { createLogger, type LogFormat, type LogLevel } from '../../src/telemetry/logger.js';

function logged(
  level: LogLevel,
  format: LogFormat,
  act: (log: ReturnType<typeof createLogger>) => void,
  now?: () => number,
): string[] {
  const lines: string[] = [];
  const write = mock.method(process.stderr, 'write', (line: string) => {
    lines.push(line);
    return true;
  });
  act(createLogger(level, format, now));
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

  it('writes a fault that repeats once a minute, with how many it left out', () => {
    let now = 0;
    const lines = logged(
      'info',
      'logfmt',
      (log) => {
        for (now = 0; now < 90_000; now += 100) log.error({ error: 'kvm_read: bad address' }, 'request failed');
      },
      () => now,
    );
    assert.equal(lines.length, 2);
    assert.doesNotMatch(lines[0]!, /suppressed/);
    assert.match(lines[1]!, /msg="request failed" error="kvm_read: bad address" suppressed=599\n$/);
  });

  it('writes all that was asked for, however often', () => {
    const lines = logged('info', 'logfmt', (log) => {
      for (let reload = 0; reload < 3; reload++) log.info({ files: 1 }, 'config reloaded');
    });
    assert.equal(lines.length, 3);
  });

  for (const format of ['logfmt', 'json'] as const) {
    it(`writes no addresses: ${format}`, () => {
      const lines = logged('info', format, (log) => {
        log.error({ error: 'invalid address (0xfffff80003a4c000)' }, 'read at 0xFFFFFFFF81234567 failed');
      });
      assert.match(lines[0]!, /0x…/);
      assert.doesNotMatch(lines[0]!, /fffff80003a4c000|ffffffff81234567/i);
    });
  }
});
