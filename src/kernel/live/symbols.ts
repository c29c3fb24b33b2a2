/**
 * From the names in a config to addresses in the kernel: plain symbols, those of this process's vnet, and DPCPU symbols for each CPU.
 * A name that could lead to another object's memory is refused: better no value than another counter's.
 */
import { addressPlus, isKernelAddress, kernelAddress, type KernelAddress } from '../address.js';
import { KvmError, TemplateError } from '../errors.js';
import type { Kernel, RawSymbol } from './kernel.js';
import { LoadGenerations, type LoadGeneration } from './loadGenerations.js';

/** `VNET_SYMPREFIX` of <net/vnet.h>. */
const VNET_PREFIX = 'vnet_entry_';
/** `DPCPU_SYMPREFIX` of <sys/pcpu.h>. */
const DPCPU_PREFIX = 'pcpu_entry_';

/** What kldsym(2) said when a name was resolved, to find out later whether it still says so. */
export interface SymbolOrigin {
  /** The exact name: with vnet_entry_ or pcpu_entry_ where it has that. */
  readonly name: string;
  readonly value: bigint;
  /** True where it belongs to a loadable module, so that it can go away, or come back elsewhere. */
  readonly inModule: boolean;
  /** Bytes; 0 where the symbol table does not say. */
  readonly size: number;
  /** Of a module's symbol: the id of the file that has it, and which load of that file it was. */
  readonly file: { readonly id: number; readonly generation: LoadGeneration } | undefined;
}

/** An object of the kernel that exists once, or once in this process's vnet. */
export interface ResolvedSymbol {
  readonly address: KernelAddress;
  /** Bytes; 0 where the symbol table does not say. */
  readonly size: number;
  readonly origin: SymbolOrigin;
}

/** A DPCPU object: one address for each CPU that exists. */
export interface ResolvedDpcpuSymbol {
  readonly addresses: ReadonlyMap<number, KernelAddress>;
  readonly size: number;
  readonly origin: SymbolOrigin;
}

export class SymbolResolver {
  /** `vnet_data_base` of this process's vnet: what libkvm adds to the address of a VNET symbol. */
  private vnetBase: bigint | undefined;
  private readonly kernelFile: number;
  /** What was found since once() began; undefined outside of it. */
  private found: Map<string, ResolvedSymbol | undefined> | undefined;
  /** Where the kernel's linker sets begin and end; empty where it has none. */
  private readonly sets = new Map<string, readonly [bigint, bigint]>();

  constructor(
    private readonly kernel: Kernel,
    readonly generations = new LoadGenerations(kernel),
  ) {
    this.kernelFile = kernel.loadedFiles()[0] ?? 1;
  }

  /** Finds `name` as a plain symbol, else as one of this process's vnet. Undefined where no loaded file has it; KvmError where it cannot be trusted. */
  resolve(name: string): ResolvedSymbol | undefined {
    if (this.found?.has(name) === true) return this.found.get(name);
    const symbol = this.lookUp(name);
    this.found?.set(name, symbol);
    return symbol;
  }

  /** Does `work`, within which no name is looked up twice by resolve(): a lookup that misses takes milliseconds on a live kernel. */
  once<T>(work: () => T): T {
    this.found = new Map();
    try {
      return work();
    } finally {
      this.found = undefined;
    }
  }

  private lookUp(name: string): ResolvedSymbol | undefined {
    const plain = this.kernel.symbol(name);
    if (plain !== undefined) {
      if (!isKernelAddress(plain.value)) throw new KvmError('kldsym', `${name} is not in the kernel's memory`);
      return { address: plain.value, size: plain.size, origin: this.origin(name, plain) };
    }
    const entryName = VNET_PREFIX + name;
    const entry = this.kernel.symbol(entryName);
    if (entry === undefined) return undefined;
    this.requireInSet(name, entry.value, 'set_vnet', 'VNET');
    this.vnetBase ??= this.findVnetBase(name, entry.value);
    return {
      address: kernelAddress(entry.value + this.vnetBase),
      size: entry.size,
      origin: this.origin(entryName, entry),
    };
  }

