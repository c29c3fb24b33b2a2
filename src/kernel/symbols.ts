/** Names in a kernel, and where what they stand for lies. */
import type { KernelAddress } from './address.js';
import type { LoadGeneration } from './loads.js';

/** `VNET_SYMPREFIX` of <net/vnet.h>: what the name of a VNET symbol begins with in the symbol table. */
export const VNET_PREFIX = 'vnet_entry_';
/** `DPCPU_SYMPREFIX` of <sys/pcpu.h>: the same for a DPCPU symbol. */
export const DPCPU_PREFIX = 'pcpu_entry_';

/** A symbol as the symbol table has it. */
export interface RawSymbol {
  readonly value: bigint;
  /** Bytes; 0 where the symbol table does not say. */
  readonly size: number;
}

/** A table of symbols, or several in one. */
export interface SymbolTable {
  /** The symbol of exactly this name; undefined where there is none. Throws KvmError where that could not be told. */
  symbol(name: string): RawSymbol | undefined;
}

/** What the symbol table said when a name was resolved, to find out later whether it still says so. */
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
  /** Of a VNET symbol, which each vnet has a copy of: what `vnet_data_base` of a vnet is added to. */
  readonly vnet: { readonly place: bigint } | undefined;
}

/** What each CPU has one of: one address for each CPU that exists. */
export interface ResolvedPerCpuSymbol {
  readonly addresses: ReadonlyMap<number, KernelAddress>;
  /** Bytes of each; 0 where the symbol table does not say. */
  readonly size: number;
  readonly origin: SymbolOrigin;
}

export interface Symbols {
  /** The symbol of exactly this name in any loaded file. Throws KvmError where it could not be told whether there is one. */
  lookUp(name: string): RawSymbol | undefined;
  /** Finds `name` as a plain symbol, else as one of this process's vnet. Undefined where no loaded file has it; KvmError where it cannot be trusted. */
  resolve(name: string): ResolvedSymbol | undefined;
  /** Finds the DPCPU symbol `name` on every CPU. Undefined and KvmError as in resolve(). */
  resolveDpcpu(name: string): ResolvedPerCpuSymbol | undefined;
  /** The struct pcpu of every CPU (<sys/pcpu.h>), by the array cpuid_to_pcpu that leads to them. Undefined and KvmError as in resolve(). */
  resolvePcpu(): ResolvedPerCpuSymbol | undefined;
  /** Does `work`, within which no name is looked up twice: a look-up that misses takes milliseconds on a live kernel. */
  once<T>(work: () => T): T;
}
