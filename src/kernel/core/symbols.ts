/**
 * From the names in a config to addresses in a dumped kernel: plain symbols, those of the kernel's first vnet, and DPCPU symbols of each CPU.
 * All of it is known by the kernel's file and by the dump's own memory.
 */
import { addressPlus, isKernelAddress, kernelAddress, WORD_BYTES, type KernelAddress } from '../address.js';
import { KvmError } from '../errors.js';
import type { Facts } from '../facts.js';
import { readInteger } from '../integers.js';
import type { LinkerSets } from '../linker/linkerSets.js';
import type { Memory } from '../memory.js';
import {
  DPCPU_PREFIX,
  VNET_PREFIX,
  type RawSymbol,
  type ResolvedPerCpuSymbol,
  type ResolvedSymbol,
  type SymbolOrigin,
  type Symbols,
} from '../symbols.js';
import type { DumpedFiles } from './dumpedFiles.js';
import type { Structs } from './structs.js';

/** `VNET_MAGIC_N` of <net/vnet.h>: what a struct vnet is known by. */
const VNET_MAGIC = 0x5e4a6f28n;

export class CoreSymbols implements Symbols {
  private vnetBase: bigint | undefined;
  private pcpus: ReadonlyMap<number, KernelAddress> | undefined;

  constructor(
    private readonly files: DumpedFiles,
    private readonly memory: Memory,
    private readonly structs: Structs,
    private readonly facts: Pick<Facts, 'cpus'>,
    private readonly sets: LinkerSets,
  ) {}

  lookUp(name: string): RawSymbol | undefined {
    return this.files.find(name)?.symbol;
  }

  resolve(name: string): ResolvedSymbol | undefined {
    const plain = this.originOf(name, VNET_PREFIX + name);
    if (plain !== undefined) {
      const { value, size } = plain;
      if (!isKernelAddress(value)) throw new KvmError('vmcore', `${name} is not in the kernel's memory`);
      return { address: value, size, origin: plain, vnet: undefined };
    }
    const origin = this.originOf(VNET_PREFIX + name);
    if (origin === undefined) return undefined;
    const place = this.sets.place('set_vnet', origin, origin);
    this.vnetBase ??= this.findVnetBase();
    return { address: kernelAddress(place + this.vnetBase), size: origin.size, origin, vnet: { place } };
  }

  resolveDpcpu(name: string): ResolvedPerCpuSymbol | undefined {
    const origin = this.originOf(DPCPU_PREFIX + name);
    if (origin === undefined) return undefined;
    const place = this.sets.place('set_pcpu', origin, origin);
    const addresses = this.facts.cpus.map((cpu): [number, KernelAddress] => {
      const offset = readInteger(this.memory, this.entryOf('dpcpu_off', cpu));
      if (offset === 0n) throw new KvmError('vmcore', `dpcpu_off tells no DPCPU area of CPU ${cpu}`);
      return [cpu, kernelAddress(place + offset)];
    });
    return { addresses: new Map(addresses), size: origin.size, origin };
  }

  resolvePcpu(): ResolvedPerCpuSymbol | undefined {
    const origin = this.originOf('cpuid_to_pcpu');
    if (origin === undefined) return undefined;
    this.pcpus ??= new Map(this.facts.cpus.map((cpu) => [cpu, this.pcpuOf(cpu)]));
    return { addresses: this.pcpus, size: 0, origin };
  }

  once<T>(work: () => T): T {
    return work();
  }

  /** Throws KvmError where what the table leads to is not that CPU's. */
  private pcpuOf(cpu: number): KernelAddress {
    const address = readInteger(this.memory, this.entryOf('cpuid_to_pcpu', cpu));
    if (!isKernelAddress(address)) throw new KvmError('vmcore', `cpuid_to_pcpu leads nowhere for CPU ${cpu}`);
    const id = addressPlus(address, this.structs.struct('pcpu')('pc_cpuid', 4));
    if (readInteger(this.memory, id, 4) !== BigInt(cpu))
      throw new KvmError('vmcore', `cpuid_to_pcpu leads to the struct pcpu of another CPU than ${cpu}`);
    return address;
  }

  /** The place of a CPU's word in one of the kernel's arrays. */
  private entryOf(array: string, cpu: number): KernelAddress {
    const symbol = this.lookUp(array);
    if (symbol === undefined) throw new KvmError('vmcore', `the kernel has no ${array}`);
    return addressPlus(kernelAddress(symbol.value), WORD_BYTES * cpu);
  }

  private originOf(name: string, otherwise?: string): SymbolOrigin | undefined {
    const found = this.files.find(name, otherwise);
    if (found === undefined) return undefined;
    const { symbol, file } = found;
    const load = file === undefined ? undefined : { id: file, generation: this.files.loadOf(file) ?? '' };
    return { name, ...symbol, inModule: file !== undefined, file: load };
  }

  private findVnetBase(): bigint {
    const pointer = this.lookUp('vnet0');
    const vnet = pointer === undefined ? 0n : readInteger(this.memory, kernelAddress(pointer.value));
    if (!isKernelAddress(vnet)) throw new KvmError('vmcore', 'vnet0 leads to no vnet');
    const place = this.structs.struct('vnet');
    if (readInteger(this.memory, addressPlus(vnet, place('vnet_magic_n', 4)), 4) !== VNET_MAGIC)
      throw new KvmError('vmcore', 'vnet0 leads to what is no vnet');
    return readInteger(this.memory, addressPlus(vnet, place('vnet_data_base', WORD_BYTES)));
  }
}
