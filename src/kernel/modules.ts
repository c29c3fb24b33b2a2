/** The files that a kernel is made of: its own, and those of its loaded modules. */
import type { Loads } from './loads.js';
import type { RawSymbol, SymbolOrigin } from './symbols.js';

/** Bytes from the start of a struct linker_file (<sys/linker.h>) to what is read of it. */
export interface LinkerFileOffsets {
  readonly next: number;
  readonly id: number;
  readonly loadcnt: number;
  /** To where the struct elf_file that begins with it tells of a module's own data; undefined where that is not known. */
  readonly sets: Readonly<Record<LinkerSet, SetOffsets>> | undefined;
}

/** The linker sets that vnets and the CPUs' DPCPU areas are copies of. */
export type LinkerSet = 'set_vnet' | 'set_pcpu';

/** To the words that tell where a module's part of a linker set begins and ends in the module, and where it begins in the kernel's set. */
export interface SetOffsets {
  readonly start: number;
  readonly stop: number;
  readonly base: number;
}

/** The file of the kernel itself. */
export interface KernelFile {
  readonly path: string;
  /** Of the kernel that is in memory, in hexadecimal digits; undefined where it tells none. */
  readonly buildId: string | undefined;
}

/** All of these throw KvmError where the kernel does not tell. */
export interface Modules {
  kernelFile(): KernelFile;
  /** The ids of the loaded files, the kernel's own first. */
  files(): readonly number[];
  /** Where a loaded file was loaded from; undefined where there is no such file any more. */
  pathOf(file: number): string | undefined;
  /** The symbol of exactly this name in a loaded file. */
  symbolIn(file: number, name: string): RawSymbol | undefined;
  loads(): Loads;
  /**
   * False where the module that `origin` belongs to was unloaded since it was resolved, whether or not it was loaded again.
   * @param now what loads() says
   */
  isCurrent(origin: SymbolOrigin, now: Loads): boolean;
  /** True where the loads of files are counted: then no two loads have the same generation. */
  readonly countsLoads: boolean;
  /**
   * Tells how the kernel's own list of files is laid out: from now on loads are counted, and the data of modules is found whose symbols do
   * not lead to it. False where the list does not have the files that are loaded, laid out so: then all stays as it was.
   */
  readListBy(offsets: LinkerFileOffsets): boolean;
}
