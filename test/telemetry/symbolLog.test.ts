/** Covers: symbolLog.ts, changeLines.ts. */
import assert from 'node:assert/strict';
import { describe, it, mock } from 'node:test';
import type { SymbolStatus } from '../../src/snapshots/symbolStatus.js';
import { SymbolLog } from '../../src/telemetry/symbolLog.js';
import { logged } from '../support/logLines.js';

const MINUTE = 60_000;

function status(symbol: string, state: 'up' | 'fault' | 'absent'): SymbolStatus {
  return {
    symbol,
    groups: ['g'],
    optional: state === 'absent',
    up: state === 'up',
    cause: state === 'up' ? undefined : state === 'absent' ? 'missing' : 'failed',
    reason: state === 'up' ? '' : 'because',
    bases: [],
    since: 0,
  };
}

const linesOf = (act: (log: SymbolLog) => void): string[] =>
  logged((log) => {
    act(new SymbolLog(log));
  });

const down = 'level=warn msg="symbol cannot be read; its series are left out" symbol=a';
const again = 'level=info msg="symbol is read again" symbol=a';
const come = 'level=info msg="symbol has come and is read" symbol=carpstats';
const gone = 'level=info msg="optional symbol has gone; its series are left out" symbol=carpstats reason=because';

describe('SymbolLog', () => {
  it('ends on the truth, whatever happened within a minute', () => {
    for (const [states, last] of [
      [['fault', 'up', 'fault'], down],
      [['fault', 'up', 'fault', 'up'], again],
      [['fault', 'up', 'fault', 'up', 'fault'], down],
    ] as const) {
      const lines = linesOf((log) => {
        for (const state of states) log.changed(status('a', state), true);
        mock.timers.tick(MINUTE);
      });
      assert.ok(lines.at(-1)!.startsWith(last), lines.join('\n'));
      assert.ok(lines.length <= 3, lines.join('\n'));
    }
  });

  it('ends on the truth when it is closed before the minute is over', () => {
    const lines = linesOf((log) => {
      for (const state of ['fault', 'up', 'fault'] as const) log.changed(status('a', state), true);
      log.close();
    });
    assert.deepEqual(lines, [`${down} reason=because`, again, `${down} suppressed=1 reason=because`]);
  });

  it('writes a bounded number of lines for five thousand symbols that flap for an hour', () => {
    const lines = linesOf((log) => {
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
    const lines = linesOf((log) => {
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
    const lines = linesOf((log) => {
      log.changed(status('carpstats', 'absent'), false);
      log.changed(status('carpstats', 'up'), false);
      log.changed(status('carpstats', 'absent'), true);
      mock.timers.tick(MINUTE);
      log.changed(status('carpstats', 'up'), true);
    });
    assert.deepEqual(lines, [come, gone, again.replace('=a', '=carpstats')]);
  });

  it('calls nothing "again" that no line has called read', () => {
    for (const first of ['absent', 'fault'] as const) {
      const lines = linesOf((log) => {
        // So many others that there is no line left for it in this minute.
        for (let other = 0; other < 100; other++) log.changed(status(`s${other}`, 'fault'), false);
        log.changed(status('carpstats', first), false);
        log.changed(status('carpstats', 'up'), false);
        log.changed(status('carpstats', first), true);
        log.changed(status('carpstats', 'up'), true);
        mock.timers.tick(MINUTE);
      });
      assert.deepEqual(
        lines.slice(100).map((line) => line.replace(/ suppressed=\d+/, '')),
        [come],
        first,
      );
    }
  });

  it('says what is true where it comes, goes and comes within the minute', () => {
    for (const [after, held] of [
      [['up'], [again.replace('=a', '=carpstats')]],
      [['up', 'absent', 'up'], [again.replace('=a', '=carpstats')]],
      [['up', 'absent', 'up', 'absent'], []],
    ] as const) {
      const lines = linesOf((log) => {
        log.changed(status('carpstats', 'absent'), false);
        let wasUp = false;
        for (const state of ['up', 'absent', ...after] as const) {
          log.changed(status('carpstats', state), wasUp);
          wasUp ||= state === 'up';
        }
        mock.timers.tick(MINUTE);
        mock.timers.tick(MINUTE);
      }).map((line) => line.replace(/ suppressed=\d+/, ''));
      assert.deepEqual(lines, [come, gone, ...held]);
    }
  });

  it('tells what the last line said no second time', () => {
    const lines = linesOf((log) => {
      for (let reload = 0; reload < 3; reload++) {
        log.changed(status('a', 'fault'), false);
        log.changed(status('carpstats', 'absent'), true);
        mock.timers.tick(MINUTE);
      }
    });
    assert.deepEqual(lines, [`${down} reason=because`, gone]);
  });

  it('has lines left for what comes after hundreds that are not there, which only a debug log tells', () => {
    const lines = linesOf((log) => {
      for (let other = 0; other < 500; other++) log.changed(status(`s${other}`, 'absent'), false);
      log.changed(status('carpstats', 'up'), false);
    });
    assert.deepEqual(lines, [come]);
  });

  it('takes back that an optional one cannot be read where it has gone', () => {
    const lines = linesOf((log) => {
      log.changed({ ...status('carpstats', 'fault'), optional: true }, false);
      log.changed(status('carpstats', 'absent'), false);
    });
    assert.equal(lines[1], gone);
  });

  it('says that an optional one has another form than what was read', () => {
    const [line] = linesOf((log) => {
      log.changed({ ...status('carpstats', 'absent'), cause: 'unfit' }, true);
    });
    assert.equal(
      line,
      'level=info msg="optional symbol has another form here; its series are left out" symbol=carpstats reason=because',
    );
  });
});
