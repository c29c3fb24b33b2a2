/**
 * What the running kernel tells of this process: `kern.proc.pid`, a struct kinfo_proc (<sys/user.h>). Programs that were built for an older release depend on
 * it, so that members stay where they are; its size and the process id are looked at all the same.
 */
import type { Sysctls } from './sysctls.js';

/** CTL_KERN, KERN_PROC, KERN_PROC_PID, the process. */
export function processOid(pid: number): readonly number[] {
  return [1, 14, 1, pid];
}

/** `KINFO_PROC_SIZE` where pointers have 64 bits. */
export const PROCESS_BYTES = 1088;
/** By member: `ki_structsize`, `ki_layout`, `ki_pid`, `ki_size`. */
const STRUCT_SIZE_AT = 0;
const LAYOUT_AT = 4;
const PID_AT = 72;
const SIZE_AT = 256;

/** Bytes of address space that the process has mapped; undefined where the kernel does not tell, or tells of something else. */
export function mappedBytes(sysctls: Pick<Sysctls, 'bytesAt'>, pid: number = process.pid): number | undefined {
  const told = sysctls.bytesAt(processOid(pid));
  if (told?.length !== PROCESS_BYTES || told.readInt32LE(STRUCT_SIZE_AT) !== PROCESS_BYTES) return undefined;
  if (told.readInt32LE(LAYOUT_AT) !== 0 || told.readInt32LE(PID_AT) !== pid) return undefined;
  return Number(told.readBigUInt64LE(SIZE_AT));
}
