import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { identityOf } from '../../src/privilege/identity.js';
import { PretendedProcess } from './process.js';

describe('identityOf', () => {
  const good: readonly [user: string, group: string | undefined, expected: object][] = [
    ['kcounter', undefined, { user: 'kcounter', uid: 900, gid: 901 }],
    ['900', undefined, { user: 'kcounter', uid: 900, gid: 901 }],
    ['kcounter', 'web', { user: 'kcounter', uid: 900, gid: 80 }],
    ['kcounter', '4242', { user: 'kcounter', uid: 900, gid: 4242 }],
    ['5000', '4242', { user: '5000', uid: 5000, gid: 4242 }],
  ];
  for (const [user, group, expected] of good) {
    it(`finds ${user} in ${group ?? 'their own group'}, and leaves the process as it was`, () => {
      const process = new PretendedProcess();
      assert.deepEqual(identityOf(user, group, process), expected);
      assert.deepEqual(process, new PretendedProcess());
    });
  }

  const bad: readonly [what: string, user: string, group: string | undefined, message: RegExp][] = [
    ['an unknown user', 'kcuonter', undefined, /^there is no user kcuonter; /],
    ['an unknown group', 'kcounter', 'wbe', /^there is no group wbe; /],
    ['a number that is no id', '4294967295', undefined, /^there is no user 4294967295; /],
    ['root', 'root', undefined, /^--user root is root itself; /],
    ['a number without an entry and no group', '5000', undefined, /cannot be told, so name it, too, with --group$/],
  ];
  for (const [what, user, group, message] of bad) {
    it(`refuses ${what}, and leaves the process as it was`, () => {
      const process = new PretendedProcess();
      assert.throws(() => identityOf(user, group, process), { name: 'PrivilegeError', message });
      assert.deepEqual(process, new PretendedProcess());
    });
  }

  it("takes no other user's group for the user's own, as Bun tells root's", () => {
    const process = new PretendedProcess();
    process.effectiveUser = () => ({ username: 'root', uid: 0, gid: 0 });
    assert.throws(() => identityOf('kcounter', undefined, process), {
      name: 'PrivilegeError',
      message: 'the group of user kcounter cannot be told, so name it, too, with --group',
    });
    assert.deepEqual(identityOf('kcounter', 'web', process), { user: 'kcounter', uid: 900, gid: 80 });
  });

  it('needs root', () => {
    assert.throws(() => identityOf('kcounter', undefined, new PretendedProcess(1000)), {
      name: 'PrivilegeError',
      message: 'only root can become another user; leave out --user',
    });
  });
});
