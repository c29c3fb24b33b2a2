/** The symbols by which memory alone tells which kernel it is, when it was booted, what time it is and why it stopped. */
import type { Profile } from '../profiles.js';
import {
  array,
  char,
  forward,
  int64,
  long,
  pointer,
  struct,
  typedef,
  uInt,
  uint64,
  type CType,
  type StructType,
} from './ctypes.js';

export interface IdentitySymbol {
  readonly name: string;
  readonly type: CType;
  readonly value?: bigint | string;
}

/** How many of them follow each other in a ring. */
const TIMEHANDS = 16;

const time = typedef('time_t', typedef('__time_t', typedef('__int64_t', long)));
const bintime = struct('bintime', { sec: time, frac: uint64 });

/** What the kernel tells the time by; that of boot is in it. It is private to kern_tc.c. */
export function timehands({ release }: Pick<Profile, 'release'>): StructType {
  return struct('timehands', {
    th_counter: pointer(forward('timecounter')),
    th_adjustment: int64,
    th_scale: uint64,
    ...(release >= 13 ? { th_large_delta: uInt } : {}),
    th_offset_count: uInt,
    th_offset: bintime,
    th_bintime: bintime,
    th_microtime: struct('timeval', { tv_sec: time, tv_usec: typedef('suseconds_t', long) }),
    th_nanotime: struct('timespec', { tv_sec: time, tv_nsec: long }),
    th_boottime: bintime,
    th_generation: uInt,
    th_next: pointer(forward('timehands')),
  });
}

/** `kern.version`, as the build gives it to the kernel: which one, when and where it was made. */
export function versionText({ machine, osrelease, release }: Profile): string {
  return `FreeBSD ${osrelease} releng/${release} GENERIC (simulated)\n    root@simulated:/usr/obj/usr/src/${machine}.${machine}/sys/GENERIC\n`;
}

export function identitySymbols(profile: Profile): IdentitySymbol[] {
  const hands = timehands(profile);
  return [
    { name: 'version', type: array(char, 256), value: versionText(profile) },
    { name: 'kern_ident', type: array(char, 'GENERIC'.length + 1), value: 'GENERIC' },
    // Where it was booted from, as the loader told: `MAXPATHLEN`.
    { name: 'kernelname', type: array(char, 1024) },
    { name: 'ths', type: array(hands, TIMEHANDS) },
    { name: 'timehands', type: pointer(hands) },
    { name: 'time_second', type: time },
    { name: 'time_uptime', type: time },
    // NULL while it runs.
    { name: 'panicstr', type: pointer(char) },
  ];
}
