/**
 * Writes a small ELF64 little-endian file of what an exporter reads in a kernel's: `.symtab`, `.strtab`, `.SUNW_ctf` and
 * `.note.gnu.build-id` (elf(5), <sys/elf64.h>). Its sections of variables have room and no contents, and it has no code, so nothing can run it.
 */
import type { TypeId } from './ctfWriter.js';
import { StringTableWriter } from './stringTableWriter.js';

export interface SymbolDescription {
  readonly name: string;
  readonly value: bigint;
  /** Bytes. */
  readonly size: number;
  /** Left out for a data object. */
  readonly type?: 'function' | 'none';
  /** Left out for a symbol that is defined in a section. */
  readonly section?: 'undefined' | 'absolute' | 'set_vnet' | 'set_pcpu';
  /** True for a static one. */
  readonly local?: boolean;
  /** Of a data object: the id of its type; without it, the table of data objects says "no type". */
  readonly typeId?: TypeId;
}

export interface ElfDescription {
  readonly symbols: readonly SymbolDescription[];
  /** The contents of `.SUNW_ctf`. */
  readonly ctf?: Uint8Array;
  /** In hexadecimal. */
  readonly buildId?: string;
  /** `e_machine` of <sys/elf_common.h>: 62 is amd64, 183 is aarch64. */
  readonly machine: number;
  /** `e_type`: a kernel is executable; so is the file where nothing is said. */
  readonly type?: keyof typeof fileTypes;
}

const fileTypes = { relocatable: 1, executable: 2, shared: 3 } as const;

const SHT_PROGBITS = 1;
const SHT_SYMTAB = 2;
const SHT_STRTAB = 3;
const SHT_NOTE = 7;
const SHT_NOBITS = 8;
const SHF_WRITE_ALLOC = 3;
const SHN_ABS = 0xfff1;
/** Where variables are, by the number of the section. */
const DATA_SECTION = 1;
/** Those of a linker set, each of which is loaded apart from the other data. */
const VNET_SECTION = 2;
const PCPU_SECTION = 3;
const variableSections = [
  [DATA_SECTION, '.bss'],
  [VNET_SECTION, 'set_vnet'],
  [PCPU_SECTION, 'set_pcpu'],
] as const;
const sectionNumbers = { undefined: 0, absolute: SHN_ABS, set_vnet: VNET_SECTION, set_pcpu: PCPU_SECTION } as const;
const SYMBOL_TABLE = variableSections.length + 1;
const HEADER_SIZE = 64;

interface Section {
  readonly name: string;
  readonly type: number;
  readonly contents: Uint8Array;
  /** Of one without contents: where it is, and its bytes. */
  readonly address?: bigint;
  readonly room?: bigint;
  readonly link?: number;
  readonly info?: number;
  readonly entrySize?: number;
}

/**
 * The type ids of the data objects in the order in which writeElf() writes their symbols: what CtfWriter.bytes() takes as `objects`.
 * A data object is an STT_OBJECT with a name, defined, and not an absolute symbol of value 0 (ctf(5)).
 */
export function dataObjectTypes(symbols: readonly SymbolDescription[]): TypeId[] {
  return inFileOrder(symbols)
    .filter(({ name, type, section, value }) => {
      if (type !== undefined || section === 'undefined') return false;
      if (section === 'absolute' && value === 0n) return false;
      return name !== '' && name !== '_START_' && name !== '_END_';
    })
    .map((symbol) => symbol.typeId ?? 0);
}

/** The whole file. */
export function writeElf(description: ElfDescription): Buffer {
  const names = new StringTableWriter();
  const symbols = inFileOrder(description.symbols);
  const table = Buffer.alloc((symbols.length + 1) * 24);
  for (const [index, symbol] of symbols.entries())
    writeSymbol(table, (index + 1) * 24, symbol, names.offset(symbol.name));
  const firstGlobal = 1 + symbols.filter((symbol) => symbol.local === true).length;

  const sections: Section[] = [
    ...variableSections.map(([number, name]) =>
      variables(
        name,
        symbols.filter((symbol) => sectionOf(symbol) === number),
      ),
    ),
    { name: '.symtab', type: SHT_SYMTAB, contents: table, link: SYMBOL_TABLE + 1, info: firstGlobal, entrySize: 24 },
    { name: '.strtab', type: SHT_STRTAB, contents: names.done() },
  ];
  if (description.ctf !== undefined) {
    sections.push({ name: '.SUNW_ctf', type: SHT_PROGBITS, contents: description.ctf, link: SYMBOL_TABLE });
  }
  if (description.buildId !== undefined) {
    sections.push({ name: '.note.gnu.build-id', type: SHT_NOTE, contents: buildIdNote(description.buildId) });
  }
  return layOut(sections, description.machine, fileTypes[description.type ?? 'executable']);
}

