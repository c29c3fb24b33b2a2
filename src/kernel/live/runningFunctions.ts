/**
 * What only a running kernel answers, declared as its manual pages list it: kldsym(2), kldnext(2), kldstat(2), sysctl(3). Nothing here checks
 * an argument or a result.
 */
import koffi from 'koffi';
import { bindKvm, type KvmFunctions, type LibraryPaths } from '../libkvm/functions.js';

/** `struct kld_sym_lookup` of <sys/linker.h>, LP64: 32 bytes. `symsize` is in bytes. */
export interface KldSymLookup {
  version: number;
  symname: string;
  symvalue: number | bigint;
  symsize: number | bigint;
}

/** `KLDSYM_LOOKUP` of <sys/linker.h>. */
export const KLDSYM_LOOKUP = 1;
/** `sizeof(struct kld_sym_lookup)`, which its `version` must hold. */
export const KLD_SYM_LOOKUP_SIZE = 32;
/**
 * `sizeof(struct kld_file_stat)` of <sys/linker.h>, LP64, which its `version` must hold: version i32@0, name[1024]@4, refs i32@1028,
 * id i32@1032, address@1040, size@1048, pathname[1024]@1056.
 */
export const KLD_FILE_STAT_SIZE = 2080;
/** Where its members lie. */
export const KLD_FILE_STAT = { id: 1032, address: 1040, size: 1048, pathname: 1056 } as const;

/** The functions with the types that koffi gives them: 64-bit integers come as a number, or as a bigint above 2^53. */
export interface RunningFunctions extends KvmFunctions {
  kldsym(fileid: number, cmd: number, data: KldSymLookup): number;
  kldnext(fileid: number): number;
  kldstat(fileid: number, stat: Buffer): number;
  sysctl(
    name: Int32Array,
    namelen: number,
    oldp: Uint8Array | null,
    oldlenp: [number],
    newp: null,
    newlen: number,
  ): number;
  sysctlbyname(name: string, oldp: Uint8Array | null, oldlenp: [number], newp: null, newlen: number): number;
}

koffi.struct('kld_sym_lookup', { version: 'int', symname: 'str', symvalue: 'u_long', symsize: 'size_t' });

/** Loads the libraries and binds the functions. Throws koffi's error where a library or a function is missing. */
export function bindRunning(paths: LibraryPaths): RunningFunctions {
  const kvm = bindKvm(paths);
  const libc = koffi.load(paths.libc);
  return {
    ...kvm,
    kldsym: libc.func('int kldsym(int fileid, int cmd, _Inout_ kld_sym_lookup *data)'),
    kldnext: libc.func('int kldnext(int fileid)'),
    kldstat: libc.func('int kldstat(int fileid, _Inout_ void *stat)'),
    sysctl: libc.func(
      'int sysctl(const int *name, u_int namelen, _Out_ void *oldp, _Inout_ size_t *oldlenp, const void *newp, size_t newlen)',
    ),
    sysctlbyname: libc.func(
      'int sysctlbyname(const char *name, _Out_ void *oldp, _Inout_ size_t *oldlenp, const void *newp, size_t newlen)',
    ),
  };
}
