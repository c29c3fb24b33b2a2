/** `--user` and `--group`: who a command that stays or writes is to be once the kernel is open. */
import type { Command } from 'commander';
import { identityOf, type Identity } from '../privilege/identity.js';

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
