/**
 * The types of the running kernel and of its loaded modules, from the files that they were loaded from. A file is opened when the first of
 * its symbols is asked for, and let go of with the whole TypeSource: it holds megabytes.
 */
import { readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { CtfFile } from '../ctf/ctfFile.js';
import { KernelFileError, NoTypesError } from '../ctf/errors.js';
import { openKernelTypes } from '../ctf/kernelFile.js';
import { KvmError } from '../kernel/errors.js';
import type { Modules } from '../kernel/modules.js';
import type { SymbolOrigin } from '../kernel/symbols.js';
import type { ObjectTypes } from '../ctf/types.js';
import { linkerFileOffsets } from './linkerFile.js';
import { ModuleFiles } from './moduleFiles.js';
import type { LayoutSource } from './layoutSource.js';

/** What installing a kernel calls the folder of the one before. */
const KERNEL_OLD = 'kernel.old';
/** Folders beside the kernel's that are looked into. */
const MAX_BESIDE = 64;

export class TypeSource {
  /** By file id. A file that cannot be used is opened once, too. */
  private readonly files = new Map<number, CtfFile | KernelFileError>();

  /** @param kernelPath the kernel's file where it is not the one that the kernel names */
  constructor(
    private readonly modules: Modules,
    private readonly kernelPath: string | undefined,
    private readonly moduleFiles = new ModuleFiles(modules),
  ) {}

  /** The types of the file that a symbol belongs to. Throws KernelFileError where they cannot be had, or are not the running kernel's. */
  typesFor(origin: SymbolOrigin): CtfFile {
    const files = this.modules.files();
    const id = origin.inModule
      ? files.find((file) => this.modules.symbolIn(file, origin.name)?.value === origin.value)
      : files[0];
    if (id === undefined) throw new KernelFileError(origin.name, 'its module was unloaded');
    return this.typesOf(id);
  }

  /** The types of a loaded file. Throws as typesFor(). */
  typesOf(id: number): CtfFile {
    let types = this.files.get(id);
    if (types === undefined) {
      types = this.open(id, id === this.modules.files()[0]);
      this.files.set(id, types);
    }
    if (types instanceof KernelFileError) throw types;
    return types;
  }

  /**
   * From now on the kernel's own list of files is read, where the kernel's types or else a layout tells how and it was not known before. False
   * where that could not be found out, and may be later.
   */
  learnFileList(layouts: Pick<LayoutSource, 'fileListTypes'>): boolean {
    const { modules } = this;
    const [kernel, ...others] = modules.files();
    if (modules.countsLoads || kernel === undefined || others.length === 0) return true;
    const isRead = (types: ObjectTypes): boolean => {
      const offsets = linkerFileOffsets(types);
      return offsets !== undefined && modules.readListBy(offsets);
    };
    let isTold = true;
    try {
      if (isRead(this.typesOf(kernel))) return true;
    } catch (error) {
      if (!(error instanceof KernelFileError) && !(error instanceof KvmError)) throw error;
      isTold = false;
    }
    return layouts.fileListTypes().some(isRead) || isTold;
  }

  private open(id: number, isKernel: boolean): CtfFile | KernelFileError {
    try {
      if (isKernel) return this.openKernel();
      const path = this.modules.pathOf(id);
      if (path === undefined) throw new KernelFileError(`file ${id}`, 'it was unloaded');
      return this.moduleFiles.open(id, path);
    } catch (error) {
      if (error instanceof KernelFileError) return error;
      throw error;
    }
  }

  /** The kernel's own file, or one beside it that has the running kernel's build id: a newer kernel may have taken its place on disk. */
  private openKernel(): CtfFile {
    const { path: itsPath, buildId } = this.modules.kernelFile();
    const path = this.kernelPath ?? itsPath;
    if (buildId === undefined) {
      throw new KernelFileError(path, 'the running kernel tells no build id, so that this may be another one’s file');
    }
    try {
      return openKernelTypes(path, buildId).types;
    } catch (error) {
      if (!(error instanceof KernelFileError)) throw error;
      for (const other of kernelsBeside(path)) {
        try {
          return openKernelTypes(other, buildId).types;
        } catch (otherError) {
          if (!(otherError instanceof KernelFileError)) throw otherError;
        }
      }
      // Nothing is to be done about what is the right file.
      if (error instanceof NoTypesError) throw error;
      throw new KernelFileError(error.path, `${error.reason}${remedyFor(error)}`, error.cause);
    }
  }
}

/** Kernels in the other folders beside that of `path`, such as /boot/kernel.old/kernel, which comes first. */
function kernelsBeside(path: string): string[] {
  const folder = dirname(path);
  try {
    return readdirSync(dirname(folder))
      .sort((a, b) => Number(b === KERNEL_OLD) - Number(a === KERNEL_OLD) || (a < b ? -1 : 1))
      .slice(0, MAX_BESIDE)
      .map((name) => join(dirname(folder), name, basename(path)))
      .filter((other) => dirname(other) !== folder);
  } catch {
    return [];
  }
}

function remedyFor({ reason }: KernelFileError): string {
  const named = '--kvm.kernel=FILE names the file of the running kernel';
  if (reason.includes('ENOENT')) return `; ${named}, and in a jail nullfs(5) can mount /boot/kernel of the host`;
  return reason.includes('build id') ? `, and none beside it is the running one's; ${named}` : '';
}
