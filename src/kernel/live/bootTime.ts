/** When the running kernel was booted. */
import { KvmError } from '../errors.js';
import type { Sysctls } from '../sysctls.js';

/** As in Kernel. `kern.boottime` is a struct timeval, LP64: seconds and microseconds as i64. */
export function bootTime(sysctls: Sysctls): number | undefined {
  try {
    const bytes = sysctls.bytes('kern.boottime');
    return bytes?.length === 16 ? Number(bytes.readBigInt64LE(0)) + Number(bytes.readBigInt64LE(8)) / 1e6 : undefined;
  } catch (error) {
    if (error instanceof KvmError) return undefined;
    throw error;
  }
}
