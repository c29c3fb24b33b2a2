/**
 * Writes CTF of version 2 or 3, the type information that the simulated kernel's file carries (ctf(5), <sys/ctf.h>). Types are described as
 * data and refer to each other by id, the place in the order of add() counted from 1, so a type may be used before it is described.
 */
import { deflateSync } from 'node:zlib';
import { StringTableWriter } from './stringTableWriter.js';

/** A type's number, from 1; 0 is void. */
export type TypeId = number;

export interface MemberDescription {
  /** Empty for an anonymous struct or union. */
  readonly name: string;
  readonly type: TypeId;
  /** From the start of the struct. */
  readonly bitOffset: number;
}

/** One C type. Sizes are in bytes. */
export type TypeDescription =
  | {
      readonly kind: 'integer';
      readonly name: string;
      readonly bits: number;
      readonly signed?: boolean;
      /** Of the storage, where it is more than the bits need, as for a bit field. */
      readonly size?: number;
    }
  | { readonly kind: 'float'; readonly name: string; readonly bits: number }
  | { readonly kind: 'pointer'; readonly target: TypeId }
  | { readonly kind: 'array'; readonly element: TypeId; readonly count: number; readonly index: TypeId }
  | {
      readonly kind: 'function';
      readonly returns: TypeId;
      readonly parameters: readonly TypeId[];
    }
  | {
      readonly kind: 'struct' | 'union';
      readonly name: string;
      readonly size: number;
      readonly members: readonly MemberDescription[];
    }
  | {
      readonly kind: 'enum';
      readonly name: string;
      readonly values: readonly { readonly name: string; readonly value: number }[];
    }
  | { readonly kind: 'forward'; readonly name: string }
  | { readonly kind: 'typedef'; readonly name: string; readonly target: TypeId }
  | { readonly kind: 'volatile' | 'const' | 'restrict'; readonly target: TypeId };

export interface CtfOptions {
  readonly version: 2 | 3;
  readonly compressed: boolean;
  /** The types of the data symbols, in the order of `.symtab`: see dataObjectTypes() of elfWriter.ts. */
  readonly objects: readonly TypeId[];
}

/** `CTF_K_*` of <sys/ctf.h>. */
const kindNumbers = {
  integer: 1,
  float: 2,
  pointer: 3,
  array: 4,
  function: 5,
  struct: 6,
  union: 7,
  enum: 8,
  forward: 9,
  typedef: 10,
  volatile: 11,
  const: 12,
  restrict: 13,
} as const;

const INTEGER_SIGNED = 1;
/** `CTF_FP_SINGLE`, `CTF_FP_DOUBLE`, `CTF_FP_LDOUBLE`, by bits. */
const floatEncodings: Readonly<Record<number, number>> = { 32: 1, 64: 2, 80: 6, 128: 6 };

/** Where the versions differ (`CTF_V2_*`, `CTF_V3_*`). Structs of `largeStruct` bytes and more have members of the large form. */
const formats = {
  2: {
    wide: false,
    kindShift: 11,
    rootBit: 1 << 10,
    maxLength: 0x3ff,
    largeSize: 0xffff,
    largeStruct: 1 << 13,
    maxId: 0x7fff,
  },
  3: {
    wide: true,
    kindShift: 26,
    rootBit: 1 << 25,
    maxLength: 0xffffff,
    largeSize: 0xffffffff,
    largeStruct: 1 << 29,
    maxId: 0x7fffffff,
  },
} as const;

export class CtfWriter {
  private readonly types: TypeDescription[] = [];

  /** Adds a type and gives its id. */
  add(type: TypeDescription): TypeId {
    return this.types.push(type);
  }

  /** Describes a type anew, such as a struct that was added as a forward because it points to itself. */
  replace(id: TypeId, type: TypeDescription): void {
    if (id < 1 || id > this.types.length) throw new RangeError(`there is no type ${id}`);
    this.types[id - 1] = type;
  }

  /** The contents of `.SUNW_ctf`. Throws a RangeError where a type does not fit the version. */
  bytes(options: CtfOptions): Buffer {
    const strings = new StringTableWriter();
    const types = new TypeSection(options.version, strings);
    const objects = new Bytes();
    for (const id of options.objects) types.writeId(objects, id);
    objects.align(4);
    for (const type of this.types) types.write(type);

    const body = Buffer.concat([objects.done(), types.done(), strings.done()]);
    const header = Buffer.alloc(36);
    const stringStart = body.length - strings.length;
    header.writeUInt16LE(0xcff1, 0);
    header.writeUInt8(options.version, 2);
    header.writeUInt8(options.compressed ? 1 : 0, 3);
    // No parent and no labels; no function has its type recorded, as nobody asks for one.
    header.writeUInt32LE(objects.length, 20);
    header.writeUInt32LE(objects.length, 24);
    header.writeUInt32LE(stringStart, 28);
    header.writeUInt32LE(strings.length, 32);
    return Buffer.concat([header, options.compressed ? deflateSync(body) : body]);
  }
}

