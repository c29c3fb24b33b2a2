/** Opens a kernel's file that is in memory, in the steps that kernelFile.ts takes for one on disk. */
import { CtfFile } from '../../src/ctf/ctfFile.js';
import { bytesSource, ElfFile, type ElfSection } from '../../src/ctf/elf.js';
import { ElfError } from '../../src/ctf/errors.js';

export function parseImage(bytes: Uint8Array): CtfFile {
  const elf = ElfFile.parse(bytesSource(bytes));
  elf.buildId();
  return CtfFile.parse(elf.contents(section(elf, '.SUNW_ctf')), elf.symbols(section(elf, '.symtab')));
}

function section(elf: ElfFile, name: string): ElfSection {
  const found = elf.section(name);
  if (found === undefined) throw new ElfError(`there is no section ${name}`);
  return found;
}
