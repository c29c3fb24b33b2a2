/** What is left of a kernel in a crash dump. Nobody answers any more: all is known by the dump's memory and by the kernel's file. */
import { KernelOpenError, KvmError } from '../errors.js';
import type { Facts } from '../facts.js';
import type { Kernel } from '../kernel.js';
import type { LibraryPaths } from '../libkvm/functions.js';
import { FileList } from '../linker/fileList.js';
import { LinkerSets } from '../linker/linkerSets.js';
import type { Memory } from '../memory.js';
import type { ProvenReader, ReaderName } from '../reader.js';
import { DumpedFiles } from './dumpedFiles.js';
import { readDumpInfo } from './dumpInfo.js';
import { coreFacts } from './facts.js';
import { FileSymbols } from './fileSymbols.js';
import { findKernelFile } from './kernelFile.js';
import { openLibkvmCore, type LibkvmCore } from './libkvmCore.js';
import { AgreedMemory, PagesMemory } from './memories.js';
import { openMinidump, type Minidump } from './minidump/minidump.js';
import { CoreModules } from './modules.js';
import { proveCore, provenCopies } from './proof.js';
import { placesKnownByContents } from './soundness/knownPages.js';
import { proveSound } from './soundness/soundness.js';
import { Structs } from './structs.js';
import { CoreSymbols } from './symbols.js';

/** Which dump to open. */
export interface CoreSource {
  /** The dump. */
  readonly core: string;
  /** The file of the kernel that it was taken of; undefined to look for it. */
  readonly kernel: string | undefined;
  /** The libkvm that is used beside the dump's own pages, by the machine whose dumps it opens; undefined where there is none. */
  readonly libkvm: { readonly libraries: LibraryPaths; readonly machineArch: string } | undefined;
}

export interface CoreKernel extends Kernel {
  /** As chooseReader() of a running kernel. */
  chooseReader(wanted: 'auto' | ReaderName): ProvenReader;
  /** Pages of kernel memory that the dump should have, and of these how many it lacks because its file was cut short. */
  readonly pages: { readonly all: number; readonly missing: number };
  close(): void;
}

/** Opens a dump. Throws KernelOpenError, whose message says what to do. */
export function openCoreKernel({ core, kernel, libkvm }: CoreSource): CoreKernel {
  const dump = openMinidump(core);
  let opened: LibkvmCore | undefined;
  try {
    const { machineArch } = dump;
    const mappings = dump.lookAtMappings();
    const file = findKernelFile(dump, core, kernel);
    const own = new FileSymbols(file.symbols, 0n);
    const structs = new Structs(file.types);
    const sound = proveSound({ core, dump, info: readDumpInfo(core), mappings, file, symbols: own, structs });
    const facts = coreFacts(dump, own, structs, machineArch);
    if (dump.missingPages > 0) dump.endAt(Math.max(sound.end, ...knownPlaces(dump, own, structs, facts)));
    if (libkvm?.machineArch === machineArch) opened = openLibkvmCore(libkvm.libraries, file.path, core, facts);
    const agreed = opened === undefined ? undefined : new AgreedMemory(opened.memory, dump, facts);
    const memory = agreed ?? new PagesMemory(dump);
    const { files, symbols } = namesIn(memory, own, structs, facts);
    const parts = { facts, memory, symbols, modules: new CoreModules(file, files) };
    return {
      ...parts,
      bootTime: () => facts.dump?.bootTime,
      pages: { all: dump.pages, missing: dump.missingPages },
      chooseReader: (wanted) => {
        const reader = proveCore(parts, structs, agreed, wanted);
        return { ...reader, seen: [reader.seen, ...sound.seen].join('; ') };
      },
      close: () => {
        opened?.close();
        dump.close();
      },
    };
  } catch (error) {
    opened?.close();
    dump.close();
    if (error instanceof KvmError) throw new KernelOpenError(`${core}: it cannot be read: ${error.message}`);
    throw error;
  }
}

/**
 * A page that was lost within a file moves all behind it, which looks just as if the file had lost its end: of one that was cut short, nothing is
 * read behind the last page that is known by its contents.
 */
function knownPlaces(dump: Minidump, own: FileSymbols, structs: Structs, facts: Facts): number[] {
  const known = { facts, memory: dump, symbols: { lookUp: (name: string) => own.symbol(name) } };
  const copies = provenCopies(known, structs).map((address) => dump.placeOf(address));
  return [...copies, ...placesKnownByContents(dump, own, structs, facts)];
}

function namesIn(
  memory: Memory,
  own: FileSymbols,
  structs: Structs,
  facts: Facts,
): { files: DumpedFiles; symbols: CoreSymbols } {
  const list = new FileList(own, memory);
  const place = structs.struct('linker_file');
  const inElf = structs.structWith('elf_file', 'progtab', false);
  const bounds = (set: string): { start: number; stop: number; base: number } => ({
    start: inElf(`${set}_start`, 8),
    stop: inElf(`${set}_stop`, 8),
    base: inElf(`${set}_base`, 8),
  });
  const isRead = list.useOffsets({
    next: place('link.tqe_next', 8),
    id: place('id', 4),
    loadcnt: place('loadcnt', 4),
    sets: { set_vnet: bounds('vnet'), set_pcpu: bounds('pcpu') },
  });
  if (!isRead) throw new KvmError('vmcore', "the kernel's list of its files cannot be read");
  const files = new DumpedFiles(own, memory, structs, list, facts.machineArch);
  return { files, symbols: new CoreSymbols(files, memory, structs, facts, new LinkerSets(own, list)) };
}
