/** Opens a kernel's file, or another ELF file, that is in memory, in the steps that kernelFile.ts takes for one on disk. */
import { CtfFile } from '../../src/ctf/ctfFile.js';
import { ElfFile, type ByteSource, type ElfSection } from '../../src/ctf/elf.js';
import { ElfError } from '../../src/ctf/errors.js';

export function parseImage(bytes: Uint8Array): CtfFile {
  const elf = ElfFile.parse(bytesSource(bytes));
  elf.buildId();
  return CtfFile.parse(elf.contents(section(elf, '.SUNW_ctf')), elf.symbols(section(elf, '.symtab')));
}

/** The file that `bytes` hold. */
export function bytesSource(bytes: Uint8Array): ByteSource {
  return { size: bytes.length, read: (offset, length) => bytes.subarray(offset, offset + length) };
}

function section(elf: ElfFile, name: string): ElfSection {
  const found = elf.section(name);
  if (found === undefined) throw new ElfError(`there is no section ${name}`);
  return found;
}
