/** The C functions of a simulated kernel, called without the guards of kernel/libkvm/memory.ts, so that the traps themselves can be seen. */
import assert from 'node:assert/strict';
import { ERRBUF_SIZE, type KvmHandle } from '../../src/kernel/libkvm/functions.js';
import { bindRunning, type RunningFunctions } from '../../src/kernel/live/runningFunctions.js';
import type { Simulator } from '../../src/simulator/simulator.js';

export class Libkvm {
  private constructor(
    readonly c: RunningFunctions,
    readonly kd: KvmHandle,
  ) {}

  static open({ source }: Pick<Simulator, 'source'>): Libkvm {
    const kvm = Libkvm.openFiles(source.library, source.corefile);
    assert.ok(kvm.c.kvm_getmaxcpu(kvm.kd) > 0);
    return kvm;
  }

  static openFiles(library: string, corefile: string, execfile: string | null = null): Libkvm {
    const c = bindRunning({ libkvm: library, libc: library });
    const { handle, error } = openHandle(c, corefile, execfile);
    assert.ok(handle !== null, error);
    // The caches of whatever this process opened before.
    c.kvm_getmaxcpu(null);
    return new Libkvm(c, handle);
  }

  close(): void {
    this.c.kvm_close(this.kd);
  }

  error(): string {
    return this.c.kvm_geterr(this.kd);
  }

  /** The address that kvm_nlist finds for `name`, or undefined. */
  nlist(name: string): bigint | undefined {
    const list = [nlistEntry(name), nlistEntry(null)];
    return this.c.kvm_nlist(this.kd, list) === 0 ? BigInt(list[0]!.n_value) : undefined;
  }

  /** What kvm_read returns, and what it left in the buffer. */
  read(address: bigint, length = 8): { count: number; bytes: Buffer } {
    const bytes = Buffer.alloc(length);
    return { count: this.c.kvm_read(this.kd, address, bytes, length), bytes };
  }

  word(address: bigint): bigint {
    const { count, bytes } = this.read(address);
    assert.equal(count, 8, this.error());
    return bytes.readBigUInt64LE();
  }

  /** The same of kvm_read_zpcpu. */
  readZpcpu(base: bigint, cpu: number): { count: number; value: bigint } {
    const value = new BigUint64Array(1);
    return { count: this.c.kvm_read_zpcpu(this.kd, base, value, 8, cpu), value: value[0]! };
  }

  fetch(base: bigint): bigint {
    return BigInt(this.c.kvm_counter_u64_fetch(this.kd, base));
  }
}

export function openHandle(
  c: RunningFunctions,
  corefile: string | null,
  execfile: string | null = null,
  flags = 0,
): { handle: KvmHandle | null; error: string } {
  const errbuf = Buffer.alloc(ERRBUF_SIZE);
  const handle = c.kvm_openfiles(execfile, corefile, null, flags, errbuf);
  return { handle, error: errbuf.toString('utf8', 0, errbuf.indexOf(0)) };
}

export function nlistEntry(name: string | null, type = 0, value: number | bigint = 0) {
  return { n_name: name, n_type: type, n_other: 0, n_desc: 0, n_value: value };
}
