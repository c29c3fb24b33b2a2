import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { becomeForGood } from '../../src/privilege/drop.js';
import { PretendedProcess } from './process.js';

const kcounter = { user: 'kcounter', uid: 900, gid: 901 };

function refused(process: PretendedProcess, message: RegExp, identity = kcounter): void {
  assert.throws(
    () => {
      becomeForGood(identity, process);
    },
    { name: 'PrivilegeError', message },
  );
}

describe('becomeForGood', () => {
  it('gives up all ids and groups', () => {
    const process = new PretendedProcess();
    becomeForGood(kcounter, process);
    assert.deepEqual(process.uids, { real: 900, effective: 900, saved: 900 });
    assert.deepEqual(process.gids, { real: 901, effective: 901, saved: 901 });
    assert.deepEqual(process.groups, [901]);
  });

  it('takes a group that root is in, where it was asked for', () => {
    const process = new PretendedProcess();
    becomeForGood({ ...kcounter, gid: 0 }, process);
    assert.deepEqual(process.getgroups(), [0]);
  });

  it('does not believe a drop that kept the saved user', () => {
    const process = new PretendedProcess();
    process.setuid = (id) => {
      process.uids = { real: id, effective: id, saved: 0 };
    };
    refused(process, /^root was not given up for user kcounter: setuid\(0\) still succeeds$/);
  });

  it('does not believe a drop that kept the saved group', () => {
    const process = new PretendedProcess();
    process.setgid = (id) => {
      process.gids = { ...process.gids, real: id, effective: id };
      process.setgid = PretendedProcess.prototype.setgid.bind(process);
    };
    refused(process, /setgid\(0\) still succeeds$/);
  });

  it('does not believe a drop that did nothing', () => {
    const process = new PretendedProcess();
    process.setuid = () => undefined;
    refused(process, /the user id is 0 and not 900$/);
  });

  it('does not believe a drop that kept a group', () => {
    const process = new PretendedProcess();
    process.setgroups = () => undefined;
    refused(process, /it is still a member of group 0, 5$/);
  });

  it('says what the system refuses', () => {
    refused(new PretendedProcess(1000), /^cannot become user kcounter \(900:901\): EPERM, setgroups$/);
  });
});
