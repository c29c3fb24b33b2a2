/**
 * A kernel opened through libkvm(3), in a form that cannot be misused: libkvm checks neither CPU numbers nor base pointers, tells some
 * errors as 0 and keeps its caches per process, so every argument is checked before a call and every count after it.
 */
import koffi from 'koffi';
import { getSystemErrorName } from 'node:util';
import { kernelAddress, type KernelAddress, type ZpcpuPointer } from '../address.js';
import {
  baseSystemLibraries,
  bindFunctions,
  ERRBUF_SIZE,
  KLD_FILE_STAT,
  KLD_FILE_STAT_SIZE,
  KLD_SYM_LOOKUP_SIZE,
  KLDSYM_LOOKUP,
  O_RDONLY,
  POINTER_MINUS_ONE,
  type CFunctions,
  type KvmHandle,
  type LibraryPaths,
} from './cfunctions.js';
import { KernelOpenError, KvmError } from '../errors.js';

/** Which kernel to open. Files that are not named are libkvm's defaults: the running kernel, by /dev/mem and /dev/kmem. */
export interface KernelSource {
  readonly libraries?: LibraryPaths;
  readonly execfile?: string;
  readonly corefile?: string;
  /** What this kernel is, for people: `live`, or what stands in for it. */
  readonly origin: string;
}

/** What does not change while a kernel runs. */
export interface KernelFacts {
  readonly origin: string;
  /** `kern.osrelease`, such as 14.0-RELEASE. */
  readonly release: string;
  /** `kern.osreldate`, the `__FreeBSD_version` of <sys/param.h>. */
  readonly osreldate: number;
  /** `hw.machine_arch`, such as amd64 or aarch64. */
  readonly machineArch: string;
  /** Bytes; also the distance between the per-CPU copies of a zpcpu item (`UMA_PCPU_ALLOC_SIZE`). */
  readonly pageSize: number;
  /** `mp_maxid`: the highest CPU id. Copies exist, and are zeroed, for every id from 0 to this one. */
  readonly maxId: number;
  /** `mp_ncpus`: how many CPUs there are; less than `maxId + 1` where ids are sparse. */
  readonly ncpus: number;
  /** The ids of the CPUs that exist, ascending. */
  readonly cpus: readonly number[];
  /** `kern.boottime`: seconds since the epoch when the kernel was booted. */
  readonly bootTime: number;
}

/** A symbol as kldsym(2) knows it. */
export interface RawSymbol {
  readonly value: bigint;
  /** Bytes; 0 where the symbol table does not say. */
  readonly size: number;
}

/** A file that the kernel is made of, as kldstat(2) tells it: the kernel's own, or a module's. */
export interface LoadedFile {
  readonly id: number;
  /** Where it lies in the kernel's memory. */
  readonly address: bigint;
  /** Bytes in the kernel's memory. */
  readonly size: number;
  /** Where it was loaded from. */
  readonly path: string;
}

/** More files than any kernel has loaded: a list that goes on is not believed. */
const MAX_FILES = 4096;
/** How often the list of loaded files is begun anew where a file goes away while it is walked. */
const MAX_WALKS = 8;

export class Kernel {
  /** One kvm handle per process: libkvm keeps the CPU table and the bias in static variables that two kernels would mix up. */
  private static current: Kernel | undefined;

  readonly facts: KernelFacts;
  /** Calls that read the kernel's memory since it was opened, and the bytes that they copied. */
  readonly traffic = { reads: 0, bytes: 0 };
  private closed = false;

  private constructor(
    private readonly c: CFunctions,
    private readonly kd: KvmHandle,
    origin: string,
  ) {
    // Set before the first read, so that a failure below closes the handle through close().
    Kernel.current = this;
    this.c.kvm_getmaxcpu(null);
    const maxCpu = this.c.kvm_getmaxcpu(kd);
    if (maxCpu < 0) throw this.failure('kvm_getmaxcpu');
    const ncpus = this.c.kvm_getncpus(kd);
    if (ncpus < 1) throw this.failure('kvm_getncpus');
    const maxId = this.readU32(this.requireSymbol('mp_maxid'));
    if (maxId >= maxCpu || ncpus > maxId + 1) {
      throw new KvmError('kvm_read', `mp_maxid ${maxId} does not fit ${ncpus} CPUs of at most ${maxCpu}`);
    }
    this.facts = {
      origin,
      release: this.sysctlString('kern.osrelease'),
      osreldate: Number(this.sysctlUnsigned('kern.osreldate')),
      machineArch: this.sysctlString('hw.machine_arch'),
      pageSize: Number(this.sysctlUnsigned('hw.pagesize')),
      maxId,
      ncpus,
      cpus: this.presentCpus(maxId),
      bootTime: this.bootTime(),
    };
  }

