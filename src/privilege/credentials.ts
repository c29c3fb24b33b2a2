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

/** Those of this process. Windows has none of these functions, and no kernel to read. */
export const ownCredentials: Credentials = {
  getuid: () => process.getuid!(),
  geteuid: () => process.geteuid!(),
  getgid: () => process.getgid!(),
  getegid: () => process.getegid!(),
  getgroups: () => process.getgroups!(),
  setuid: (id) => {
    process.setuid!(id);
  },
  seteuid: (id) => {
    process.seteuid!(id);
  },
  setgid: (id) => {
    process.setgid!(id);
  },
  setegid: (id) => {
    process.setegid!(id);
  },
  setgroups: (groups) => {
    process.setgroups!(groups);
  },
  effectiveUser: () => userInfo(),
};
