/** Becomes a user without privileges for good, and proves it: a drop that only seems to have happened is worse than none. */
import { ownCredentials, type Credentials } from './credentials.js';
import { PrivilegeError } from './errors.js';
import type { Identity } from './identity.js';

/**
 * The user's other groups are not taken on: one of them may be kmem, and who is a member of that can open the kernel again.
 *
 * @throws PrivilegeError where it failed or cannot be proved; the program must end then
 */
export function becomeForGood(identity: Identity, credentials: Credentials = ownCredentials): void {
  const { user, uid, gid } = identity;
  try {
    // In this order: who has given up the user may no longer change the groups.
    credentials.setgroups([gid]);
    credentials.setgid(gid);
    credentials.setuid(uid);
  } catch (error) {
    throw new PrivilegeError(`cannot become user ${user} (${uid}:${gid}): ${(error as Error).message}`);
  }
  const doubt = doubtAbout(identity, credentials);
  if (doubt !== undefined) throw new PrivilegeError(`root was not given up for user ${user}: ${doubt}`);
}

/** Why the drop cannot be believed; undefined where it can. */
function doubtAbout({ uid, gid }: Identity, credentials: Credentials): string | undefined {
  const has = {
    'user id': credentials.getuid(),
    'effective user id': credentials.geteuid(),
    'group id': credentials.getgid(),
    'effective group id': credentials.getegid(),
  };
  for (const [what, id] of Object.entries(has)) {
    const wanted = what.endsWith('user id') ? uid : gid;
    if (id !== wanted) return `the ${what} is ${id} and not ${wanted}`;
  }
  const others = credentials.getgroups().filter((group) => group !== gid);
  if (others.length > 0) return `it is still a member of group ${others.join(', ')}`;
  // What is not shown, such as a saved user id, is what these attempts would succeed by.
  const attempts: [string, () => void][] = [
    [
      'setuid(0)',
      () => {
        credentials.setuid(0);
      },
    ],
    [
      'seteuid(0)',
      () => {
        credentials.seteuid(0);
      },
    ],
    [
      'setgroups',
      () => {
        credentials.setgroups([gid, 0]);
      },
    ],
  ];
  if (gid !== 0) {
    attempts.push(
      [
        'setgid(0)',
        () => {
          credentials.setgid(0);
        },
      ],
      [
        'setegid(0)',
        () => {
          credentials.setegid(0);
        },
      ],
    );
  }
  const succeeded = attempts.find(([, attempt]) => succeeds(attempt));
  return succeeded && `${succeeded[0]} still succeeds`;
}

function succeeds(attempt: () => void): boolean {
  try {
    attempt();
    return true;
  } catch {
    return false;
  }
}
