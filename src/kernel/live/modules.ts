/** The files that the running kernel is made of. */
import type { Loads } from '../loads.js';
import type { KernelFile, LinkerFileOffsets, Modules } from '../modules.js';
import type { RawSymbol, SymbolOrigin } from '../symbols.js';
import type { Sysctls } from '../sysctls.js';
import type { FileList } from '../linker/fileList.js';
import type { Linker } from './linker.js';
import type { LoadGenerations } from './loadGenerations.js';

export class LiveModules implements Modules {
  constructor(
    private readonly linker: Linker,
    private readonly generations: LoadGenerations,
    private readonly list: FileList,
    private readonly sysctls: Sysctls,
  ) {}

  /** Asked anew each time: installing a kernel moves the running one's file, and sets `kern.bootfile`. */
  kernelFile(): KernelFile {
    const path = this.sysctls.text('kern.bootfile');
    const hasBuildId = this.sysctls.bytes('kern.build_id') !== undefined;
    return { path, buildId: hasBuildId ? this.sysctls.text('kern.build_id') : undefined };
  }

  files(): readonly number[] {
    return this.linker.files();
  }

  pathOf(file: number): string | undefined {
    return this.linker.file(file)?.path;
  }

  symbolIn(file: number, name: string): RawSymbol | undefined {
    return this.linker.symbol(name, file);
  }

  loads(): Loads {
    return this.generations.look();
  }

  isCurrent({ name, value, size, file }: SymbolOrigin, now: Loads): boolean {
    if (file === undefined) return true;
    if (now.get(file.id) !== file.generation) return false;
    const symbol = this.linker.symbol(name);
    return symbol?.value === value && symbol.size === size;
  }

  get countsLoads(): boolean {
    return this.list.offsets !== undefined;
  }

  readListBy(offsets: LinkerFileOffsets): boolean {
    return this.list.useOffsets(offsets);
  }
}
