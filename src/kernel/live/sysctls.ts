/** The running kernel's sysctls, with sysctl(3), by name and by number. */
import { KvmError } from '../errors.js';
import type { Sysctls } from '../sysctls.js';
import { requireMissing, textAt, type Handle } from '../libkvm/handle.js';
import type { RunningFunctions } from './runningFunctions.js';

export class LiveSysctls implements Sysctls {
  constructor(private readonly handle: Handle<RunningFunctions>) {}

  bytes(name: string): Buffer | undefined {
    const { c } = this.handle;
    return ask('sysctlbyname', name, (into, length) => c.sysctlbyname(name, into, length, null, 0));
  }

  bytesAt(oid: readonly number[]): Buffer | undefined {
    const { c } = this.handle;
    const numbers = Int32Array.from(oid);
    return ask('sysctl', oid.join('.'), (into, length) => c.sysctl(numbers, numbers.length, into, length, null, 0));
  }

  unsigned(name: string): bigint {
    const bytes = this.bytes(name);
    if (bytes?.length === 4) return BigInt(bytes.readUInt32LE());
    if (bytes?.length === 8) return bytes.readBigUInt64LE();
    throw new KvmError('sysctlbyname', bytes ? `${name} has ${bytes.length} bytes, not 4 or 8` : `there is no ${name}`);
  }

  text(name: string): string {
    const bytes = this.bytes(name);
    if (bytes === undefined) throw new KvmError('sysctlbyname', `there is no ${name}`);
    return textAt(bytes, 0);
  }
}

/** How long it is, then what it holds. */
function ask(call: string, what: string, read: (into: Buffer | null, length: [number]) => number): Buffer | undefined {
  const length: [number] = [0];
  if (read(null, length) !== 0) {
    requireMissing(call, what);
    return undefined;
  }
  // A node may grow between the two calls.
  const buffer = Buffer.alloc(length[0] + 64);
  length[0] = buffer.length;
  if (read(buffer, length) !== 0) {
    requireMissing(call, what);
    return undefined;
  }
  return buffer.subarray(0, length[0]);
}
