/**
 * The types of one kernel or module: looks types up by their names and by data symbols, and answers what every user of a type asks. Nothing
 * is read before it is asked for, so that a dozen look-ups among 33,000 types cost a dozen types.
 */
import { openContainer, type CtfContainer } from './container.js';
import { DataObjects } from './dataObjects.js';
import type { ElfSymbols } from './elfSymbols.js';
import { CtfError } from './errors.js';
import { layoutDigest } from './members.js';
import { NameIndex } from './nameIndex.js';
import { nameBytes, type StringTable } from './stringTable.js';
import { TypeTable } from './typeTable.js';
import { isAlias, isStruct, type CtfObject, type CtfRawMember, type CtfStruct, type CtfType } from './types.js';
import type { CtfTypeId, ObjectTypes } from './types.js';

/** Bytes of a pointer: only ELF64 files are read. */
const POINTER_SIZE = 8;
/** Typedefs of typedefs, qualifiers, arrays of arrays: kernels go ten deep; a longer chain is a cycle. */
const MAX_CHAIN = 64;
/** Types of one name whose layouts are compared. */
const MAX_COMPARED = 16;
/** From here on a name reference is an offset in the ELF string table; below, in the container's own. */
const ELF_NAME = 0x80000000;

export class CtfFile implements ObjectTypes {
  private readonly types: TypeTable;
  private readonly dataObjects: DataObjects | undefined;
  private names: NameIndex | undefined;
  private readonly definitions = new Map<string, CtfStruct | undefined>();

  private constructor(
    private readonly container: CtfContainer,
    private readonly symbols: ElfSymbols | undefined,
  ) {
    this.types = new TypeTable(container);
    if (symbols !== undefined) this.dataObjects = new DataObjects(this.types, symbols);
  }

  /**
   * @param ctf the contents of `.SUNW_ctf`
   * @param symbols the symbol table that its `sh_link` leads to; without it, no data symbol has a type
   * @throws CtfError or ElfError for anything damaged
   */
  static parse(ctf: Uint8Array, symbols?: ElfSymbols): CtfFile {
    return new CtfFile(openContainer(ctf), symbols);
  }

  get version(): 2 | 3 {
    return this.container.version;
  }

  /** How many data symbols have a type. */
  get objectCount(): number {
    return this.dataObjects?.count ?? 0;
  }

  /** Describes a type. Throws CtfError for an id that the file does not have. */
  type(id: CtfTypeId): CtfType {
    return this.types.describe(id, this.nameAt);
  }

  /**
   * What a type is behind its typedefs and qualifiers; a forward becomes the struct or union of its name, where the file has exactly one
   * such layout. Throws CtfError for a cycle.
   */
  resolve(type: CtfType | CtfTypeId): CtfType {
    let current = typeof type === 'number' ? this.type(type) : type;
    for (let step = 0; step < MAX_CHAIN; step++) {
      if (current.kind === 'forward') return this.definitionOf(current.name) ?? current;
      if (!isAlias(current)) return current;
      current = this.type(current.target);
    }
    throw new CtfError(`type ${current.id} is defined by itself`);
  }

  /** Bytes; undefined for what has no size: void, functions, and structs without a definition. Throws CtfError above 2^53. */
  sizeOf(type: CtfType | CtfTypeId): number | undefined {
    const { resolved, elements } = this.withoutArrays(type);
    const size = resolved.kind === 'pointer' ? POINTER_SIZE : 'size' in resolved ? resolved.size : undefined;
    if (size !== undefined && !Number.isSafeInteger(size * elements)) {
      throw new CtfError(`an array of ${elements} times ${size} bytes is larger than any kernel's`);
    }
    return size === undefined ? undefined : size * elements;
  }

  /** What resolve() gives, and for an array of any dimensions, what its elements are. */
  innermost(type: CtfType | CtfTypeId): CtfType {
    return this.withoutArrays(type).resolved;
  }

