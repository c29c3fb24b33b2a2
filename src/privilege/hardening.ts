/** What a process that can read the kernel's memory must not offer to others: a debugger, and a copy of its own memory. */
import koffi from 'koffi';
import * as inspector from 'node:inspector';

/** `RLIMIT_CORE` of FreeBSD's <sys/resource.h>. */
const RLIMIT_CORE = 4;

/**
 * Closes a debugger that NODE_OPTIONS, a flag or SIGUSR1 during the start has opened. True where there was one.
 * Bun has no inspector that can be asked.
 */
export function closeDebugger(): boolean {
  if (process.versions['bun'] !== undefined || inspector.url() === undefined) return false;
  inspector.close();
  return true;
}

/** True where a flag asks for a debugger, as a developer does: SIGUSR1 leaves no such trace. */
export function isDebuggerWanted(): boolean {
  return [...process.execArgv, process.env['NODE_OPTIONS'] ?? ''].some((words) => words.includes('--inspect'));
}

/**
 * Forbids core dumps of this process with setrlimit(2): they would hold what was read of the kernel. For FreeBSD only, whose
 * `struct rlimit` is two 64-bit integers, the soft limit and the hard one. False where the system refused.
 */
export function forbidCoreDumps(libc: string): boolean {
  const setrlimit = koffi.load(libc).func('int setrlimit(int resource, const int64_t *limits)') as (
    resource: number,
    limits: BigInt64Array,
  ) => number;
  return setrlimit(RLIMIT_CORE, new BigInt64Array(2)) === 0;
}
