/** When the running kernel was booted. */
import { KvmError } from '../errors.js';
import type { Sysctls } from '../sysctls.js';

const MICROSECONDS = 1_000_000;

/**
 * As in Kernel. `kern.boottime` is a struct timeval, LP64: seconds and microseconds as i64. Where the clock was set to less than the time since
 * the boot it is before 1970, which not all that is told has a place for.
 */
export function bootTime(sysctls: Sysctls): number | undefined {
  try {
    const bytes = sysctls.bytes('kern.boottime');
    if (bytes?.length !== 16) return undefined;
    const seconds = Number(bytes.readBigInt64LE(0));
    const microseconds = Number(bytes.readBigInt64LE(8));
    const isTime = Number.isSafeInteger(seconds) && seconds >= 0 && microseconds >= 0 && microseconds < MICROSECONDS;
    return isTime ? seconds + microseconds / MICROSECONDS : undefined;
  } catch (error) {
    if (error instanceof KvmError) return undefined;
    throw error;
  }
}
