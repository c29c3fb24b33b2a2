import assert from 'node:assert/strict';
import { describe, it, mock } from 'node:test';
import type { GroupStatus } from '../../src/snapshots/groupStatus.js';
import { GroupLog } from '../../src/telemetry/groupLog.js';
import { createLogger } from '../../src/telemetry/logger.js';

function status(state: GroupStatus['state']): GroupStatus {
  const isRead = state === 'read';
  return { group: 'ipsec', series: isRead ? 9 : 0, state, reason: isRead ? '' : 'because', isGood: state !== 'silent' };
}

describe('GroupLog', () => {
  it('says of a group whether nothing is there or nothing is right, once, and when it is read', () => {
    const lines: string[] = [];
    const write = mock.method(process.stderr, 'write', (line: string) => {
      lines.push(line.replace(/^time=\S+ /, '').trimEnd());
      return true;
    });
    mock.timers.enable({ apis: ['setTimeout'] });
    try {
      const log = new GroupLog(createLogger('info', 'logfmt'));
      for (const state of ['absent', 'absent', 'silent', 'read', 'silent', 'read', 'silent'] as const) {
        log.changed(status(state));
      }
      log.close();
    } finally {
      mock.timers.reset();
      write.mock.restore();
    }
    assert.deepEqual(lines, [
      'level=info msg="nothing of a group is read" group=ipsec reason=because',
      'level=warn msg="nothing of a group is read" group=ipsec reason=because',
    ]);
  });
});
