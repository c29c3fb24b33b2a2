/**
 * Where the struct pcpu of each CPU lies. kvm_getpcpu(3) makes a copy of a whole one, 4 KiB on amd64, to be freed again; who reads some words of
 * each CPU at every scrape is better off with kvm_read(3) at the address that the kernel's own table has. That libkvm means the same
 * struct is found out once, by a copy of its.
 */
import { addressPlus, isKernelAddress, kernelAddress, WORD_BYTES, type KernelAddress } from '../address.js';
import { KvmError } from '../errors.js';
import type { Facts } from '../facts.js';
import type { Memory } from '../memory.js';
import type { RawSymbol } from '../symbols.js';
import { POINTER_MINUS_ONE, wordsAt } from './functions.js';
import type { Handle } from './handle.js';

/** Words of 32 bits at the start of a struct pcpu that are compared. pc_cpuid is among them, of which no two CPUs have the same. */
const COMPARED = 32;

/** A thread that comes, goes and comes back while it is looked at makes a right copy look wrong. */
const ATTEMPTS = 20;

export class PcpuStructs {
  private proven: ReadonlyMap<number, KernelAddress> | undefined;

  constructor(
    private readonly handle: Handle,
    private readonly memory: Memory,
    private readonly facts: Pick<Facts, 'cpus'>,
  ) {}

  /**
   * By CPU id, of the CPUs that exist.
   * @param table the array cpuid_to_pcpu: a pointer for each id
   * @throws KvmError where one cannot be read, or is not the struct that libkvm has for the CPU
   */
  addresses(table: RawSymbol): ReadonlyMap<number, KernelAddress> {
    this.proven ??= new Map(this.facts.cpus.map((cpu) => [cpu, this.addressOf(kernelAddress(table.value), cpu)]));
    return this.proven;
  }

  private addressOf(table: KernelAddress, cpu: number): KernelAddress {
    const cell = new BigUint64Array(1);
    this.memory.read(addressPlus(table, WORD_BYTES * cpu), cell);
    const [address = 0n] = cell;
    if (!isKernelAddress(address)) throw new KvmError('kvm_read', `cpuid_to_pcpu leads nowhere for CPU ${cpu}`);
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const before = this.wordsOf(address);
      const copy = this.copyOf(cpu);
      const after = this.wordsOf(address);
      if (copy.every((word, index) => before[index] !== after[index] || word === before[index])) return address;
    }
    throw new KvmError('kvm_getpcpu', `its copy of CPU ${cpu} is not what cpuid_to_pcpu leads to`);
  }

  private wordsOf(address: KernelAddress): Uint32Array {
    const words = new Uint32Array(COMPARED);
    this.memory.read(address, words);
    return words;
  }

  private copyOf(cpu: number): Uint32Array {
    const { c, kd } = this.handle;
    const copy = c.kvm_getpcpu(kd, cpu);
    if (copy === POINTER_MINUS_ONE) throw this.handle.failure('kvm_getpcpu');
    if (copy === null) throw new KvmError('kvm_getpcpu', `CPU ${cpu} is absent`);
    const words = wordsAt(copy, COMPARED);
    c.free(copy);
    return words;
  }
}
