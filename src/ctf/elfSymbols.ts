/** An ELF64 symbol table, little-endian, read in place (`Elf64_Sym` of <sys/elf64.h>): a kernel has 100,000 symbols. */
import { ElfError } from './errors.js';
import type { StringTable } from './stringTable.js';

/** `Elf64_Sym`: st_name@0, st_info@4, st_other@5, st_shndx@6, st_value@8, st_size@16. */
const SYMBOL_SIZE = 24;

/** `STT_OBJECT` of <sys/elf_common.h>: a data object. */
export const STT_OBJECT = 1;
/** `STB_GLOBAL`: one name in all files that are linked together. */
const STB_GLOBAL = 1;
/** `SHN_UNDEF`: the symbol is defined elsewhere. */
export const SHN_UNDEF = 0;
/** `SHN_ABS`: the symbol's value is not an address in any section. */
export const SHN_ABS = 0xfff1;

export class ElfSymbols {
  readonly count: number;
  private readonly fields: DataView;

  constructor(
    bytes: Uint8Array,
    entrySize: number,
    readonly names: StringTable,
  ) {
    if (entrySize !== SYMBOL_SIZE) throw new ElfError(`the symbols have ${entrySize} bytes, not ${SYMBOL_SIZE}`);
    if (bytes.length % SYMBOL_SIZE !== 0) throw new ElfError('the symbol table ends within a symbol');
    this.fields = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.count = bytes.length / SYMBOL_SIZE;
  }

  /** The table itself. */
  get bytes(): Uint8Array {
    const { buffer, byteOffset, byteLength } = this.fields;
    return new Uint8Array(buffer, byteOffset, byteLength);
  }

  /** Where the name starts in `names`; 0 is no name. */
  nameOffset(symbol: number): number {
    return this.fields.getUint32(symbol * SYMBOL_SIZE, true);
  }

  name(symbol: number): string {
    return this.names.text(this.nameOffset(symbol));
  }

  /** `ELF64_ST_TYPE(st_info)`. */
  type(symbol: number): number {
    return this.fields.getUint8(symbol * SYMBOL_SIZE + 4) & 0xf;
  }

  /** True where `ELF64_ST_BIND(st_info)` is `STB_GLOBAL`. */
  isGlobal(symbol: number): boolean {
    return this.fields.getUint8(symbol * SYMBOL_SIZE + 4) >> 4 === STB_GLOBAL;
  }

  /** `st_shndx`. */
  section(symbol: number): number {
    return this.fields.getUint16(symbol * SYMBOL_SIZE + 6, true);
  }

  /** The address in a kernel; the offset in its section in a module of a relocatable kind. */
  value(symbol: number): bigint {
    return this.fields.getBigUint64(symbol * SYMBOL_SIZE + 8, true);
  }

  /** Bytes; 0 where the symbol table does not say. */
  size(symbol: number): number {
    return Number(this.fields.getBigUint64(symbol * SYMBOL_SIZE + 16, true));
  }
}
