/**
 * Opens the files of modules, and proves that each is the one that was loaded: it may have been replaced on disk since. A module has no
 * build id to compare, but its symbols lie where they lay when it was linked, and the file that was there when the load was first seen is
 * known by its identity.
 */
import { statSync } from 'node:fs';
import type { CtfFile } from '../ctf/ctfFile.js';
import { SHN_UNDEF, STT_OBJECT, type ElfSymbols } from '../ctf/elfSymbols.js';
import { KernelFileError } from '../ctf/errors.js';
import { fileIdentity, openKernelTypes } from '../ctf/kernelFile.js';
import type { LoadGeneration, Loads } from '../kernel/loads.js';
import type { Modules } from '../kernel/modules.js';

/** From here on a section index of a symbol is a mark, not a section (`SHN_LORESERVE` of <sys/elf_common.h>). */
const SHN_RESERVED = 0xff00;
/** Symbols of a file that are compared. */
const MAX_COMPARED = 512;

export class ModuleFiles {
  /** What was on disk when a load was first seen, by its generation. */
  private readonly firstSeen = new Map<LoadGeneration, string | undefined>();
  private loads: Loads = new Map();

  constructor(private readonly modules: Modules) {}

  /** Tells which loads there are now. The files of those that were not there before are looked at. */
  see(loads: Loads): void {
    this.loads = loads;
    const current = new Set(loads.values());
    for (const known of this.firstSeen.keys()) if (!current.has(known)) this.firstSeen.delete(known);
    for (const [id, generation] of loads) {
      if (this.firstSeen.has(generation)) continue;
      const path = this.modules.pathOf(id);
      this.firstSeen.set(generation, path === undefined ? undefined : identityAt(path));
    }
  }

  /** The types in the file of a module. Throws KernelFileError where they cannot be had, or are not those of what was loaded. */
  open(id: number, path: string): CtfFile {
    const generation = this.loads.get(id);
    const before = generation === undefined ? undefined : this.firstSeen.get(generation);
    const { types, symbols, identity } = openKernelTypes(path, undefined);
    if (before !== undefined && identity !== before) {
      throw new KernelFileError(path, 'it was replaced or changed on disk after it was loaded; load it again');
    }
    const stranger = this.findStranger(id, symbols);
    if (stranger !== undefined) {
      throw new KernelFileError(
        path,
        `it is not the file that was loaded: ${stranger}; was it replaced on disk? Load it again`,
      );
    }
    return types;
  }

  /**
   * What does not fit together of the file's symbols and the kernel's. All symbols of one section were moved by the same distance when the
   * file was loaded, be it linked as a whole or section by section.
   */
  private findStranger(id: number, symbols: ElfSymbols): string | undefined {
    const moved = new Map<number, bigint>();
    for (const symbol of comparable(symbols)) {
      const name = symbols.name(symbol);
      const loaded = this.modules.symbolIn(id, name);
      if (loaded === undefined) return `the kernel has no ${name} of it`;
      if (loaded.size !== symbols.size(symbol)) {
        return `${name} has ${symbols.size(symbol)} bytes in it, and ${loaded.size} in the kernel`;
      }
      const section = symbols.section(symbol);
      const distance = BigInt.asUintN(64, loaded.value - symbols.value(symbol));
      if ((moved.get(section) ?? distance) !== distance) return `${name} lies elsewhere in it`;
      moved.set(section, distance);
    }
    return undefined;
  }
}

/** Global data objects that are defined in a section, spread over the file where there are many. Names of static ones may repeat. */
function comparable(symbols: ElfSymbols): number[] {
  const all: number[] = [];
  for (let symbol = 1; symbol < symbols.count; symbol++) {
    const section = symbols.section(symbol);
    if (symbols.type(symbol) !== STT_OBJECT || !symbols.isGlobal(symbol)) continue;
    if (section !== SHN_UNDEF && section < SHN_RESERVED) all.push(symbol);
  }
  // One of each so many.
  const step = Math.max(1, all.length / MAX_COMPARED);
  return all.filter((_, index) => Math.floor(index / step) > Math.floor((index - 1) / step));
}

function identityAt(path: string): string | undefined {
  try {
    return fileIdentity(statSync(path, { bigint: true }));
  } catch {
    return undefined;
  }
}