  /** Opens a kernel read-only. Throws KernelOpenError, whose message says what to do. */
  static open(source: KernelSource): Kernel {
    if (Kernel.current !== undefined)
      throw new KernelOpenError('a kernel is open already; libkvm serves one per process');
    const libraries = source.libraries ?? baseSystemLibraries;
    let c: CFunctions;
    try {
      c = bindFunctions(libraries);
    } catch (error) {
      throw new KernelOpenError(
        `cannot load ${libraries.libkvm}: ${(error as Error).message}; libkvm is part of FreeBSD's base system, elsewhere only the simulated kernel can be read (npm run demo)`,
      );
    }
    const errbuf = Buffer.alloc(ERRBUF_SIZE);
    const kd = c.kvm_openfiles(source.execfile ?? null, source.corefile ?? null, null, O_RDONLY, errbuf);
    if (kd === null) {
      throw new KernelOpenError(withRemedy(textAt(errbuf, 0)));
    }
    try {
      return new Kernel(c, kd, source.origin);
    } catch (error) {
      (Kernel.current as Kernel | undefined)?.close();
      throw new KernelOpenError(`the kernel was opened but cannot be read: ${(error as Error).message}`);
    }
  }

  /** Closes the handle. A second call does nothing; any other call after it throws. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    Kernel.current = undefined;
    this.c.kvm_close(this.kd);
  }

  /**
   * Fills `into` from the kernel's memory at `address`, with kvm_read(3).
   * @throws KvmError where the whole of it could not be read: kvm_read may stop short at an unmapped page, or fail with -1.
   */
  read(address: KernelAddress, into: NodeJS.TypedArray): void {
    const wanted = into.byteLength;
    const count = this.c.kvm_read(this.handle(), kernelAddress(address), into, wanted);
    this.account(count);
    if (count !== wanted) throw this.shortRead('kvm_read', wanted, count);
  }

  /**
   * Fills `into` from the copy of a zpcpu item that belongs to `cpu`, with kvm_read_zpcpu(3). Right only where libkvm's stride,
   * `sizeof(struct pcpu)`, is the kernel's, one page; selfTest.ts finds out.
   * @throws KvmError where not all of it was read; RangeError where `cpu` is not 0 to mp_maxid.
   */
  readZpcpu(pointer: ZpcpuPointer, into: NodeJS.TypedArray, cpu: number): void {
    if (!Number.isInteger(cpu) || cpu < 0 || cpu > this.facts.maxId) throw new RangeError(`there is no CPU ${cpu}`);
    const wanted = into.byteLength;
    const count = this.c.kvm_read_zpcpu(this.handle(), pointer, into, wanted, cpu);
    this.account(count);
    if (count !== wanted) throw this.shortRead('kvm_read_zpcpu', wanted, count);
  }

  /**
   * The sum of a counter(9) over the CPUs 0 to mp_ncpus - 1, modulo 2^64, with kvm_counter_u64_fetch(3).
   * 0 may stand for any error: who publishes a 0 confirms it first with readZpcpu().
   */
  counterU64Fetch(pointer: ZpcpuPointer): bigint {
    const sum = this.c.kvm_counter_u64_fetch(this.handle(), pointer);
    this.account(8 * this.facts.ncpus);
    return BigInt(sum);
  }

