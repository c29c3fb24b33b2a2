import assert from 'node:assert/strict';
import { describe, it, mock } from 'node:test';
import type { SymbolStatus } from '../../src/snapshots/symbolStatus.js';
import { createLogger } from '../../src/telemetry/logger.js';
import { SymbolLog } from '../../src/telemetry/symbolLog.js';

const MINUTE = 60_000;

function status(symbol: string, state: 'up' | 'fault' | 'absent'): SymbolStatus {
  return {
    symbol,
    groups: ['g'],
    optional: state === 'absent',
    up: state === 'up',
    absent: state === 'absent',
    reason: state === 'up' ? '' : 'because',
    bases: [],
    since: 0,
  };
}

/** The lines, without their time. */
function logged(act: (log: SymbolLog) => void): string[] {
  const lines: string[] = [];
  const write = mock.method(process.stderr, 'write', (line: string) => {
    lines.push(line.replace(/^time=\S+ /, '').trimEnd());
    return true;
  });
  mock.timers.enable({ apis: ['setTimeout'] });
  try {
    act(new SymbolLog(createLogger('info', 'logfmt')));
  } finally {
    mock.timers.reset();
    write.mock.restore();
  }
  return lines;
}

const down = 'level=warn msg="symbol cannot be read; its series are left out" symbol=a';
const again = 'level=info msg="symbol is read again" symbol=a';

describe('SymbolLog', () => {
  it('ends on the truth, whatever happened within a minute', () => {
    for (const [states, last] of [
      [['fault', 'up', 'fault'], down],
      [['fault', 'up', 'fault', 'up'], again],
      [['fault', 'up', 'fault', 'up', 'fault'], down],
    ] as const) {
      const lines = logged((log) => {
        for (const state of states) log.changed(status('a', state), true);
        mock.timers.tick(MINUTE);
      });
      assert.ok(lines.at(-1)!.startsWith(last), lines.join('\n'));
      assert.ok(lines.length <= 3, lines.join('\n'));
    }
  });

  it('ends on the truth when it is closed before the minute is over', () => {
    const lines = logged((log) => {
      for (const state of ['fault', 'up', 'fault'] as const) log.changed(status('a', state), true);
      log.close();
    });
    assert.deepEqual(lines, [`${down} reason=because`, again, `${down} suppressed=1 reason=because`]);
  });

  it('writes a bounded number of lines for five thousand symbols that flap for an hour', () => {
    const lines = logged((log) => {
      for (let minute = 0; minute < 60; minute++) {
        for (let change = 0; change < 4; change++) {
          for (let symbol = 0; symbol < 5000; symbol++) {
            log.changed(status(`s${symbol}`, change % 2 === minute % 2 ? 'fault' : 'up'), true);
          }
        }
        mock.timers.tick(MINUTE);
      }
    });
    assert.ok(lines.length <= 60 * 103, `${lines.length} lines`);
    assert.match(lines.at(-1)!, /symbols=\d+ such_as=/);
  });

  it('tells of many at once in one line, each kind apart, and then of each as it changes', () => {
    const lines = logged((log) => {
      for (let symbol = 0; symbol < 500; symbol++) log.changed(status(`s${symbol}`, 'fault'), false);
      mock.timers.tick(MINUTE);
      mock.timers.tick(MINUTE);
      log.changed(status('s499', 'up'), false);
    });
    assert.equal(lines.length, 102);
    assert.equal(
      lines[100],
      'level=warn msg="symbols cannot be read; their series are left out, and /symbols says why" symbols=400 such_as=s100,s101,s102,s103,s104',
    );
    assert.equal(lines[101], 'level=info msg="symbol has come and is read" symbol=s499');
  });

  it('tells coming for the first time from being read again, and that an optional one has gone', () => {
    const lines = logged((log) => {
      log.changed(status('carpstats', 'absent'), false);
      log.changed(status('carpstats', 'up'), false);
      mock.timers.tick(MINUTE);
      log.changed(status('carpstats', 'absent'), true);
      log.changed(status('carpstats', 'up'), true);
    });
    assert.deepEqual(lines, [
      'level=info msg="symbol has come and is read" symbol=carpstats',
      'level=info msg="optional symbol has gone; its series are left out" symbol=carpstats reason=because',
      'level=info msg="symbol is read again" symbol=carpstats',
    ]);
  });
});