  /** The struct or union with that tag; undefined where there is none. Throws CtfError where there are several, laid out differently. */
  findStruct(tag: string): CtfStruct | undefined {
    return this.onlyOne(`struct ${tag}`, this.definitionsOf(tag));
  }

  /** Every struct and union with that tag: files of a kernel may have each their own. */
  structsOf(tag: string): readonly CtfStruct[] {
    return this.definitionsOf(tag);
  }

  /** The type of the data symbol of that name; undefined where it has none. Throws CtfError where several symbols of that name differ. */
  typeOfObject(name: string): CtfType | undefined {
    const found = [...(this.dataObjects?.find(name) ?? [])].map((object) => this.type(object.type));
    return this.onlyOne(`data symbol ${name}`, found);
  }

  /** Every data symbol that has a type, in the order of the symbol table; made one at a time. */
  *objects(): Generator<CtfObject> {
    if (this.dataObjects !== undefined) yield* this.dataObjects.all();
  }

  /** The members of a struct as the file has them; leaves() of members.ts sees into the structs among them. */
  rawMembers(struct: CtfStruct): Generator<CtfRawMember> {
    return this.types.members(struct.id, this.nameAt);
  }

  private readonly nameAt = (reference: number): string => {
    return this.tableOf(reference).text(reference % ELF_NAME);
  };

  /** The string table that a name reference leads to; the offset in there is the low 31 bits. */
  private tableOf(reference: number): StringTable {
    if (reference < ELF_NAME) return this.container.strings;
    if (this.symbols === undefined) throw new CtfError('a type has its name in the ELF strings, but there are none');
    return this.symbols.names;
  }

  private withoutArrays(type: CtfType | CtfTypeId): { resolved: CtfType; elements: number } {
    let elements = 1;
    let resolved = this.resolve(type);
    for (let depth = 0; resolved.kind === 'array'; depth++) {
      if (depth === MAX_CHAIN) throw new CtfError(`type ${resolved.id} is an array of itself`);
      elements *= resolved.count;
      resolved = this.resolve(resolved.element);
    }
    return { resolved, elements };
  }

  private makeIndex(): NameIndex {
    const index = new NameIndex(this.types.count);
    this.types.eachStruct((id, reference) => {
      index.add(id - 1, this.tableOf(reference).hash(reference % ELF_NAME));
    });
    return index;
  }

  /** The structs and unions of that name. */
  private definitionsOf(tag: string): CtfStruct[] {
    if (tag === '') return [];
    const bytes = nameBytes(tag);
    this.names ??= this.makeIndex();
    const found: CtfStruct[] = [];
    for (const entry of this.names.candidates(bytes)) {
      const reference = this.types.nameReference(entry + 1);
      if (!this.tableOf(reference).matches(reference % ELF_NAME, bytes)) continue;
      const type = this.type(entry + 1);
      // The index has structs and unions only.
      if (isStruct(type)) found.push(type);
    }
    return found;
  }

  private definitionOf(tag: string): CtfStruct | undefined {
    if (tag === '' || this.definitions.has(tag)) return this.definitions.get(tag);
    const found = this.definitionsOf(tag);
    // Marked first: comparing the layouts of two definitions may come by this very forward.
    this.definitions.set(tag, undefined);
    const definition = this.layouts(found) === 1 ? found[0] : undefined;
    this.definitions.set(tag, definition);
    return definition;
  }

  private onlyOne<T extends CtfType>(what: string, found: readonly T[]): T | undefined {
    const layouts = this.layouts(found);
    if (layouts > 1) throw new CtfError(`${what} is ambiguous: the file has ${layouts} that differ`);
    return found[0];
  }

  /** How many layouts the types have. Equal types were merged when the kernel was linked, so many of one name do differ. */
  private layouts(found: readonly CtfType[]): number {
    const ids = new Set(found.map((type) => type.id));
    if (ids.size < 2 || ids.size > MAX_COMPARED) return ids.size;
    return new Set(found.map((type) => layoutDigest(this, type))).size;
  }
}