  /** Finds the DPCPU symbol `name` on every CPU. Undefined where no loaded file has it; KvmError where it cannot be trusted. */
  resolveDpcpu(name: string): ResolvedDpcpuSymbol | undefined {
    const entryName = DPCPU_PREFIX + name;
    const entry = this.kernel.symbol(entryName);
    if (entry === undefined) return undefined;
    this.requireInSet(name, entry.value, 'set_pcpu', 'DPCPU');
    const offsets = this.kernel.symbol('dpcpu_off');
    if (offsets === undefined) throw new KvmError('kldsym', 'the kernel has no dpcpu_off');
    const addresses = new Map<number, KernelAddress>();
    for (const cpu of this.kernel.facts.cpus) {
      this.kernel.selectCpu(cpu);
      const address = this.kernel.nlist(name);
      if (address === undefined) throw new KvmError('kvm_nlist', `${name} was not found for CPU ${cpu}`);
      // kvm_nlist prefers a plain symbol of the same name; the kernel's own table tells whether it found the CPU's copy.
      const offset = new BigUint64Array(1);
      this.kernel.read(addressPlus(kernelAddress(offsets.value), 8 * cpu), offset);
      if (address !== BigInt.asUintN(64, entry.value + offset[0]!)) {
        throw new KvmError('kvm_nlist', `${name} is also the name of a plain symbol, which hides the DPCPU one`);
      }
      addresses.set(cpu, kernelAddress(address));
    }
    return { addresses, size: entry.size, origin: this.origin(entryName, entry) };
  }

  /**
   * False where the module that `origin` belongs to was unloaded since it was resolved, whether or not it was loaded again. Throws KvmError
   * where that cannot be told.
   * @param now what LoadGenerations.look() says
   */
  isCurrent({ name, value, size, file }: SymbolOrigin, now: ReadonlyMap<number, LoadGeneration>): boolean {
    if (file === undefined) return true;
    if (now.get(file.id) !== file.generation) return false;
    const symbol = this.kernel.symbol(name);
    return symbol?.value === value && symbol.size === size;
  }

  private origin(name: string, { value, size }: RawSymbol): SymbolOrigin {
    const inKernel = this.kernel.symbol(name, this.kernelFile)?.value === value;
    return { name, value, size, inModule: !inKernel, file: inKernel ? undefined : this.fileOf(name, value) };
  }

  private fileOf(name: string, value: bigint): { id: number; generation: LoadGeneration } {
    for (const [id, generation] of this.generations.look()) {
      if (id !== this.kernelFile && this.kernel.symbol(name, id)?.value === value) return { id, generation };
    }
    throw new KvmError('kldsym', `the module of ${name} was unloaded while it was looked up`);
  }

  /**
   * On other architectures than amd64 a module's VNET or DPCPU symbol leads to the template that new copies are made from, which lies
   * outside the kernel's own set; what is read there never changes.
   */
  private requireInSet(name: string, value: bigint, set: 'set_vnet' | 'set_pcpu', kind: string): void {
    const bounds = this.sets.get(set) ?? [
      this.kernel.symbol(`__start_${set}`)?.value ?? 0n,
      this.kernel.symbol(`__stop_${set}`)?.value ?? 0n,
    ];
    this.sets.set(set, bounds);
    if (value < bounds[0] || value >= bounds[1]) {
      throw new TemplateError('kldsym', `the ${kind} symbol ${name} resolves to a module's template, not to its data`);
    }
  }

  private findVnetBase(name: string, entry: bigint): bigint {
    const address = this.kernel.nlist(name);
    // libkvm hands over the bare entry where it could not find this process's vnet.
    if (address === undefined || address === entry) {
      throw new KvmError('kvm_nlist', `${name} is a VNET symbol, but the vnet of this process was not found`);
    }
    return BigInt.asUintN(64, address - entry);
  }
}
