/**
 * From the names in a config to addresses in the running kernel: plain symbols, those of this process's vnet, and DPCPU symbols for each CPU.
 * A name that could lead to another object's memory is refused: better no value than another counter's.
 */
import { addressPlus, isKernelAddress, kernelAddress, WORD_BYTES, type KernelAddress } from '../address.js';
import { KvmError, TemplateError } from '../errors.js';
import type { Facts } from '../facts.js';
import type { Memory } from '../memory.js';
import {
  DPCPU_PREFIX,
  VNET_PREFIX,
  type RawSymbol,
  type ResolvedDpcpuSymbol,
  type ResolvedSymbol,
  type SymbolOrigin,
  type Symbols,
} from '../symbols.js';
import type { Linker } from './linker.js';
import type { LoadGenerations } from './loadGenerations.js';
import type { Nlist } from './nlist.js';

export class LiveSymbols implements Symbols {
  /** `vnet_data_base` of this process's vnet: what libkvm adds to the address of a VNET symbol. */
  private vnetBase: bigint | undefined;
  private readonly kernelFile: number;
  /** What was found since once() began; undefined outside of it. */
  private found: Map<string, ResolvedSymbol | undefined> | undefined;
  private foundDpcpu: Map<string, ResolvedDpcpuSymbol | undefined> | undefined;
  /** Where the kernel's linker sets begin and end; empty where it has none. */
  private readonly sets = new Map<string, readonly [bigint, bigint]>();

  constructor(
    private readonly linker: Linker,
    private readonly nlist: Nlist,
    private readonly memory: Memory,
    private readonly facts: Pick<Facts, 'cpus'>,
    private readonly generations: LoadGenerations,
  ) {
    this.kernelFile = linker.files()[0] ?? 1;
  }

  lookUp(name: string): RawSymbol | undefined {
    return this.linker.symbol(name);
  }

  resolve(name: string): ResolvedSymbol | undefined {
    return remembered(this.found, name, () => this.find(name));
  }

  once<T>(work: () => T): T {
    this.found = new Map();
    this.foundDpcpu = new Map();
    try {
      return work();
    } finally {
      this.found = undefined;
      this.foundDpcpu = undefined;
    }
  }

  private find(name: string): ResolvedSymbol | undefined {
    const plain = this.linker.symbol(name);
    if (plain !== undefined) {
      if (!isKernelAddress(plain.value)) throw new KvmError('kldsym', `${name} is not in the kernel's memory`);
      return { address: plain.value, size: plain.size, origin: this.origin(name, plain) };
    }
    const entryName = VNET_PREFIX + name;
    const entry = this.linker.symbol(entryName);
    if (entry === undefined) return undefined;
    this.requireInSet(name, entry.value, 'set_vnet', 'VNET');
    this.vnetBase ??= this.findVnetBase(name, entry.value);
    return {
      address: kernelAddress(entry.value + this.vnetBase),
      size: entry.size,
      origin: this.origin(entryName, entry),
    };
  }

  resolveDpcpu(name: string): ResolvedDpcpuSymbol | undefined {
    return remembered(this.foundDpcpu, name, () => this.findDpcpu(name));
  }

  private findDpcpu(name: string): ResolvedDpcpuSymbol | undefined {
    const entryName = DPCPU_PREFIX + name;
    const entry = this.linker.symbol(entryName);
    if (entry === undefined) return undefined;
    this.requireInSet(name, entry.value, 'set_pcpu', 'DPCPU');
    const offsets = this.linker.symbol('dpcpu_off');
    if (offsets === undefined) throw new KvmError('kldsym', 'the kernel has no dpcpu_off');
    const addresses = new Map<number, KernelAddress>();
    for (const cpu of this.facts.cpus) {
      this.nlist.selectCpu(cpu);
      const address = this.nlist.find(name);
      if (address === undefined) throw new KvmError('kvm_nlist', `${name} was not found for CPU ${cpu}`);
      // kvm_nlist prefers a plain symbol of the same name; the kernel's own table tells whether it found the CPU's copy.
      const offset = new BigUint64Array(1);
      this.memory.read(addressPlus(kernelAddress(offsets.value), WORD_BYTES * cpu), offset);
      if (address !== BigInt.asUintN(64, entry.value + offset[0]!)) {
        throw new KvmError('kvm_nlist', `${name} is also the name of a plain symbol, which hides the DPCPU one`);
      }
      addresses.set(cpu, kernelAddress(address));
    }
    return { addresses, size: entry.size, origin: this.origin(entryName, entry) };
  }

  private origin(name: string, { value, size }: RawSymbol): SymbolOrigin {
    const inKernel = this.linker.symbol(name, this.kernelFile)?.value === value;
    return { name, value, size, inModule: !inKernel, file: inKernel ? undefined : this.fileOf(name, value) };
  }

  private fileOf(name: string, value: bigint): NonNullable<SymbolOrigin['file']> {
    for (const [id, generation] of this.generations.look()) {
      if (id !== this.kernelFile && this.linker.symbol(name, id)?.value === value) return { id, generation };
    }
    throw new KvmError('kldsym', `the module of ${name} was unloaded while it was looked up`);
  }

  /**
   * On other architectures than amd64 a module's VNET or DPCPU symbol leads to the template that new copies are made from, which lies
   * outside the kernel's own set; what is read there never changes.
   */
  private requireInSet(name: string, value: bigint, set: 'set_vnet' | 'set_pcpu', kind: string): void {
    const bounds = this.sets.get(set) ?? [
      this.linker.symbol(`__start_${set}`)?.value ?? 0n,
      this.linker.symbol(`__stop_${set}`)?.value ?? 0n,
    ];
    this.sets.set(set, bounds);
    if (value < bounds[0] || value >= bounds[1]) {
      throw new TemplateError('kldsym', `the ${kind} symbol ${name} resolves to a module's template, not to its data`);
    }
  }

  private findVnetBase(name: string, entry: bigint): bigint {
    const address = this.nlist.find(name);
    // libkvm hands over the bare entry where it could not find this process's vnet.
    if (address === undefined || address === entry) {
      throw new KvmError('kvm_nlist', `${name} is a VNET symbol, but the vnet of this process was not found`);
    }
    return BigInt.asUintN(64, address - entry);
  }
}

function remembered<T>(known: Map<string, T> | undefined, name: string, find: () => T): T {
  if (known === undefined) return find();
  const before = known.get(name);
  if (before !== undefined || known.has(name)) return before as T;
  const found = find();
  known.set(name, found);
  return found;
}
