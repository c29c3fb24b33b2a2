/**
 * The file of the kernel that a dump was taken of. It is known by its build id alone, which the kernel has in its memory, too
 * (`__build_id_start`, an ELF note): another kernel's symbols would lead to other counters.
 */
import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { ElfSymbols } from '../../ctf/elfSymbols.js';
import { KernelFileError, NoTypesError } from '../../ctf/errors.js';
import { openKernelTypes, type KernelTypes } from '../../ctf/kernelFile.js';
import { kernelAddress } from '../address.js';
import { KernelOpenError, KvmError } from '../errors.js';
import type { Memory } from '../memory.js';
import { readDumpInfo } from './dumpInfo.js';
import { FileSymbols } from './fileSymbols.js';
import type { Minidump } from './minidump/minidump.js';

/** `Elf64_Nhdr` and the name "GNU" with its NUL come before the id, which has 20 bytes. */
const NOTE_START = 16;
const ID_BYTES = 20;
/** Where installed kernels are, each in a folder of its own. */
const BOOT = '/boot';
const MAX_FOLDERS = 64;

export interface DumpedKernelFile {
  readonly path: string;
  readonly buildId: string;
  readonly types: KernelTypes['types'];
  readonly symbols: ElfSymbols;
}

/**
 * @param core the dump's path
 * @param wanted the file that the user names; undefined for the one beside the dump or an installed one that has the dump's build id
 * @throws KernelOpenError that says what to do
 */
export function findKernelFile(dump: Minidump, core: string, wanted: string | undefined): DumpedKernelFile {
  const tried: string[] = [];
  for (const path of wanted === undefined ? candidates(core) : [wanted]) {
    try {
      return openIfDumped(dump, path);
    } catch (error) {
      if (!(error instanceof KernelFileError)) throw error;
      tried.push(error.message);
    }
  }
  if (dump.missingPages > 0)
    tried.push(`the dump was cut short: ${dump.missingPages} of ${dump.pages} pages are missing`);
  const named = wanted === undefined ? '--kvm.kernel=FILE names it' : 'name the one that had crashed';
  const version = readDumpInfo(core)?.version;
  throw new KernelOpenError(
    [
      `${core}: the file of the kernel that it was taken of is needed; ${named}${version === undefined ? '' : ` (it was ${version})`}`,
      ...tried,
    ].join('; '),
  );
}

function openIfDumped(memory: Memory, path: string): DumpedKernelFile {
  const { types, symbols, buildId } = openTypes(path);
  if (buildId === undefined) throw new KernelFileError(path, 'it has no build id to be known by');
  const note = new FileSymbols(symbols, 0n).symbol('__build_id_start');
  if (note === undefined)
    throw new KernelFileError(path, 'it has no symbol __build_id_start, where the kernel has its build id');
  const bytes = Buffer.alloc(NOTE_START + ID_BYTES);
  try {
    memory.read(kernelAddress(note.value), bytes);
  } catch (error) {
    if (!(error instanceof KvmError || error instanceof RangeError)) throw error;
    throw new KernelFileError(path, 'its build id is not in the dump where that kernel would have it');
  }
  const dumped = bytes.toString('hex', NOTE_START);
  if (dumped !== buildId)
    throw new KernelFileError(path, `it is another kernel's: its build id ${buildId} is not in the dump`);
  return { path, buildId, types, symbols };
}

function openTypes(path: string): KernelTypes {
  try {
    return openKernelTypes(path, undefined);
  } catch (error) {
    if (error instanceof NoTypesError)
      throw new KernelFileError(path, `${error.reason}; a dump is read by types alone`);
    throw error;
  }
}

/** A kernel beside the dump, as somebody would put it there who took both elsewhere, and the installed ones. */
function candidates(core: string): string[] {
  const beside = dirname(core);
  const installed = existsSync(BOOT) ? readdirSync(BOOT).sort() : [];
  return [
    join(beside, 'kernel'),
    join(beside, `kernel.${basename(core).split('.').at(-1) ?? ''}`),
    join(beside, 'boot', 'kernel', 'kernel'),
    join(BOOT, 'kernel', 'kernel'),
    ...installed.slice(0, MAX_FOLDERS).map((name) => join(BOOT, name, 'kernel')),
  ].filter((path, index, all) => existsSync(path) && all.indexOf(path) === index);
}
