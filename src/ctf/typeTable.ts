/**
 * The type records of a CTF container. They have no fixed length, so one pass notes where each starts; nothing else is kept, and a record
 * is read when its type is asked for (`struct ctf_stype_v2`, `_v3` and what follows them, <sys/ctf.h>).
 */
import type { CtfContainer } from './container.js';
import { ENUM_VALUE, formats, K, LARGE_MEMBER, type CtfFormat } from './ctfFormat.js';
import { CtfError } from './errors.js';
import type { CtfRawMember, CtfType, CtfTypeId } from './types.js';

/** `CTF_INT_SIGNED`. */
const INTEGER_IS_SIGNED = 1;
/** A kernel's largest struct or enum has under 2,000 members; more would only cost memory. */
const MAX_MEMBERS = 65_536;

export class TypeTable {
  /** Ids run from 1 to this. */
  readonly count: number;
  private readonly format: CtfFormat;
  private readonly body: DataView;
  /** `id - 1` → where its record starts in the body. */
  private readonly offsets: Uint32Array;

  /** Throws CtfError where a record is of an unknown kind or is cut short. */
  constructor(private readonly container: CtfContainer) {
    this.format = formats[container.version];
    this.body = container.body;
    this.offsets = this.walkRecords();
    this.count = this.offsets.length;
    if (this.count >= this.format.firstChild) {
      throw new CtfError(`${this.count} types are more than this version of CTF can have`);
    }
  }

  /** The kind of a type, as its record has it (`CTF_K_*`). */
  private kind(at: number): number {
    return this.info(at) >>> this.format.kindShift;
  }

  /** Calls `visit` with the id and the name reference of every struct and union that has a name, the last one first. */
  eachStruct(visit: (id: CtfTypeId, reference: number) => void): void {
    for (let id = this.count; id > 0; id--) {
      const at = this.offsets[id - 1]!;
      const reference = this.body.getUint32(at, true);
      if (reference === 0) continue;
      const kind = this.kind(at);
      if (kind === K.struct || kind === K.union) visit(id, reference);
    }
  }

  /** A reference to a name: bit 31 chooses the ELF string table over the container's own, the rest is the offset. */
  nameReference(id: CtfTypeId): number {
    return this.body.getUint32(this.start(id), true);
  }

  /** Reads the record of `id`. Throws CtfError for an id that the container does not have. */
  describe(id: CtfTypeId, nameOf: (reference: number) => string): CtfType {
    if (id === 0) return { kind: 'void', id, name: 'void' };
    const at = this.start(id);
    const name = nameOf(this.body.getUint32(at, true));
    const data = this.dataStart(at);
    switch (this.kind(at)) {
      case K.integer: {
        const encoding = this.body.getUint32(data, true);
        const bits = encoding & 0xffff;
        // The compiler's void is an integer of no bits.
        if (bits === 0) return { kind: 'void', id, name };
        const signed = ((encoding >>> 24) & INTEGER_IS_SIGNED) !== 0;
        return { kind: 'integer', id, name, signed, bits, bitOffset: (encoding >>> 16) & 0xff, size: this.size(at) };
      }
      case K.float:
        return { kind: 'float', id, name, bits: this.body.getUint32(data, true) & 0xffff, size: this.size(at) };
      case K.pointer:
        return { kind: 'pointer', id, name, target: this.target(at) };
      case K.array: {
        const count = this.body.getUint32(data + 2 * this.format.id, true);
        return { kind: 'array', id, name, element: this.wordAt(data), count };
      }
      case K.function:
        return { kind: 'function', id, name, returns: this.target(at) };
      case K.struct:
        return { kind: 'struct', id, name, size: this.size(at), memberCount: this.length(at) };
      case K.union:
        return { kind: 'union', id, name, size: this.size(at), memberCount: this.length(at) };
      case K.enum:
        return { kind: 'enum', id, name, size: this.size(at), values: this.enumValues(at, nameOf) };
      case K.forward:
        return { kind: 'forward', id, name };
      case K.typedef:
        return { kind: 'typedef', id, name, target: this.target(at) };
      case K.volatile:
        return { kind: 'volatile', id, name, target: this.target(at) };
      case K.const:
        return { kind: 'const', id, name, target: this.target(at) };
      case K.restrict:
        return { kind: 'restrict', id, name, target: this.target(at) };
      default:
        throw new CtfError(`type ${id} is of no kind`);
    }
  }

