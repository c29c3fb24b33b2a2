/**
 * Reads ELF64 little-endian files: sections, symbol tables and the build id (elf(5), <sys/elf64.h>). Only what is asked for is read, as a
 * kernel's file has 30 MB of which a few are wanted.
 */
import { ElfSymbols } from './elfSymbols.js';
import { ElfError } from './errors.js';
import { StringTable } from './stringTable.js';

/** Where a file's bytes come from. `read` gives exactly `length` bytes of a range that lies within `size`, or throws. */
export interface ByteSource {
  readonly size: number;
  read(offset: number, length: number): Uint8Array;
}

/** One entry of the section header table (`Elf64_Shdr`). Offset, size and entry size are in bytes. */
export interface ElfSection {
  readonly name: string;
  /** `sh_type`. */
  readonly type: number;
  readonly offset: number;
  readonly size: number;
  /** `sh_link`: the index of the section that this one refers to. */
  readonly link: number;
  readonly entrySize: number;
}

const HEADER_SIZE = 64;
const SECTION_HEADER_SIZE = 64;
const ELFCLASS64 = 2;
const ELFDATA2LSB = 1;
const SHT_SYMTAB = 2;
const SHT_STRTAB = 3;
const SHT_NOBITS = 8;
const SHF_COMPRESSED = 0x800;
const NT_GNU_BUILD_ID = 3;
/** Bytes. The largest section read, a kernel's `.strtab` or `.symtab`, has under 5 MiB. */
const MAX_SECTION_SIZE = 64 << 20;

export class ElfFile {
  private constructor(
    private readonly source: ByteSource,
    readonly sections: readonly ElfSection[],
    private readonly compressed: ReadonlySet<ElfSection>,
  ) {}

  /** Reads the header and the section headers. Throws ElfError for anything but a whole ELF64 little-endian file with sections. */
  static parse(source: ByteSource): ElfFile {
    const header = view(readRange(source, 0, HEADER_SIZE, 'the ELF header'));
    if (header.getUint32(0) !== 0x7f454c46) throw new ElfError('not an ELF file');
    if (header.getUint8(4) !== ELFCLASS64) throw new ElfError('not a 64-bit ELF file; only ELF64 is read');
    if (header.getUint8(5) !== ELFDATA2LSB)
      throw new ElfError('not a little-endian ELF file; only little-endian is read');
    const count = header.getUint16(0x3c, true);
    const namesIndex = header.getUint16(0x3e, true);
    if (count === 0) throw new ElfError('the ELF file has no section headers');
    if (header.getUint16(0x3a, true) !== SECTION_HEADER_SIZE) {
      throw new ElfError(
        `the ELF section headers have ${header.getUint16(0x3a, true)} bytes, not ${SECTION_HEADER_SIZE}`,
      );
    }
    const table = view(readRange(source, u64(header, 0x28), count * SECTION_HEADER_SIZE, 'the section headers'));
    if (namesIndex >= count) throw new ElfError('the section that names the sections is missing');
    const namesHeader = namesIndex * SECTION_HEADER_SIZE;
    const names = stringTable(
      readRange(source, u64(table, namesHeader + 24), u64(table, namesHeader + 32), 'the section names'),
      'the section names',
    );
    const sections: ElfSection[] = [];
    const compressed = new Set<ElfSection>();
    for (let at = 0; at < table.byteLength; at += SECTION_HEADER_SIZE) {
      const section: ElfSection = {
        name: names.text(table.getUint32(at, true)),
        type: table.getUint32(at + 4, true),
        offset: u64(table, at + 24),
        size: u64(table, at + 32),
        link: table.getUint32(at + 40, true),
        entrySize: u64(table, at + 56),
      };
      sections.push(section);
      if ((table.getUint32(at + 8, true) & SHF_COMPRESSED) !== 0) compressed.add(section);
    }
    return new ElfFile(source, sections, compressed);
  }

  /** The first section of that name. */
  section(name: string): ElfSection | undefined {
    return this.sections.find((section) => section.name === name);
  }

  /** A section's bytes as they are in the file. Throws ElfError where they are not all there. */
  contents(section: ElfSection): Uint8Array {
    if (section.type === SHT_NOBITS)
      throw new ElfError(`section ${section.name} has no contents (a separate debug file?)`);
    if (this.compressed.has(section))
      throw new ElfError(`section ${section.name} is ELF-compressed, which is not read`);
    return readRange(this.source, section.offset, section.size, `section ${section.name}`);
  }

  /** The symbol table in `section`, with the names that its `sh_link` leads to. */
  symbols(section: ElfSection): ElfSymbols {
    if (section.type !== SHT_SYMTAB) throw new ElfError(`section ${section.name} is not a symbol table`);
    const names = this.sections[section.link];
    if (names?.type !== SHT_STRTAB) throw new ElfError(`the symbol table ${section.name} has no names`);
    return new ElfSymbols(
      this.contents(section),
      section.entrySize,
      stringTable(this.contents(names), `section ${names.name}`),
    );
  }

  /** The build id of `.note.gnu.build-id` in lower-case hexadecimal, as `kern.build_id` shows it; undefined where there is none. */
  buildId(): string | undefined {
    const section = this.section('.note.gnu.build-id');
    if (section === undefined) return undefined;
    const notes = this.contents(section);
    const fields = view(notes);
    for (let at = 0; at + 12 <= notes.length;) {
      const nameSize = fields.getUint32(at, true);
      const descriptionSize = fields.getUint32(at + 4, true);
      const name = at + 12;
      const description = name + align4(nameSize);
      const end = description + descriptionSize;
      if (end > notes.length) throw new ElfError('the note with the build id is cut short');
      const isGnu = nameSize === 4 && fields.getUint32(name) === 0x474e5500;
      if (isGnu && fields.getUint32(at + 8, true) === NT_GNU_BUILD_ID) {
        return Buffer.from(notes.subarray(description, end)).toString('hex');
      }
      at = align4(end);
    }
    return undefined;
  }
}

function readRange(source: ByteSource, offset: number, length: number, what: string): Uint8Array {
  if (length > MAX_SECTION_SIZE) throw new ElfError(`${what} would have ${length} bytes, more than any kernel's`);
  if (offset + length > source.size) throw new ElfError(`the file ends before the end of ${what}`);
  return source.read(offset, length);
}

function stringTable(bytes: Uint8Array, what: string): StringTable {
  return new StringTable(bytes, what, (reason) => new ElfError(reason));
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** An unsigned 64-bit field; one above 2^53 loses its low bits, but is beyond the end of any file either way. */
function u64(fields: DataView, at: number): number {
  return fields.getUint32(at + 4, true) * 2 ** 32 + fields.getUint32(at, true);
}

function align4(size: number): number {
  return Math.ceil(size / 4) * 4;
}
