/**
 * From the names in a config to addresses in the running kernel: plain symbols, those of this process's vnet, and DPCPU symbols for each CPU.
 * A name that could lead to another object's memory is refused: better no value than another counter's.
 */
import { addressPlus, isKernelAddress, kernelAddress, WORD_BYTES, type KernelAddress } from '../address.js';
import { KvmError } from '../errors.js';
import type { Facts } from '../facts.js';
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
import type { Linker } from './linker.js';
import type { LinkerSets } from '../linker/linkerSets.js';
import type { LoadGenerations } from './loadGenerations.js';
import type { Nlist } from '../libkvm/nlist.js';
import type { PcpuStructs } from '../libkvm/pcpuStructs.js';

/** A VNET symbol that every kernel has itself, the list of interfaces. */
const KERNEL_VNET_NAME = 'ifnet';

export class LiveSymbols implements Symbols {
  /** `vnet_data_base` of this process's vnet: what libkvm adds to the address of a VNET symbol. */
  private vnetBase: bigint | undefined;
  private readonly kernelFile: number;
  /** What was found since once() began; undefined outside of it. */
  private found: Map<string, ResolvedSymbol | undefined> | undefined;
  private foundDpcpu: Map<string, ResolvedPerCpuSymbol | undefined> | undefined;

  constructor(
    private readonly linker: Linker,
    private readonly nlist: Nlist,
    private readonly memory: Memory,
    private readonly facts: Pick<Facts, 'cpus'>,
    private readonly generations: LoadGenerations,
    private readonly sets: LinkerSets,
    private readonly pcpuStructs: PcpuStructs,
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
      return { address: plain.value, size: plain.size, origin: this.origin(name, plain), vnet: undefined };
    }
    const entryName = VNET_PREFIX + name;
    const entry = this.linker.symbol(entryName);
    if (entry === undefined) return undefined;
    const origin = this.origin(entryName, entry);
    const place = this.sets.place('set_vnet', entry, origin);
    this.vnetBase ??= this.findVnetBase(place === entry.value ? name : KERNEL_VNET_NAME);
    return { address: kernelAddress(place + this.vnetBase), size: entry.size, origin, vnet: { place } };
  }

  resolveDpcpu(name: string): ResolvedPerCpuSymbol | undefined {
    return remembered(this.foundDpcpu, name, () => this.findDpcpu(name));
  }

  private findDpcpu(name: string): ResolvedPerCpuSymbol | undefined {
    const entryName = DPCPU_PREFIX + name;
    const entry = this.linker.symbol(entryName);
    if (entry === undefined) return undefined;
    const origin = this.origin(entryName, entry);
    const place = this.sets.place('set_pcpu', entry, origin);
    const offsets = this.linker.symbol('dpcpu_off');
    if (offsets === undefined) throw new KvmError('kldsym', 'the kernel has no dpcpu_off');
    const addresses = new Map<number, KernelAddress>();
    for (const cpu of this.facts.cpus) {
      this.nlist.selectCpu(cpu);
      const found = this.nlist.find(name);
      if (found === undefined) throw new KvmError('kvm_nlist', `${name} was not found for CPU ${cpu}`);
      const offset = new BigUint64Array(1);
      this.memory.read(addressPlus(kernelAddress(offsets.value), WORD_BYTES * cpu), offset);
      if (offset[0] === 0n) throw new KvmError('kvm_read', `dpcpu_off tells no DPCPU area of CPU ${cpu}`);
      const address = kernelAddress(place + offset[0]!);
      // kvm_nlist prefers a plain symbol of the same name; the kernel's own table tells whether it found the CPU's copy. A template is left as it is.
      if (found !== (place === entry.value ? address : entry.value)) {
        throw new KvmError('kvm_nlist', `${name} is also the name of a plain symbol, which hides the DPCPU one`);
      }
      addresses.set(cpu, address);
    }
    return { addresses, size: entry.size, origin };
  }

  resolvePcpu(): ResolvedPerCpuSymbol | undefined {
    const name = 'cpuid_to_pcpu';
    const table = this.linker.symbol(name);
    if (table === undefined) return undefined;
    return { addresses: this.pcpuStructs.addresses(table), size: 0, origin: this.origin(name, table) };
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

  /** @param name a VNET symbol in the kernel's own set, which no plain symbol has the name of */
  private findVnetBase(name: string): bigint {
    const entry = this.linker.symbol(VNET_PREFIX + name)?.value;
    const isHidden = this.linker.symbol(name) !== undefined;
    const address = entry === undefined || isHidden ? undefined : this.nlist.find(name);
    // libkvm hands over the bare entry where it could not find this process's vnet.
    if (entry === undefined || address === undefined || address === entry) {
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