  /** The members of the struct or union `id`, in the order of the file. */
  *members(id: CtfTypeId, nameOf: (reference: number) => string): Generator<CtfRawMember> {
    const at = this.start(id);
    const count = this.memberCount(at);
    const isLarge = this.size(at) >= this.format.largeStruct;
    let member = this.dataStart(at);
    for (let i = 0; i < count; i++) {
      yield {
        name: nameOf(this.body.getUint32(member, true)),
        type: this.wordAt(member + 4),
        bitOffset: isLarge ? this.u64(member + 8) : this.wordAt(member + 4 + this.format.id),
      };
      member += isLarge ? LARGE_MEMBER : this.format.member;
    }
  }

  /** The id that the table of data objects has at `index`; 0 is no type. */
  objectType(index: number): CtfTypeId {
    return this.wordAt(this.container.objects.start + index * this.format.id);
  }

  /** How many ids the table of data objects has. */
  get objectCount(): number {
    const { start, end } = this.container.objects;
    return Math.floor((end - start) / this.format.id);
  }

  private enumValues(at: number, nameOf: (reference: number) => string): { name: string; value: number }[] {
    const data = this.dataStart(at);
    return Array.from({ length: this.memberCount(at) }, (_, i) => ({
      name: nameOf(this.body.getUint32(data + i * ENUM_VALUE, true)),
      value: this.body.getInt32(data + i * ENUM_VALUE + 4, true),
    }));
  }

  /** One pass over all records. It is most of what opening a file costs, so it reads each field once and calls nothing else. */
  private walkRecords(): Uint32Array {
    const { body, format } = this;
    const { start, end } = this.container.types;
    const isWide = format.id === 4;
    const offsets = new Uint32Array(Math.floor((end - start) / format.record));
    let count = 0;
    for (let at = start; at < end;) {
      offsets[count++] = at;
      let next = at + format.record;
      if (next > end) throw new CtfError(`type ${count} is cut short`);
      const info = isWide ? body.getUint32(at + 4, true) : body.getUint16(at + 4, true);
      const sizeField = isWide ? body.getUint32(at + 8, true) : body.getUint16(at + 6, true);
      if (sizeField === format.largeSize) next += 8;
      const length = info & format.countMask;
      switch (info >>> format.kindShift) {
        case K.integer:
        case K.float:
          next += 4;
          break;
        case K.array:
          next += format.array;
          break;
        case K.function:
          next += Math.ceil((length * format.id) / 4) * 4;
          break;
        case K.struct:
        case K.union:
          // The size is of two words only where those are within the types.
          next += next <= end && this.size(at) >= format.largeStruct ? length * LARGE_MEMBER : length * format.member;
          break;
        case K.enum:
          next += length * ENUM_VALUE;
          break;
        case K.unknown:
        case K.pointer:
        case K.forward:
        case K.typedef:
        case K.volatile:
        case K.const:
        case K.restrict:
          break;
        default:
          throw new CtfError(`type ${count} is of an unknown kind, ${info >>> format.kindShift}`);
      }
      if (next > end) throw new CtfError(`type ${count} is cut short`);
      at = next;
    }
    return offsets.slice(0, count);
  }

  private start(id: CtfTypeId): number {
    if (id >= this.format.firstChild)
      throw new CtfError(`type ${id} is in another, child container, which is not read`);
    const at = this.offsets[id - 1];
    if (at === undefined) throw new CtfError(`there is no type ${id}; the types are 1 to ${this.count}`);
    return at;
  }

  private info(at: number): number {
    return this.wordAt(at + 4);
  }

  /** The number of members, values or arguments. */
  private length(at: number): number {
    return this.info(at) & this.format.countMask;
  }

  private memberCount(at: number): number {
    const count = this.length(at);
    if (count > MAX_MEMBERS) throw new CtfError(`a type with ${count} members is larger than any kernel's`);
    return count;
  }

  private dataStart(at: number): number {
    return at + this.format.record + (this.hasLargeSize(at) ? 8 : 0);
  }

  private hasLargeSize(at: number): boolean {
    return this.wordAt(at + 4 + this.format.id) === this.format.largeSize;
  }

  private size(at: number): number {
    return this.hasLargeSize(at) ? this.u64(at + this.format.record) : this.wordAt(at + 4 + this.format.id);
  }

  private target(at: number): CtfTypeId {
    return this.wordAt(at + 4 + this.format.id);
  }

  /** A field as wide as a type id. */
  private wordAt(at: number): number {
    return this.format.id === 2 ? this.body.getUint16(at, true) : this.body.getUint32(at, true);
  }

  /** Two words, the high one first; refused where a number would lose low bits. */
  private u64(at: number): number {
    const value = this.body.getUint32(at, true) * 2 ** 32 + this.body.getUint32(at + 4, true);
    if (!Number.isSafeInteger(value)) throw new CtfError(`${value} is beyond any size in a kernel`);
    return value;
  }
}
