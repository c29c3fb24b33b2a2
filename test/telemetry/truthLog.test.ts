import assert from 'node:assert/strict';
import { describe, it, mock } from 'node:test';
import { createLogger } from '../../src/telemetry/logger.js';
import { TruthLog } from '../../src/telemetry/truthLog.js';
import type { TruthChange } from '../../src/truth/watch.js';

const counter = 'vm_cnt.v_pdpages';
const against = (verdict: TruthChange['verdict']): TruthChange => ({
  counter,
  verdict,
  reason: verdict === 'good' ? '' : 'disagrees with vm.stats.vm.v_pdpages',
});

/** What the log says of these changes. */
function linesOf(...changes: TruthChange[]): string[] {
  const lines: string[] = [];
  const write = mock.method(process.stderr, 'write', (line: string) => {
    lines.push(line.replace(/^time=\S+ /, '').trimEnd());
    return true;
  });
  mock.timers.enable({ apis: ['setTimeout'] });
  try {
    const log = new TruthLog(createLogger('info', 'logfmt'));
    for (const change of changes) log.changed(change);
    log.close();
  } finally {
    mock.timers.reset();
    write.mock.restore();
  }
  return lines;
}

describe('TruthLog', () => {
  it('has one line for a counter that is withdrawn, and one when it is back', () => {
    assert.deepEqual(linesOf(against('suspect'), against('withdrawn'), against('good')), [
      `level=warn msg="counter disagrees with the kernel and is withdrawn" counter=${counter} reason="disagrees with vm.stats.vm.v_pdpages"`,
      `level=info msg="counter agrees again and is published" counter=${counter}`,
    ]);
  });

  it('says nothing of what was suspected only', () => {
    assert.deepEqual(linesOf(against('suspect'), against('good'), against('suspect'), against('good')), []);
  });

  it('warns of what is published all the same', () => {
    const [line, ...others] = linesOf(against('suspect'), against('doubted'));
    assert.match(line ?? '', /^level=warn msg="counter disagrees with a sysctl that is not known to tell the same/);
    assert.deepEqual(others, []);
  });
});
