import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { GroupStatus } from '../../src/snapshots/groupStatus.js';
import { GroupLog } from '../../src/telemetry/groupLog.js';
import { logged } from '../support/logLines.js';

function status(state: GroupStatus['state']): GroupStatus {
  const isRead = state === 'read';
  return { group: 'ipsec', series: isRead ? 9 : 0, state, reason: isRead ? '' : 'because', isGood: state !== 'silent' };
}

describe('GroupLog', () => {
  it('says of a group whether nothing is there or nothing is right, once, and when it is read', () => {
    const lines = logged((logger) => {
      const log = new GroupLog(logger);
      for (const state of ['absent', 'absent', 'silent', 'read', 'silent', 'read', 'silent'] as const) {
        log.changed(status(state));
      }
      log.close();
    });
    assert.deepEqual(lines, [
      'level=info msg="nothing of a group is read" group=ipsec reason=because',
      'level=warn msg="nothing of a group is read" group=ipsec reason=because',
    ]);
  });
});
