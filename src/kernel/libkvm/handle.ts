/** One open `kvm_t *`, and what a call into libkvm(3) or libc that failed says. */
import koffi from 'koffi';
import { getSystemErrorName } from 'node:util';
import { KernelOpenError, KvmError } from '../errors.js';
import { ERRBUF_SIZE, O_RDONLY, type KvmFunctions, type KvmHandle, type LibraryPaths } from './functions.js';

/** What kvm_openfiles(3) is given, and by which libraries. */
export interface Opening<C extends KvmFunctions> {
  readonly libraries: LibraryPaths;
  readonly bind: (libraries: LibraryPaths) => C;
  /** Files that are null are libkvm's defaults: the running kernel, by /dev/mem and /dev/kmem. */
  readonly execfile: string | null;
  readonly corefile: string | null;
  /** Makes of libkvm's text one that says what to do about it. */
  readonly advise: (text: string) => string;
}

export class Handle<C extends KvmFunctions = KvmFunctions> {
  /** One kvm handle per process: libkvm keeps the CPU table and the bias in static variables that two kernels would mix up. */
  private static isOpen = false;
  private closed = false;

  private constructor(
    private readonly functions: C,
    private readonly pointer: KvmHandle,
  ) {
    Handle.isOpen = true;
  }

  /** Opens a kernel read-only. Throws KernelOpenError, whose message says what to do. */
  static open<C extends KvmFunctions>({ libraries, bind, execfile, corefile, advise }: Opening<C>): Handle<C> {
    if (Handle.isOpen) throw new KernelOpenError('a kernel is open already; libkvm serves one per process');
    let c: C;
    try {
      c = bind(libraries);
    } catch (error) {
      throw new KernelOpenError(
        `cannot load ${libraries.libkvm}: ${(error as Error).message}; libkvm is part of FreeBSD's base system, elsewhere only the simulated kernel can be read (npm run demo)`,
      );
    }
    const errbuf = Buffer.alloc(ERRBUF_SIZE);
    const pointer = c.kvm_openfiles(execfile, corefile, null, O_RDONLY, errbuf);
    if (pointer === null) throw new KernelOpenError(advise(textAt(errbuf, 0)));
    return new Handle(c, pointer);
  }

  /** The C functions. Throws KvmError once the kernel is closed. */
  get c(): C {
    if (this.closed) throw new KvmError('libkvm', 'the kernel was closed');
    return this.functions;
  }

  /** What the functions of libkvm take. Throws as `c`. */
  get kd(): KvmHandle {
    if (this.closed) throw new KvmError('libkvm', 'the kernel was closed');
    return this.pointer;
  }

  /** A second call does nothing; any other call after it throws. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    Handle.isOpen = false;
    this.functions.kvm_close(this.pointer);
  }

  /** Of a call of libkvm that failed just now. */
  failure(call: string): KvmError {
    return new KvmError(call, this.c.kvm_geterr(this.kd) || 'no reason given');
  }
}

/** To be asked right after a call of libc that failed: returns for ENOENT, which says that there is no such thing. Throws KvmError for all else. */
export function requireMissing(call: string, what: string): void {
  const errno = koffi.errno();
  if (errno === koffi.os.errno['ENOENT']) return;
  throw new KvmError(call, `${what}: ${getSystemErrorName(-errno)}`);
}

/** The C string that begins at `offset`. */
export function textAt(bytes: Buffer, offset: number): string {
  const end = bytes.indexOf(0, offset);
  return bytes.toString('utf8', offset, end < 0 ? bytes.length : end);
}
