/**
 * The types of the running kernel and of its loaded modules, from the files that they were loaded from. A file is opened when the first of
 * its symbols is asked for, and let go of with the whole TypeSource: it holds megabytes.
 */
import type { CtfFile } from '../ctf/ctfFile.js';
import { KernelFileError } from '../ctf/errors.js';
import { openKernelTypes } from '../ctf/kernelFile.js';
import type { Kernel } from '../kvm/kernel.js';
import type { SymbolOrigin } from '../kvm/symbols.js';

export class TypeSource {
  /** By file id. A file that cannot be used is opened once, too. */
  private readonly files = new Map<number, CtfFile | KernelFileError>();

  /** @param kernelPath the kernel's file where it is not the one of the sysctl kern.bootfile */
  constructor(
    private readonly kernel: Kernel,
    private readonly kernelPath: string | undefined,
  ) {}

  /** The types of the file that a symbol belongs to. Throws KernelFileError where they cannot be had, or are not the running kernel's. */
  typesFor(origin: SymbolOrigin): CtfFile {
    const files = this.kernel.loadedFiles();
    const id = origin.inModule
      ? files.find((file) => this.kernel.symbol(origin.name, file)?.value === origin.value)
      : files[0];
    if (id === undefined) throw new KernelFileError(origin.name, 'its module was unloaded');
    return this.typesOf(id);
  }

  /** The types of a loaded file. Throws as typesFor(). */
  typesOf(id: number): CtfFile {
    let types = this.files.get(id);
    if (types === undefined) {
      types = this.open(id, id === this.kernel.loadedFiles()[0]);
      this.files.set(id, types);
    }
    if (types instanceof KernelFileError) throw types;
    return types;
  }

  private open(id: number, isKernel: boolean): CtfFile | KernelFileError {
    try {
      if (!isKernel) {
        const path = this.kernel.filePath(id);
        if (path === undefined) throw new KernelFileError(`file ${id}`, 'it was unloaded');
        // A module has no build id to compare; the sizes of its symbols are compared with what kldsym(2) says.
        return openKernelTypes(path, undefined).types;
      }
      const path = this.kernelPath ?? this.kernel.sysctlString('kern.bootfile');
      if (this.kernel.sysctl('kern.build_id') === undefined) {
        throw new KernelFileError(path, 'the running kernel tells no build id, so that this may be another one’s file');
      }
      return openKernelTypes(path, this.kernel.sysctlString('kern.build_id')).types;
    } catch (error) {
      if (error instanceof KernelFileError) return error;
      throw error;
    }
  }
}
