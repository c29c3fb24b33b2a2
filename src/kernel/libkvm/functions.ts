/**
 * libkvm's functions, declared as their manual pages list them: kvm_open(3), kvm_nlist(3), kvm_read(3), kvm_geterr(3), kvm_getpcpu(3); and
 * malloc(3)'s free. They serve a running kernel and a crash dump alike. Nothing here checks an argument or a result.
 */
import koffi from 'koffi';

/** Where the C functions come from: the path or name of libkvm, and of the library with kldsym(2), kldnext(2), kldstat(2) and sysctl(3). */
export interface LibraryPaths {
  readonly libkvm: string;
  readonly libc: string;
}

/** The base system's own: `/lib/libkvm.so.7` has been libkvm since FreeBSD 11. */
export const baseSystemLibraries: LibraryPaths = { libkvm: '/lib/libkvm.so.7', libc: 'libc.so.7' };

/** A `kvm_t *`. */
export type KvmHandle = bigint;

/** `struct nlist` of <nlist.h>, LP64: 24 bytes. A NULL or empty `n_name` ends a list. */
export interface Nlist {
  n_name: string | null;
  n_type: number;
  n_other: number;
  n_desc: number;
  n_value: number | bigint;
}

/** `O_RDONLY` of <fcntl.h>: the exporter never opens a kernel for writing. */
export const O_RDONLY = 0;
/** `_POSIX2_LINE_MAX` of <limits.h>: the size of the buffer that kvm_openfiles(3) writes its error to. */
export const ERRBUF_SIZE = 2048;
/** `(void *)-1` as koffi hands it over. */
export const POINTER_MINUS_ONE = 0xffff_ffff_ffff_ffffn;

/** The functions with the types that koffi gives them: 64-bit integers come as a number, or as a bigint above 2^53. */
export interface KvmFunctions {
  kvm_openfiles(
    execfile: string | null,
    corefile: string | null,
    swapfile: null,
    flags: number,
    errbuf: Buffer,
  ): KvmHandle | null;
  kvm_close(kd: KvmHandle): number;
  kvm_nlist(kd: KvmHandle, nl: Nlist[]): number;
  kvm_read(kd: KvmHandle, addr: bigint, buf: NodeJS.TypedArray, nbytes: number): number;
  kvm_geterr(kd: KvmHandle): string;
  kvm_getmaxcpu(kd: KvmHandle | null): number;
  kvm_getncpus(kd: KvmHandle): number;
  kvm_getpcpu(kd: KvmHandle | null, cpu: number): bigint | null;
  kvm_dpcpu_setcpu(kd: KvmHandle, cpu: number): number;
  kvm_read_zpcpu(kd: KvmHandle, base: bigint, buf: NodeJS.TypedArray, size: number, cpu: number): number;
  kvm_counter_u64_fetch(kd: KvmHandle, base: bigint): number | bigint;
  free(pointer: bigint): void;
}

koffi.opaque('kvm_t');
// koffi has no ssize_t; intptr_t has its size and sign on every platform.
koffi.alias('ssize_t', 'intptr_t');
koffi.alias('u_int', 'unsigned int');
koffi.alias('u_long', 'unsigned long');
koffi.struct('nlist', { n_name: 'str', n_type: 'uint8_t', n_other: 'int8_t', n_desc: 'int16_t', n_value: 'u_long' });

/** Copies `count` words of 32 bits from this process's own memory, where a C function left them. */
export function wordsAt(pointer: bigint, count: number): Uint32Array {
  return koffi.decode(pointer, koffi.array('uint32_t', count, 'Typed')) as Uint32Array;
}

/** Loads the libraries and binds the functions. Throws koffi's error where a library or a function is missing. */
export function bindKvm(paths: LibraryPaths): KvmFunctions {
  const libkvm = koffi.load(paths.libkvm);
  const libc = koffi.load(paths.libc);
  return {
    kvm_openfiles: libkvm.func(
      'kvm_t *kvm_openfiles(const char *execfile, const char *corefile, const char *swapfile, int flags, _Out_ uint8_t *errbuf)',
    ),
    kvm_close: libkvm.func('int kvm_close(kvm_t *kd)'),
    kvm_nlist: libkvm.func('int kvm_nlist(kvm_t *kd, _Inout_ nlist *nl)'),
    kvm_read: libkvm.func('ssize_t kvm_read(kvm_t *kd, u_long addr, _Out_ void *buf, size_t nbytes)'),
    kvm_geterr: libkvm.func('const char *kvm_geterr(kvm_t *kd)'),
    kvm_getmaxcpu: libkvm.func('int kvm_getmaxcpu(kvm_t *kd)'),
    kvm_getncpus: libkvm.func('int kvm_getncpus(kvm_t *kd)'),
    kvm_getpcpu: libkvm.func('void *kvm_getpcpu(kvm_t *kd, int cpu)'),
    kvm_dpcpu_setcpu: libkvm.func('int kvm_dpcpu_setcpu(kvm_t *kd, u_int cpu)'),
    kvm_read_zpcpu: libkvm.func(
      'ssize_t kvm_read_zpcpu(kvm_t *kd, u_long base, _Out_ void *buf, size_t size, int cpu)',
    ),
    kvm_counter_u64_fetch: libkvm.func('uint64_t kvm_counter_u64_fetch(kvm_t *kd, u_long base)'),
    free: libc.func('void free(void *ptr)'),
  };
}
