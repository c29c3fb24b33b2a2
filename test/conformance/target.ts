/** The libkvm that is under test, opened without any of the exporter's own guards, and what the checks need to speak with it. */
import assert from 'node:assert/strict';
import koffi from 'koffi';
import { ERRBUF_SIZE, O_RDONLY, type KvmHandle, type Nlist } from '../../src/kernel/libkvm/functions.js';
import {
  bindRunning,
  KLD_FILE_STAT,
  KLD_FILE_STAT_SIZE,
  KLD_SYM_LOOKUP_SIZE,
  KLDSYM_LOOKUP,
  type RunningFunctions,
} from '../../src/kernel/live/runningFunctions.js';

export interface TargetOptions {
  readonly libkvm: string;
  readonly libc: string;
  /** Null for the running kernel. */
  readonly execfile: string | null;
  readonly corefile: string | null;
}

/** A check that cannot be made on this kernel; the message says why. */
export class Skip extends Error {}

export class Target {
  readonly c: RunningFunctions;
  readonly kd: KvmHandle;
  readonly maxId: number;
  readonly ncpus: number;
  readonly maxCpus: number;
  readonly pageSize: number;
  /** `hw.machine_arch`. */
  readonly arch: string;
  /** What this libkvm adds to a zpcpu pointer. */
  readonly bias: bigint;

  constructor(readonly options: TargetOptions) {
    this.c = bindRunning(options);
    const { kd, error } = this.open(options.corefile);
    assert.ok(kd !== null, `kvm_openfiles: ${error}`);
    this.kd = kd;
    this.arch = this.sysctl('hw.machine_arch').toString('latin1').replace(/\0.*$/, '');
    this.pageSize = this.sysctl('hw.pagesize').readInt32LE();
    this.maxId = this.readU32(this.address('mp_maxid'));
    this.ncpus = this.readU32(this.address('mp_ncpus'));
    this.maxCpus = this.readU32(this.address('mp_maxcpus'));
    const osreldate = this.sysctl('kern.osreldate').readInt32LE();
    this.bias = this.arch === 'amd64' && osreldate >= 1_300_000 ? this.readU64(this.address('__pcpu')) : 0n;
  }

  open(corefile: string | null, flags = O_RDONLY): { kd: KvmHandle | null; error: string } {
    const errbuf = Buffer.alloc(ERRBUF_SIZE);
    const kd = this.c.kvm_openfiles(this.options.execfile, corefile, null, flags, errbuf);
    return { kd, error: errbuf.toString('utf8', 0, errbuf.indexOf(0)) };
  }

  kldsym(name: string, version = KLD_SYM_LOOKUP_SIZE): { value: bigint; size: number } | undefined {
    const lookup = { version, symname: name, symvalue: 0, symsize: 0 };
    if (this.c.kldsym(0, KLDSYM_LOOKUP, lookup) !== 0) return undefined;
    return { value: BigInt.asUintN(64, BigInt(lookup.symvalue)), size: lookup.symsize };
  }

  /** `pathname` of kldstat(2). */
  path(fileId: number): string {
    const stat = Buffer.alloc(KLD_FILE_STAT_SIZE);
    stat.writeInt32LE(KLD_FILE_STAT_SIZE);
    assert.equal(this.c.kldstat(fileId, stat), 0, `kldstat: errno ${koffi.errno()}`);
    return stat.toString('utf8', KLD_FILE_STAT.pathname, stat.indexOf(0, KLD_FILE_STAT.pathname));
  }

  address(name: string): bigint {
    const symbol = this.kldsym(name);
    assert.ok(symbol, `the kernel has no ${name}`);
    return symbol.value;
  }

  /** kvm_nlist(3) of these names, as they are: the result and the list afterwards. */
  nlist(names: readonly string[]): { missing: number; list: Nlist[] } {
    const list: Nlist[] = [...names, null].map((name) => ({
      n_name: name,
      n_type: 0,
      n_other: 0,
      n_desc: 0,
      n_value: 0,
    }));
    return { missing: this.c.kvm_nlist(this.kd, list), list };
  }

  readU32(address: bigint): number {
    const word = new Uint32Array(1);
    assert.equal(this.c.kvm_read(this.kd, address, word, 4), 4, this.error());
    return word[0]!;
  }

  readU64(address: bigint): bigint {
    const word = new BigUint64Array(1);
    assert.equal(this.c.kvm_read(this.kd, address, word, 8), 8, this.error());
    return word[0]!;
  }

  /** Words of 32 bits. */
  readWords(address: bigint, count: number): Uint32Array {
    const words = new Uint32Array(count);
    assert.equal(this.c.kvm_read(this.kd, address, words, 4 * count), 4 * count, this.error());
    return words;
  }

  /** The zpcpu pointer in the cell at `offset` bytes from a symbol, as the kernel stores it. */
  pointer(symbol: string, offset = 0): bigint {
    const { list } = this.nlist([`_${symbol}`]);
    const address = BigInt.asUintN(64, BigInt(list[0]!.n_value));
    assert.notEqual(address, 0n, `kvm_nlist does not find ${symbol}`);
    return this.readU64(address + BigInt(offset));
  }

  /** The copy of CPU id `cpu`, at pointer + bias + page size × cpu. */
  direct(pointer: bigint, cpu: number): bigint {
    return this.readU64(BigInt.asUintN(64, pointer + this.bias + BigInt(this.pageSize * cpu)));
  }

  directSum(pointer: bigint): bigint {
    let sum = 0n;
    for (let id = 0; id <= this.maxId; id++) sum += this.direct(pointer, id);
    return BigInt.asUintN(64, sum);
  }

  /** What kvm_read_zpcpu(3) gives for 8 bytes, unchecked. */
  zpcpu(pointer: bigint, cpu: number): { count: number; value: bigint } {
    const word = new BigUint64Array(1);
    const count = this.c.kvm_read_zpcpu(this.kd, pointer, word, 8, cpu);
    return { count, value: word[0]! };
  }

  fetch(pointer: bigint): bigint {
    return BigInt(this.c.kvm_counter_u64_fetch(this.kd, pointer));
  }

  error(): string {
    return this.c.kvm_geterr(this.kd);
  }

  sysctl(name: string): Buffer {
    const length: [number] = [0];
    assert.equal(this.c.sysctlbyname(name, null, length, null, 0), 0, `sysctl ${name}: errno ${koffi.errno()}`);
    const buffer = Buffer.alloc(length[0]);
    assert.equal(this.c.sysctlbyname(name, buffer, length, null, 0), 0, `sysctl ${name}: errno ${koffi.errno()}`);
    return buffer.subarray(0, length[0]);
  }

  sysctlU64(name: string): bigint {
    return this.sysctl(name).readBigUInt64LE();
  }
}
