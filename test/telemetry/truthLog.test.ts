import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TruthLog } from '../../src/telemetry/truthLog.js';
import type { TruthChange } from '../../src/truth/watch.js';
import { logged } from '../support/logLines.js';

const counter = 'vm_cnt.v_pdpages';
const against = (verdict: TruthChange['verdict']): TruthChange => ({
  counter,
  verdict,
  reason: verdict === 'good' ? '' : 'disagrees with vm.stats.vm.v_pdpages',
});

/** What the log says of these changes. */
function linesOf(...changes: TruthChange[]): string[] {
  return logged((logger) => {
    const log = new TruthLog(logger);
    for (const change of changes) log.changed(change);
    log.close();
  });
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
