/** The symbols of a kernel or a module, by its ELF symbol table: in its file, or as the kernel keeps it in memory. */
import { SHN_UNDEF, type ElfSymbols } from '../../ctf/elfSymbols.js';
import { ElfError } from '../../ctf/errors.js';
import { NameIndex } from '../../ctf/nameIndex.js';
import { nameBytes } from '../../ctf/stringTable.js';
import { KvmError } from '../errors.js';
import type { RawSymbol, SymbolTable } from '../symbols.js';

/** `STT_SECTION` and `STT_FILE` of <sys/elf_common.h>: marks that stand for no object. */
const MARKS: ReadonlySet<number> = new Set([3, 4]);

export class FileSymbols implements SymbolTable {
  private index: NameIndex | undefined;

  /** @param moved what is added to a symbol's value to have its address */
  constructor(
    private readonly symbols: ElfSymbols,
    private readonly moved: bigint,
  ) {}

  /** A global one before a static one, of which the first in the table: the order that the kernel's own look-up has. */
  symbol(name: string): RawSymbol | undefined {
    const { symbols } = this;
    try {
      const bytes = nameBytes(name);
      this.index ??= this.makeIndex();
      let found: number | undefined;
      for (const symbol of this.index.candidates(bytes)) {
        if (!symbols.names.matches(symbols.nameOffset(symbol), bytes)) continue;
        if (symbols.section(symbol) === SHN_UNDEF || MARKS.has(symbols.type(symbol))) continue;
        if (found === undefined || (symbols.isGlobal(symbol) && !symbols.isGlobal(found))) found = symbol;
      }
      if (found === undefined) return undefined;
      return { value: BigInt.asUintN(64, symbols.value(found) + this.moved), size: symbols.size(found) };
    } catch (error) {
      if (error instanceof ElfError) throw new KvmError('vmcore', error.message);
      throw error;
    }
  }

  private makeIndex(): NameIndex {
    const { symbols } = this;
    const index = new NameIndex(symbols.count);
    // Those of one name are found in the opposite order.
    for (let symbol = symbols.count - 1; symbol > 0; symbol--) {
      index.add(symbol, symbols.names.hash(symbols.nameOffset(symbol)));
    }
    return index;
  }
}
