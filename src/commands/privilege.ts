/** `--user` and `--group`: who a command that stays or writes is once the kernel is open, and the log's line about that. */
import type { Command } from 'commander';
import { userInfo } from 'node:os';
import { keepPackageFiles } from '../packageFiles.js';
import { becomeForGood } from '../privilege/drop.js';
import { identityOf, type Identity } from '../privilege/identity.js';
import type { Logger } from '../telemetry/logger.js';
import type { Session } from '../service/session.js';

export interface PrivilegeOptions {
  readonly user?: string;
  readonly group?: string;
}

/** @param later for the help: what must be that user's to read or write */
export function addPrivilegeOptions(command: Command, later: string): Command {
  return command
    .option('--user <user>', 'once the kernel is open, become this user for good: a name or a number')
    .option('--group <group>', "with --user: the one group to be in, not the user's own")
    .addHelpText(
      'after',
      `
Started as root with --user, it opens the kernel first, then becomes that user, in one group and no other, and makes
sure that it cannot become root again. ${later}
Without root, membership of group kmem is enough. The kernel is always opened read-only.`,
    );
}

/** Whom to become later; undefined to stay. Throws PrivilegeError, or commander's error for a wrong command line. */
export function identityWanted({ user, group }: PrivilegeOptions, command: Command): Identity | undefined {
  if (user !== undefined) return identityOf(user, group);
  if (group !== undefined) command.error("error: option '--group <group>' needs --user");
  return undefined;
}

/** Gives up root where that is wanted, and says what the process has from now on. Throws PrivilegeError. */
export function settle(identity: Identity | undefined, session: Session, log: Logger): void {
  if (identity !== undefined) {
    keepPackageFiles();
    session.giveTo(identity.uid, identity.gid);
    becomeForGood(identity);
  }
  const uid = process.geteuid!();
  const groups = process.getgroups!();
  log.info(
    {
      user: identity?.user ?? userName(uid),
      uid,
      gid: process.getegid!(),
      groups: groups.join(','),
      kernel: 'read-only',
    },
    'privileges',
  );
  if (uid === 0) {
    log.warn('running as root and staying so; --user NAME gives it up once the kernel is open');
  }
}

function userName(uid: number): string {
  try {
    return userInfo().username;
  } catch {
    // The user database does not know it.
    return String(uid);
  }
}
