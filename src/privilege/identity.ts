/** Whom `--user` and `--group` name: found out before anything is opened, so that a wrong name costs nothing. */
import { ownCredentials, type Credentials } from './credentials.js';
import { PrivilegeError } from './errors.js';

export interface Identity {
  /** The user's name; the number where it has none. */
  readonly user: string;
  readonly uid: number;
  readonly gid: number;
}

/** Beyond this uid_t and gid_t end; the last value means "none" to setreuid(2). */
const MAX_ID = 0xffff_fffe;

/**
 * Only who is root can find it out by these means, and only root can become somebody else.
 *
 * @param user a name or a number
 * @param group a name or a number; without it, the user's own
 * @throws PrivilegeError
 */
export function identityOf(
  user: string,
  group: string | undefined,
  credentials: Credentials = ownCredentials,
): Identity {
  if (credentials.geteuid() !== 0) throw new PrivilegeError('only root can become another user; leave out --user');
  const found = resolveUser(user, credentials);
  if (found.uid === 0) throw new PrivilegeError(`--user ${user} is root itself; name a user without privileges`);
  const gid = group === undefined ? found.gid : resolveGroup(group, credentials);
  if (gid === undefined) {
    throw new PrivilegeError(`the group of user ${user} cannot be told, so name it, too, with --group`);
  }
  return { user: found.name, uid: found.uid, gid };
}

interface FoundUser {
  readonly uid: number;
  readonly name: string;
  /** Undefined where it cannot be told. */
  readonly gid: number | undefined;
}

/** Node tells the user database's entry of the effective user only, so it is that user for a moment. */
function resolveUser(user: string, credentials: Credentials): FoundUser {
  const before = credentials.geteuid();
  try {
    credentials.seteuid(idOf(user));
  } catch {
    throw new PrivilegeError(`there is no user ${user}; --user takes a name or a number`);
  }
  try {
    const uid = credentials.geteuid();
    try {
      const found = credentials.effectiveUser();
      // Bun tells root's entry even now.
      if (found.uid === uid) return { uid, name: found.username, gid: found.gid };
    } catch {
      // The user database does not know it.
    }
    return { uid, name: user, gid: undefined };
  } finally {
    credentials.seteuid(before);
  }
}

function resolveGroup(group: string, credentials: Credentials): number {
  const before = credentials.getegid();
  try {
    credentials.setegid(idOf(group));
  } catch {
    throw new PrivilegeError(`there is no group ${group}; --group takes a name or a number`);
  }
  const gid = credentials.getegid();
  credentials.setegid(before);
  return gid;
}

/** Node takes a text for a name, even one of digits. */
function idOf(text: string): number | string {
  if (!/^\d+$/.test(text)) return text;
  const id = Number(text);
  if (id > MAX_ID) throw new RangeError('no such id');
  return id;
}
