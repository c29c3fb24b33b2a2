/** Opens the file of a kernel or a module and reads the types in it: the only file of this folder that knows of a file system. */
import { closeSync, constants, fstatSync, openSync, readSync, type BigIntStats } from 'node:fs';
import { CtfFile } from './ctfFile.js';
import { ElfFile, type ByteSource } from './elf.js';
import type { ElfSymbols } from './elfSymbols.js';
import { CtfError, ElfError, KernelFileError, NoTypesError } from './errors.js';

/** The section that ctfconvert(1) and ctfmerge(1) write. */
const CTF_SECTION = '.SUNW_ctf';

/** The types of a file. They hold some megabytes: let go of them when the look-ups are done. */
export interface KernelTypes {
  readonly types: CtfFile;
  /** Lower-case hexadecimal; undefined where the file has none. */
  readonly buildId: string | undefined;
  /** The symbol table that the types belong to. */
  readonly symbols: ElfSymbols;
  /** Which file it was, see fileIdentity(). */
  readonly identity: string;
}

/** Equal for two looks at a path if nobody has put another file there, or changed the file, in between. */
export function fileIdentity({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [dev, ino, size, mtimeNs, ctimeNs].join(' ');
}

/**
 * Reads the types of the kernel or module in the file at `path`.
 * @param expectedBuildId what `kern.build_id` says of the running kernel; undefined where there is nothing to compare, as for a module
 * @throws KernelFileError, whose message starts with the path: the file cannot be read, is damaged, has no types, or is another kernel's
 */
export function openKernelTypes(path: string, expectedBuildId: string | undefined): KernelTypes {
  let file: number | undefined;
  try {
    // Without waiting: to open a FIFO for reading takes until somebody writes to it.
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    if (!fstatSync(file).isFile()) throw new KernelFileError(path, 'it is not a regular file');
    const identity = fileIdentity(fstatSync(file, { bigint: true }));
    return { ...readTypes(path, ElfFile.parse(fileSource(file)), expectedBuildId), identity };
  } catch (error) {
    if (error instanceof KernelFileError) throw error;
    if (error instanceof ElfError || error instanceof CtfError) throw new KernelFileError(path, error.message, error);
    const code = (error as NodeJS.ErrnoException).code;
    if (code === undefined) throw error;
    throw new KernelFileError(path, `cannot be read (${code})`, error);
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

function readTypes(path: string, elf: ElfFile, expectedBuildId: string | undefined): Omit<KernelTypes, 'identity'> {
  const buildId = elf.buildId();
  if (expectedBuildId !== undefined && buildId !== expectedBuildId.toLowerCase()) {
    throw new KernelFileError(
      path,
      `its build id is ${buildId ?? 'missing'}, but the running kernel's is ${expectedBuildId}: it is another kernel's file`,
    );
  }
  const section = elf.section(CTF_SECTION);
  if (section === undefined) {
    throw new NoTypesError(path, `it has no type information (section ${CTF_SECTION}); was it built without WITH_CTF?`);
  }
  const table = section.link === 0 ? elf.section('.symtab') : elf.sections[section.link];
  if (table === undefined) throw new KernelFileError(path, 'it has no symbol table; was it stripped?');
  const symbols = elf.symbols(table);
  return { types: CtfFile.parse(elf.contents(section), symbols), buildId, symbols };
}

function fileSource(file: number): ByteSource {
  return {
    size: fstatSync(file).size,
    read(offset, length) {
      const bytes = Buffer.allocUnsafeSlow(length);
      for (let done = 0; done < length;) {
        const count = readSync(file, bytes, done, length - done, offset + done);
        if (count === 0) throw new ElfError('the file became shorter while it was read');
        done += count;
      }
      return bytes;
    },
  };
}