  /**
   * The address and size of exactly `name` in any loaded file, or in that with id `fileId`, with kldsym(2); undefined where there is none.
   * @throws KvmError where it could not be told: ENOENT alone says that there is no such symbol.
   */
  symbol(name: string, fileId = 0): RawSymbol | undefined {
    const lookup = { version: KLD_SYM_LOOKUP_SIZE, symname: name, symvalue: 0, symsize: 0 };
    this.handle();
    if (this.c.kldsym(fileId, KLDSYM_LOOKUP, lookup) !== 0) {
      this.unlessMissing('kldsym', name);
      return;
    }
    return { value: BigInt.asUintN(64, BigInt(lookup.symvalue)), size: Number(BigInt(lookup.symsize)) };
  }

  /**
   * What kvm_nlist(3) makes of `name`: a plain symbol, else the VNET one of this process's vnet, else the DPCPU one of the CPU chosen
   * with selectCpu(). Undefined where it is not found. It leaks memory in FreeBSD 12, so it is asked once, never in a scrape.
   */
  nlist(name: string): bigint | undefined {
    // One leading underscore is stripped, as compilers of old put it there. A miss need not zero what came in.
    const entry = { n_name: `_${name}`, n_type: 0, n_other: 0, n_desc: 0, n_value: 0 };
    const end = { n_name: null, n_type: 0, n_other: 0, n_desc: 0, n_value: 0 };
    const list = [entry, end];
    const missing = this.c.kvm_nlist(this.handle(), list);
    if (missing < 0) throw this.failure('kvm_nlist');
    const found = list[0]!;
    return missing === 0 && found.n_type !== 0 ? BigInt.asUintN(64, BigInt(found.n_value)) : undefined;
  }

  /** Makes `cpu` the one whose copies nlist() finds for DPCPU symbols, with kvm_dpcpu_setcpu(3). Throws KvmError. */
  selectCpu(cpu: number): void {
    if (!this.facts.cpus.includes(cpu)) throw new RangeError(`there is no CPU ${cpu}`);
    if (this.c.kvm_dpcpu_setcpu(this.handle(), cpu) !== 0) throw this.failure('kvm_dpcpu_setcpu');
  }

  /** The ids of the loaded files, the kernel's own first, with kldnext(2). Throws KvmError where they could not be told. */
  loadedFiles(): number[] {
    this.handle();
    for (let walk = 0; walk < MAX_WALKS; walk++) {
      const ids = this.walkFiles();
      if (ids !== undefined) return ids;
    }
    throw new KvmError('kldnext', 'the list of loaded files changes faster than it can be read');
  }

  /** What kldstat(2) tells of a loaded file; undefined where there is no such file any more. Throws KvmError where it could not be told. */
  loadedFile(fileId: number): LoadedFile | undefined {
    this.handle();
    const stat = Buffer.alloc(KLD_FILE_STAT_SIZE);
    stat.writeInt32LE(KLD_FILE_STAT_SIZE);
    if (this.c.kldstat(fileId, stat) !== 0) {
      this.unlessMissing('kldstat', `file ${fileId}`);
      return;
    }
    return {
      id: stat.readInt32LE(KLD_FILE_STAT.id),
      address: stat.readBigUInt64LE(KLD_FILE_STAT.address),
      size: Number(stat.readBigUInt64LE(KLD_FILE_STAT.size)),
      path: textAt(stat, KLD_FILE_STAT.pathname),
    };
  }

  /** Where a loaded file was loaded from; undefined where there is no such file any more. Throws as loadedFile(). */
  filePath(fileId: number): string | undefined {
    return this.loadedFile(fileId)?.path;
  }

  /** The bytes of a sysctl(3) node, or undefined where there is none of that name. */
  sysctl(name: string): Buffer | undefined {
    this.handle();
    const length: [number] = [0];
    if (this.c.sysctlbyname(name, null, length, null, 0) !== 0) {
      this.unlessMissing('sysctlbyname', name);
      return;
    }
    // A node may grow between the two calls.
    const buffer = Buffer.alloc(length[0] + 64);
    length[0] = buffer.length;
    if (this.c.sysctlbyname(name, buffer, length, null, 0) !== 0) {
      this.unlessMissing('sysctlbyname', name);
      return;
    }
    return buffer.subarray(0, length[0]);
  }

