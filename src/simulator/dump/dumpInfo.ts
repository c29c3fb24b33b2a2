/** The text that savecore(8) leaves beside a crash dump as info.N. */
import type { Profile } from '../profiles.js';

export interface DumpFacts {
  readonly profile: Pick<Profile, 'machineArch'>;
  readonly architectureVersion: number;
  /** Bytes. */
  readonly length: number;
  readonly time: Date;
  /** `version` of the kernel, which ends with a line break. */
  readonly version: string;
  readonly panic: string;
  readonly bounds: number;
}

/** `versionstring` and `panicstring` of struct kerneldumpheader, with a NUL at their ends. */
const VERSION_LENGTH = 191;
const PANIC_LENGTH = 191;

export function dumpInfo({ profile, architectureVersion, length, time, version, panic, bounds }: DumpFacts): string {
  const cut = version.length > VERSION_LENGTH ? `${version.slice(0, VERSION_LENGTH - 1)}\n` : version;
  return `Dump header from device: /dev/ada0p3
  Architecture: ${profile.machineArch}
  Architecture Version: ${architectureVersion}
  Dump Length: ${length}
  Blocksize: 512
  Compression: none
  Dumptime: ${time.toISOString().slice(0, 19).replace('T', ' ')} +0000
  Hostname: simulated
  Magic: FreeBSD Kernel Dump
  Version String: ${cut}  Panic String: ${panic.slice(0, PANIC_LENGTH)}
  Dump Parity: 3021904487
  Bounds: ${bounds}
  Dump Status: good
`;
}
