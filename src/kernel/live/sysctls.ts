/** The running kernel's sysctls, with sysctlbyname(3). */
import { KvmError } from '../errors.js';
import type { Sysctls } from '../sysctls.js';
import { requireMissing, textAt, type Handle } from './handle.js';

export class LiveSysctls implements Sysctls {
  constructor(private readonly handle: Handle) {}

  bytes(name: string): Buffer | undefined {
    const { c } = this.handle;
    const length: [number] = [0];
    if (c.sysctlbyname(name, null, length, null, 0) !== 0) {
      requireMissing('sysctlbyname', name);
      return undefined;
    }
    // A node may grow between the two calls.
    const buffer = Buffer.alloc(length[0] + 64);
    length[0] = buffer.length;
    if (c.sysctlbyname(name, buffer, length, null, 0) !== 0) {
      requireMissing('sysctlbyname', name);
      return undefined;
    }
    return buffer.subarray(0, length[0]);
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