  /** A sysctl of 4 or 8 bytes, host byte order, unsigned. Throws KvmError where it is missing or has another size. */
  sysctlUnsigned(name: string): bigint {
    const bytes = this.sysctl(name);
    if (bytes?.length === 4) return BigInt(bytes.readUInt32LE());
    if (bytes?.length === 8) return bytes.readBigUInt64LE();
    throw new KvmError('sysctlbyname', bytes ? `${name} has ${bytes.length} bytes, not 4 or 8` : `there is no ${name}`);
  }

  /** A sysctl that holds a text. Throws KvmError where it is missing. */
  sysctlString(name: string): string {
    const bytes = this.sysctl(name);
    if (bytes === undefined) throw new KvmError('sysctlbyname', `there is no ${name}`);
    return textAt(bytes, 0);
  }

  /** The ids from the list's start to its end; undefined where a file went away, or came again, under way. */
  private walkFiles(): number[] | undefined {
    const ids = new Set<number>();
    for (let after = 0; ids.size < MAX_FILES;) {
      const id = this.c.kldnext(after);
      if (id === 0) return [...ids];
      if (id < 0) {
        this.unlessMissing('kldnext', `after file ${after}`);
        return;
      }
      if (ids.has(id)) return undefined;
      ids.add(id);
      after = id;
    }
    throw new KvmError('kldnext', `more than ${MAX_FILES} files are loaded`);
  }

  /** To be asked right after a call that failed: undefined for ENOENT, which says that there is no such thing. Throws KvmError for all else. */
  private unlessMissing(call: string, what: string): undefined {
    const errno = koffi.errno();
    if (errno === koffi.os.errno['ENOENT']) return undefined;
    throw new KvmError(call, `${what}: ${getSystemErrorName(-errno)}`);
  }

  /** `kern.boottime` is a struct timeval, LP64: seconds and microseconds as i64. */
  private bootTime(): number {
    const bytes = this.sysctl('kern.boottime');
    if (bytes?.length !== 16) throw new KvmError('sysctlbyname', 'kern.boottime is no struct timeval');
    return Number(bytes.readBigInt64LE(0)) + Number(bytes.readBigInt64LE(8)) / 1e6;
  }

  private requireSymbol(name: string): KernelAddress {
    const symbol = this.symbol(name);
    if (symbol === undefined) throw new KvmError('kldsym', `the kernel has no ${name}`);
    return kernelAddress(symbol.value);
  }

  private readU32(address: KernelAddress): number {
    const word = new Uint32Array(1);
    this.read(address, word);
    return word[0]!;
  }

  private presentCpus(maxId: number): number[] {
    const cpus: number[] = [];
    for (let id = 0; id <= maxId; id++) {
      const pcpu = this.c.kvm_getpcpu(this.kd, id);
      if (pcpu === POINTER_MINUS_ONE) throw this.failure('kvm_getpcpu');
      if (pcpu === null) continue;
      this.c.free(pcpu);
      cpus.push(id);
    }
    if (cpus.length === 0) throw new KvmError('kvm_getpcpu', 'no CPU is present');
    return cpus;
  }

  private account(count: number): void {
    this.traffic.reads++;
    if (count > 0) this.traffic.bytes += count;
  }

  private handle(): KvmHandle {
    if (this.closed) throw new KvmError('libkvm', 'the kernel was closed');
    return this.kd;
  }

  private failure(call: string): KvmError {
    return new KvmError(call, this.c.kvm_geterr(this.kd) || 'no reason given');
  }

  private shortRead(call: string, wanted: number, count: number): KvmError {
    if (count < 0) return this.failure(call);
    return new KvmError(call, `short read, ${count} of ${wanted} bytes`);
  }
}

/** The C string that begins at `offset`. */
function textAt(bytes: Buffer, offset: number): string {
  const end = bytes.indexOf(0, offset);
  return bytes.toString('utf8', offset, end < 0 ? bytes.length : end);
}

/** libkvm's own text with what to do about it. */
function withRemedy(text: string): string {
  if (text.includes('Permission denied')) {
    return `${text}; run as root or as a member of group kmem (pw groupmod kmem -m USER)`;
  }
  if (text.includes('/dev/') && text.includes('No such file')) {
    return `${text}; in a jail, unhide mem and kmem in devfs.rules(5) (add path mem unhide, add path kmem unhide)`;
  }
  return text;
}
