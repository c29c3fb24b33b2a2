/** Who the process is to the operating system, and how it becomes somebody else: Node's process, as this program uses it. */
import { userInfo } from 'node:os';

export interface Credentials {
  getuid(): number;
  geteuid(): number;
  getgid(): number;
  getegid(): number;
  getgroups(): number[];
  setuid(id: number): void;
  seteuid(id: number | string): void;
  setgid(id: number): void;
  setegid(id: number | string): void;
  setgroups(groups: readonly number[]): void;
  /** The entry of the effective user in the user database. Throws where there is none. */
  effectiveUser(): { readonly username: string; readonly uid: number; readonly gid: number };
}

/** This process, with the functions that only Windows does not have, which has no kernel to read either. */
const self = process as NodeJS.Process & Required<Pick<NodeJS.Process, Exclude<keyof Credentials, 'effectiveUser'>>>;

/** Those of this process. */
export const ownCredentials: Credentials = {
  getuid: () => self.getuid(),
  geteuid: () => self.geteuid(),
  getgid: () => self.getgid(),
  getegid: () => self.getegid(),
  getgroups: () => self.getgroups(),
  setuid: (id) => {
    self.setuid(id);
  },
  seteuid: (id) => {
    self.seteuid(id);
  },
  setgid: (id) => {
    self.setgid(id);
  },
  setegid: (id) => {
    self.setegid(id);
  },
  setgroups: (groups) => {
    self.setgroups(groups);
  },
  effectiveUser: () => userInfo(),
};
