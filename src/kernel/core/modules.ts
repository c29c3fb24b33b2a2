/** The files that a dumped kernel was made of. Nothing comes or goes there any more. */
import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Loads } from '../loads.js';
import type { KernelFile, Modules } from '../modules.js';
import type { RawSymbol } from '../symbols.js';
import type { DumpedFiles } from './dumpedFiles.js';

export class CoreModules implements Modules {
  readonly countsLoads = true;
  private readonly all: Loads;

  constructor(
    private readonly kernel: KernelFile,
    private readonly dumped: DumpedFiles,
  ) {
    this.all = new Map(dumped.ids.map((id) => [id, dumped.loadOf(id) ?? '']));
  }

  kernelFile(): KernelFile {
    return this.kernel;
  }

  files(): readonly number[] {
    return this.dumped.ids;
  }

  /** The file beside the kernel's, which may have been brought from elsewhere with the dump, before the one that the kernel loaded. */
  pathOf(file: number): string | undefined {
    const path = this.dumped.pathOf(file);
    if (path === undefined) return undefined;
    const beside = join(dirname(this.kernel.path), basename(path));
    return existsSync(beside) ? beside : path;
  }

  symbolIn(file: number, name: string): RawSymbol | undefined {
    return this.dumped.symbolIn(file, name);
  }

  loads(): Loads {
    return this.all;
  }

  isCurrent(): boolean {
    return true;
  }

  /** It was read when the dump was opened. */
  readListBy(): boolean {
    return true;
  }
}
