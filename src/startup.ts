/** What has to be so before any other module is loaded. main.ts imports it first. */

/**
 * SIGUSR1 opens Node's debugger, through which every local user could run code in a process that has the kernel's memory open. With a
 * listener it does not; newsyslog and slips of top(1) send it. Not so under Bun, whose engine stops its own threads with this signal: a listener
 * there takes the place of that, and on FreeBSD the process hangs at the next garbage collection.
 */
if (process.versions['bun'] === undefined) process.on('SIGUSR1', () => undefined);

/** Libraries ask for the current directory while they are loaded, and fail where it is gone, as in a cleaned-up checkout. */
try {
  process.cwd();
} catch {
  process.chdir('/');
}
