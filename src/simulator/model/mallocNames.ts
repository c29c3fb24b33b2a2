/** The malloc(9) types that the simulated kernel has at boot: in a real one some 300, by far the most of them at rest. */

export interface MallocTypeModel {
  /** A C string: its characters are bytes. */
  readonly name: string;
  /** Allocated, and freed, per second. */
  readonly bytesPerSecond: number;
  readonly inUse: number;
}

type Row = readonly [name: string, bytesPerSecond: number, inUse: number];

const rows: readonly Row[] = [
  ['devbuf', 21_000, 58_720_256],
  ['temp', 4_900_000, 196_608],
  ['mbuf_tag', 310_000, 65_536],
  ['pcb', 610_000, 4_194_304],
  ['socket', 280_000, 2_097_152],
  ['vnodes', 90_000, 9_437_184],
  ['subproc', 41_000, 1_048_576],
  ['cred', 72_000, 262_144],
  ['sysctltmp', 19_000, 4096],
  ['ioctlops', 52_000, 8192],
  ['bus', 12, 393_216],
  ['ifnet', 2, 16_384],
  ['kqueue', 33_000, 131_072],
  ['filedesc', 88_000, 524_288],
  ['proc-args', 7000, 16_384],
  ['plimit', 900, 24_576],
  ['uidinfo', 3, 8192],
  ['session', 600, 12_288],
  ['pgrp', 600, 12_288],
  ['sigio', 40, 2048],
  ['shm', 20, 45_056],
  ['sem', 0, 16_384],
  ['msg', 0, 32_768],
  ['iov', 140_000, 16_384],
  ['select', 21_000, 65_536],
  ['ttys', 30, 1_114_112],
  ['mount', 1, 40_960],
  ['vfs_hash', 0, 1_048_576],
  ['UFS dirhash', 2100, 1_703_936],
  ['newblk', 44_000, 81_920],
  ['lltable', 90, 20_480],
  ['ifaddr', 0.2, 24_576],
  ['routetbl', 4, 90_112],
  ['tcp_hwpace', 0, 0],
  ['ip6ndp', 11, 10_240],
  ['CAM XPT', 5, 49_152],
  ['acpiintr', 0, 64],
  // linux.ko and linux64.ko each have one of this name.
  ['linux', 700, 61_440],
  ['linux', 40, 2048],
  // Whatever a module's author writes: this one needs escaping, and is no UTF-8.
  ['sim "odd\\ name" \u00e9', 3, 3072],
];

export const MALLOC_TYPES_AT_BOOT = rows.length;

/** The first `count` of them; those beyond the table are made up. */
export function mallocTypeModels(count: number): MallocTypeModel[] {
  return Array.from({ length: count }, (_, nth) => {
    const [name, bytesPerSecond, inUse] = rows[nth] ?? [`sim_type_${nth}`, 64 * (1 + (nth % 97)), 4096 * (nth % 31)];
    return { name, bytesPerSecond, inUse };
  });
}