class TypeSection {
  private readonly out = new Bytes();
  private readonly format;

  constructor(
    version: 2 | 3,
    private readonly strings: StringTableWriter,
  ) {
    this.format = formats[version];
  }

  done(): Buffer {
    return this.out.done();
  }

  write(type: TypeDescription): void {
    switch (type.kind) {
      case 'integer': {
        this.sized(type, type.size ?? Math.ceil(type.bits / 8), 0);
        this.out.u32((type.signed === true ? INTEGER_SIGNED << 24 : 0) + type.bits);
        break;
      }
      case 'float':
        this.sized(type, type.bits === 80 ? 16 : type.bits / 8, 0);
        this.out.u32(((floatEncodings[type.bits] ?? 0) << 24) + type.bits);
        break;
      case 'array':
        this.sized(type, 0, 0);
        this.writeId(this.out, type.element);
        this.writeId(this.out, type.index);
        this.out.u32(type.count);
        break;
      case 'function':
        this.referring(type, type.returns, type.parameters.length);
        for (const parameter of type.parameters) this.writeId(this.out, parameter);
        this.out.align(4);
        break;
      case 'struct':
      case 'union':
        this.sized(type, type.size, type.members.length);
        for (const member of type.members) this.member(member, type.size >= this.format.largeStruct);
        break;
      case 'enum':
        this.sized(type, 4, type.values.length);
        for (const { name, value } of type.values) {
          this.out.u32(this.strings.offset(name));
          this.out.u32(value >>> 0);
        }
        break;
      case 'forward':
        this.referring(type, 0, 0);
        break;
      case 'pointer':
      case 'typedef':
      case 'volatile':
      case 'const':
      case 'restrict':
        this.referring(type, type.target, 0);
        break;
    }
  }

  writeId(out: Bytes, id: TypeId): void {
    if (id > this.format.maxId) throw new RangeError(`type ${id} does not fit this version of CTF`);
    this.word(out, id);
  }

  private member(member: MemberDescription, isLarge: boolean): void {
    this.out.u32(this.strings.offset(member.name));
    this.writeId(this.out, member.type);
    if (isLarge) {
      this.out.align(4);
      this.out.u32(Math.floor(member.bitOffset / 2 ** 32));
      this.out.u32(member.bitOffset % 2 ** 32);
    } else {
      this.word(this.out, member.bitOffset);
    }
  }

  private sized(type: TypeDescription, size: number, length: number): void {
    this.head(type, length);
    const isLarge = size >= this.format.largeSize;
    this.word(this.out, isLarge ? this.format.largeSize : size);
    if (!isLarge) return;
    this.out.u32(Math.floor(size / 2 ** 32));
    this.out.u32(size % 2 ** 32);
  }

  private referring(type: TypeDescription, target: TypeId, length: number): void {
    this.head(type, length);
    this.writeId(this.out, target);
  }

  private head(type: TypeDescription, length: number): void {
    if (length > this.format.maxLength) throw new RangeError(`${length} members do not fit this version of CTF`);
    this.out.u32(this.strings.offset('name' in type ? type.name : ''));
    const { kindShift, rootBit } = this.format;
    this.word(this.out, ((kindNumbers[type.kind] << kindShift) | rootBit | length) >>> 0);
  }

  private word(out: Bytes, value: number): void {
    if (this.format.wide) out.u32(value);
    else out.u16(value);
  }
}

/** Little-endian bytes that grow. */
class Bytes {
  length = 0;
  private buffer = Buffer.alloc(4096);

  u16(value: number): void {
    this.length = this.room(2).writeUInt16LE(value, this.length);
  }

  u32(value: number): void {
    this.length = this.room(4).writeUInt32LE(value, this.length);
  }

  align(size: number): void {
    while (this.length % size !== 0) this.u16(0);
  }

  done(): Buffer {
    return this.buffer.subarray(0, this.length);
  }

  private room(size: number): Buffer {
    if (this.length + size > this.buffer.length)
      this.buffer = Buffer.concat([this.buffer, Buffer.alloc(this.buffer.length)]);
    return this.buffer;
  }
}
