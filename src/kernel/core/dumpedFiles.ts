/**
 * The files that a dumped kernel was made of, and their symbols. Those of modules, which libkvm does not know, are found as the kernel itself
 * keeps them: its list of files (struct linker_file of <sys/linker.h>) leads to the struct elf_file of each, and that to a copy of the file's
 * symbol table (kern/link_elf.c, kern/link_elf_obj.c).
 */
import { ElfSymbols } from '../../ctf/elfSymbols.js';
import { ElfError } from '../../ctf/errors.js';
import { StringTable } from '../../ctf/stringTable.js';
import { isObjectAddress, WORD_BYTES } from '../address.js';
import { KvmError } from '../errors.js';
import type { FileList, ListedFile } from '../linker/fileList.js';
import type { Memory } from '../memory.js';
import type { RawSymbol, SymbolTable } from '../symbols.js';
import { readText } from '../texts.js';
import { FileSymbols } from './fileSymbols.js';
import type { PlaceOf, Structs } from './structs.js';

/** `sizeof(Elf64_Sym)`. */
const SYMBOL_BYTES = 24;
/** Symbols of a module, and bytes of their names: zfs.ko, the largest, has 20,000 and 500 kB. */
const MAX_SYMBOLS = 1 << 20;
const MAX_NAMES = 32 << 20;

interface DumpedFile {
  readonly listed: ListedFile;
  /** Where it was loaded from; undefined where that cannot be read. */
  readonly path: string | undefined;
  /** What is wrong with them, where they cannot be read. */
  readonly symbols: SymbolTable | KvmError;
}

export class DumpedFiles {
  private readonly files: ReadonlyMap<number, DumpedFile>;

  /**
   * @param kernel the symbols of the kernel's own file, which is the first of the list
   * @param list walked by the kernel's types
   */
  constructor(
    private readonly kernel: SymbolTable,
    private readonly memory: Memory,
    private readonly structs: Structs,
    list: FileList,
    machineArch: string,
  ) {
    const listed = list.files() ?? [];
    // Modules are relocatable files on amd64, whose symbols have their addresses once they are loaded, and shared objects elsewhere.
    const isRelocatable = machineArch === 'amd64';
    this.files = new Map(listed.map((file, index) => [file.id, this.look(file, index === 0, isRelocatable, list)]));
  }

  /** The ids of the files, the kernel's own first. */
  get ids(): readonly number[] {
    return [...this.files.keys()];
  }

  /** Which load of a file it was. */
  loadOf(id: number): string | undefined {
    const file = this.files.get(id);
    return file === undefined ? undefined : String(file.listed.load);
  }

  pathOf(id: number): string | undefined {
    return this.files.get(id)?.path;
  }

  /** Throws KvmError where that file's symbols cannot be read. */
  symbolIn(id: number, name: string): RawSymbol | undefined {
    const file = this.files.get(id);
    if (file?.symbols instanceof KvmError) throw file.symbols;
    return file?.symbols.symbol(name);
  }

  /**
   * The symbol in the first file that has it, and that file's id.
   * @param otherwise where it may be in a file whose symbols cannot be read, the name that is meant if the kernel's own file has that
   * @throws KvmError where it may be in such a file, and is not meant otherwise
   */
  find(
    name: string,
    otherwise?: string,
  ): { readonly symbol: RawSymbol; readonly file: number | undefined } | undefined {
    const own = this.kernel.symbol(name);
    if (own !== undefined) return { symbol: own, file: undefined };
    let unread: KvmError | undefined;
    for (const [id, { symbols }] of this.files) {
      if (symbols instanceof KvmError) unread ??= symbols;
      else {
        const symbol = symbols.symbol(name);
        if (symbol !== undefined) return { symbol, file: id };
      }
    }
    if (unread !== undefined && (otherwise === undefined || this.kernel.symbol(otherwise) === undefined)) throw unread;
    return undefined;
  }

  private look(listed: ListedFile, isKernel: boolean, isRelocatable: boolean, list: FileList): DumpedFile {
    const file = this.structs.struct('linker_file');
    const path = readText(this.memory, list.word(listed, file('pathname', WORD_BYTES)))?.text;
    if (isKernel) return { listed, path, symbols: this.kernel };
    try {
      const place = this.structs.structWith('elf_file', 'progtab', isRelocatable);
      const moved = isRelocatable ? 0n : list.word(listed, file('address', WORD_BYTES));
      return { listed, path, symbols: new FileSymbols(this.table(listed, list, place), moved) };
    } catch (error) {
      if (!(error instanceof KvmError)) throw error;
      const name = path ?? `file ${listed.id}`;
      return {
        listed,
        path,
        symbols: new KvmError('vmcore', `the symbols of ${name} cannot be read: ${error.reason}`),
      };
    }
  }

  private table(listed: ListedFile, list: FileList, place: PlaceOf): ElfSymbols {
    const word = (member: string): bigint => list.word(listed, place(member, WORD_BYTES));
    const symbols = this.bytes(word('ddbsymtab'), word('ddbsymcnt') * BigInt(SYMBOL_BYTES), MAX_SYMBOLS * SYMBOL_BYTES);
    const names = this.bytes(word('ddbstrtab'), word('ddbstrcnt'), MAX_NAMES);
    try {
      return new ElfSymbols(symbols, SYMBOL_BYTES, new StringTable(names, 'its names', (why) => new ElfError(why)));
    } catch (error) {
      if (error instanceof ElfError) throw new KvmError('vmcore', error.message);
      throw error;
    }
  }

  private bytes(address: bigint, length: bigint, limit: number): Buffer {
    if (!isObjectAddress(address) || length <= 0n || length > BigInt(limit))
      throw new KvmError('vmcore', 'its struct elf_file leads to no symbol table');
    // Aligned for whoever reads words of it.
    const bytes = Buffer.from(new ArrayBuffer(Number(length)));
    this.memory.read(address, bytes);
    return bytes;
  }
}