function sectionOf({ section }: SymbolDescription): number {
  return section === undefined ? DATA_SECTION : sectionNumbers[section];
}

/** A section as large as its variables need. */
function variables(name: string, symbols: readonly SymbolDescription[]): Section {
  const own = symbols.filter(({ type }) => type === undefined);
  const start = own.reduce((least, { value }) => (value < least ? value : least), own[0]?.value ?? 0n);
  const end = own.reduce((most, { value, size }) => (value + BigInt(size) > most ? value + BigInt(size) : most), start);
  return { name, type: SHT_NOBITS, contents: new Uint8Array(), address: start, room: end - start };
}

/** Local symbols come first in every ELF symbol table. */
function inFileOrder(symbols: readonly SymbolDescription[]): SymbolDescription[] {
  return [...symbols.filter((symbol) => symbol.local === true), ...symbols.filter((symbol) => symbol.local !== true)];
}

function writeSymbol(table: Buffer, at: number, symbol: SymbolDescription, name: number): void {
  const binding = symbol.local === true ? 0 : 1;
  const type = symbol.type === undefined ? 1 : symbol.type === 'function' ? 2 : 0;
  table.writeUInt32LE(name, at);
  table.writeUInt8((binding << 4) | type, at + 4);
  table.writeUInt16LE(sectionOf(symbol), at + 6);
  table.writeBigUInt64LE(symbol.value, at + 8);
  table.writeBigUInt64LE(BigInt(symbol.size), at + 16);
}

/** An NT_GNU_BUILD_ID note. */
export function buildIdNote(buildId: string): Buffer {
  const id = Buffer.from(buildId, 'hex');
  const note = Buffer.alloc(16 + Math.ceil(id.length / 4) * 4);
  note.writeUInt32LE(4, 0);
  note.writeUInt32LE(id.length, 4);
  note.writeUInt32LE(3, 8);
  note.write('GNU\0', 12, 'latin1');
  id.copy(note, 16);
  return note;
}

function layOut(contents: readonly Section[], machine: number, fileType: number): Buffer {
  const names = new StringTableWriter();
  const named = [...contents, { name: '.shstrtab', type: SHT_STRTAB }].map((section) => ({
    ...section,
    nameOffset: names.offset(section.name),
  }));
  const sectionNames = names.done();

  const headers = Buffer.alloc((named.length + 1) * 64);
  const parts: Uint8Array[] = [];
  let end = HEADER_SIZE;
  for (const [index, section] of named.entries()) {
    const bytes = 'contents' in section ? section.contents : sectionNames;
    const at = (index + 1) * 64;
    headers.writeUInt32LE(section.nameOffset, at);
    headers.writeUInt32LE(section.type, at + 4);
    headers.writeBigUInt64LE(BigInt(end), at + 24);
    headers.writeBigUInt64LE(BigInt(bytes.length), at + 32);
    if ('contents' in section) {
      if (section.room !== undefined) {
        headers.writeBigUInt64LE(BigInt(SHF_WRITE_ALLOC), at + 8);
        headers.writeBigUInt64LE(section.address ?? 0n, at + 16);
        headers.writeBigUInt64LE(section.room, at + 32);
      }
      headers.writeUInt32LE(section.link ?? 0, at + 40);
      headers.writeUInt32LE(section.info ?? 0, at + 44);
      headers.writeBigUInt64LE(BigInt(section.entrySize ?? 0), at + 56);
    }
    headers.writeBigUInt64LE(8n, at + 48);
    const padding = (8 - (bytes.length % 8)) % 8;
    parts.push(bytes, Buffer.alloc(padding));
    end += bytes.length + padding;
  }

  const header = Buffer.alloc(HEADER_SIZE);
  header.write('\x7fELF', 'latin1');
  // 64-bit, little-endian, version 1, ABI of FreeBSD.
  header.set([2, 1, 1, 9], 4);
  header.writeUInt16LE(fileType, 0x10);
  header.writeUInt16LE(machine, 0x12);
  header.writeUInt32LE(1, 0x14);
  header.writeBigUInt64LE(BigInt(end), 0x28);
  header.writeUInt16LE(HEADER_SIZE, 0x34);
  header.writeUInt16LE(64, 0x3a);
  header.writeUInt16LE(named.length + 1, 0x3c);
  header.writeUInt16LE(named.length, 0x3e);
  return Buffer.concat([header, ...parts, headers]);
}
