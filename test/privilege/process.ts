/** A process that has its ids in variables, and obeys setuid(2) and the like as a POSIX kernel does. */
import type { Credentials } from '../../src/privilege/credentials.js';

const users: Readonly<Record<string, { uid: number; gid: number }>> = {
  root: { uid: 0, gid: 0 },
  kcounter: { uid: 900, gid: 901 },
};
const groups: Readonly<Record<string, number>> = { wheel: 0, web: 80 };

function idIn(names: Readonly<Record<string, number>>, id: number | string): number {
  if (typeof id === 'number') return id;
  const found = names[id];
  if (found === undefined) throw new Error(`identifier does not exist: ${id}`);
  return found;
}

export class PretendedProcess implements Credentials {
  uids: { real: number; effective: number; saved: number };
  gids: { real: number; effective: number; saved: number };
  groups: number[] = [0, 5];

  constructor(uid = 0) {
    this.uids = { real: uid, effective: uid, saved: uid };
    this.gids = { real: uid, effective: uid, saved: uid };
  }

  getuid(): number {
    return this.uids.real;
  }

  geteuid(): number {
    return this.uids.effective;
  }

  getgid(): number {
    return this.gids.real;
  }

  getegid(): number {
    return this.gids.effective;
  }

  getgroups(): number[] {
    return [...new Set([...this.groups, this.gids.effective])];
  }

  setuid(id: number): void {
    if (this.uids.effective === 0) this.uids = { real: id, effective: id, saved: id };
    else this.seteuid(id);
  }

  seteuid(id: number | string): void {
    const uid = idIn(Object.fromEntries(Object.entries(users).map(([name, user]) => [name, user.uid])), id);
    if (this.uids.effective !== 0 && uid !== this.uids.real && uid !== this.uids.saved)
      throw new Error('EPERM, seteuid');
    this.uids.effective = uid;
  }

  setgid(id: number): void {
    if (this.uids.effective === 0) this.gids = { real: id, effective: id, saved: id };
    else this.setegid(id);
  }

  setegid(id: number | string): void {
    const gid = idIn(groups, id);
    if (this.uids.effective !== 0 && gid !== this.gids.real && gid !== this.gids.saved)
      throw new Error('EPERM, setegid');
    this.gids.effective = gid;
  }

  setgroups(wanted: readonly number[]): void {
    if (this.uids.effective !== 0) throw new Error('EPERM, setgroups');
    this.groups = [...wanted];
  }

  effectiveUser(): { username: string; uid: number; gid: number } {
    const found = Object.entries(users).find(([, { uid }]) => uid === this.uids.effective);
    if (found === undefined) throw new Error('ENOENT');
    return { username: found[0], ...found[1] };
  }
}
