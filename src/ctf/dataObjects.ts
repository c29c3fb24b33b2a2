/**
 * Which data symbol has which type. CTF keeps only ids, in the order of `.symtab`; which symbols have one is a rule that the writer and
 * the reader share (ctf(5)), so the symbols are walked along with the ids.
 */
import { SHN_ABS, SHN_UNDEF, STT_OBJECT, type ElfSymbols } from './elfSymbols.js';
import { NameIndex } from './nameIndex.js';
import { nameBytes } from './stringTable.js';
import type { CtfObject, CtfTypeId } from './types.js';
import type { TypeTable } from './typeTable.js';

/** Marks of a linker that are no objects. */
const START = nameBytes('_START_');
const END = nameBytes('_END_');

export class DataObjects {
  /** How many data symbols have a type. */
  readonly count: number;
  private readonly symbolOf: Uint32Array;
  private readonly typeOf: Uint32Array;
  private index: NameIndex | undefined;

  constructor(
    types: TypeTable,
    private readonly symbols: ElfSymbols,
  ) {
    const ids = types.objectCount;
    const limit = Math.min(ids, symbols.count);
    this.symbolOf = new Uint32Array(limit);
    this.typeOf = new Uint32Array(limit);
    let cursor = 0;
    let count = 0;
    for (let symbol = 0; symbol < symbols.count && cursor < ids; symbol++) {
      if (!hasTypeEntry(symbols, symbol)) continue;
      const type = types.objectType(cursor++);
      if (type === 0) continue;
      this.symbolOf[count] = symbol;
      this.typeOf[count] = type;
      count++;
    }
    this.count = count;
  }

  /** The objects of that name; static ones of different files can share it. */
  *find(name: string): Generator<CtfObject> {
    const bytes = nameBytes(name);
    this.index ??= this.makeIndex();
    for (const entry of this.index.candidates(bytes)) {
      if (this.symbols.names.matches(this.nameOffset(entry), bytes)) yield this.at(entry);
    }
  }

  /** All of them, in the order of `.symtab`. */
  *all(): Generator<CtfObject> {
    for (let entry = 0; entry < this.count; entry++) yield this.at(entry);
  }

  private at(entry: number): CtfObject {
    const symbol = this.symbolOf[entry]!;
    const type: CtfTypeId = this.typeOf[entry]!;
    return {
      name: this.symbols.name(symbol),
      type,
      value: this.symbols.value(symbol),
      size: this.symbols.size(symbol),
    };
  }

  private makeIndex(): NameIndex {
    const index = new NameIndex(this.count);
    for (let entry = this.count - 1; entry >= 0; entry--) {
      index.add(entry, this.symbols.names.hash(this.nameOffset(entry)));
    }
    return index;
  }

  private nameOffset(entry: number): number {
    return this.symbols.nameOffset(this.symbolOf[entry]!);
  }
}

function hasTypeEntry(symbols: ElfSymbols, symbol: number): boolean {
  if (symbols.type(symbol) !== STT_OBJECT) return false;
  const section = symbols.section(symbol);
  if (section === SHN_UNDEF || (section === SHN_ABS && symbols.value(symbol) === 0n)) return false;
  const name = symbols.nameOffset(symbol);
  return name !== 0 && !symbols.names.matches(name, START) && !symbols.names.matches(name, END);
}
