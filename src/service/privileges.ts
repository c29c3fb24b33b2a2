/** Who the process is once the kernel is open, and the log's line about that. */
import { userInfo } from 'node:os';
import { keepPackageFiles } from '../packageFiles.js';
import { becomeForGood } from '../privilege/drop.js';
import type { Identity } from '../privilege/identity.js';
import type { Logger } from '../telemetry/logger.js';
import type { Session } from './session.js';

/** Gives up root where that is wanted, and says what the process has from now on. Throws PrivilegeError. */
export function giveUpRoot(identity: Identity | undefined, session: Pick<Session, 'giveTo'>, log: Logger): void {
  if (identity !== undefined) {
    keepPackageFiles();
    session.giveTo(identity.uid, identity.gid);
    becomeForGood(identity);
  }
  const uid = process.geteuid?.();
  const groups = process.getgroups?.() ?? [];
  log.info(
    {
      user: identity?.user ?? userName(uid),
      uid,
      gid: process.getegid?.(),
      groups: groups.join(','),
      kernel: 'read-only',
    },
    'privileges',
  );
  if (uid === 0) {
    log.warn('running as root and staying so; --user NAME gives it up once the kernel is open');
  }
}

function userName(uid: number | undefined): string {
  try {
    return userInfo().username;
  } catch {
    // The user database does not know it.
    return String(uid);
  }
}
