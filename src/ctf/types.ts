/** What a C type is, as CTF tells it. Types refer to each other by id, so that none is read before it is asked for (ctf(5)). */

/** A type's number, from 1 in the order of the file; 0 is void. */
export type CtfTypeId = number;

interface Described {
  readonly id: CtfTypeId;
  /** The tag or typedef name; empty for an anonymous type. */
  readonly name: string;
}

export interface CtfVoid extends Described {
  readonly kind: 'void';
}

export interface CtfInteger extends Described {
  readonly kind: 'integer';
  readonly signed: boolean;
  /** Bits that hold the value; fewer than `8 * size` in a bit field's type. */
  readonly bits: number;
  /** Bits between the start of the storage and the value. */
  readonly bitOffset: number;
  /** Bytes of storage. */
  readonly size: number;
}

export interface CtfFloat extends Described {
  readonly kind: 'float';
  readonly bits: number;
  /** Bytes. */
  readonly size: number;
}

export interface CtfPointer extends Described {
  readonly kind: 'pointer';
  readonly target: CtfTypeId;
}

export interface CtfArray extends Described {
  readonly kind: 'array';
  readonly element: CtfTypeId;
  /** 0 for a flexible array. */
  readonly count: number;
}

export interface CtfFunction extends Described {
  readonly kind: 'function';
  readonly returns: CtfTypeId;
}

export interface CtfStruct extends Described {
  readonly kind: 'struct' | 'union';
  /** Bytes. */
  readonly size: number;
  readonly memberCount: number;
}

export interface CtfEnum extends Described {
  readonly kind: 'enum';
  /** Bytes. */
  readonly size: number;
  readonly values: readonly { readonly name: string; readonly value: number }[];
}

/** A struct, union or enum that is declared, but not defined where it was used. */
export interface CtfForward extends Described {
  readonly kind: 'forward';
}

/** Another name for a type, or a qualified one. */
export interface CtfAlias extends Described {
  readonly kind: 'typedef' | 'volatile' | 'const' | 'restrict';
  readonly target: CtfTypeId;
}

export type CtfType =
  CtfVoid | CtfInteger | CtfFloat | CtfPointer | CtfArray | CtfFunction | CtfStruct | CtfEnum | CtfForward | CtfAlias;

/** A member as the file has it. */
export interface CtfRawMember {
  /** Empty for an anonymous struct or union. */
  readonly name: string;
  readonly type: CtfTypeId;
  /** From the start of the struct, in bits. */
  readonly bitOffset: number;
}

/** A data symbol whose type is known. */
export interface CtfObject {
  readonly name: string;
  readonly type: CtfTypeId;
  /** The symbol's value: its address in a kernel's file. */
  readonly value: bigint;
  /** The symbol's size in bytes; 0 where the symbol table does not say. */
  readonly size: number;
}

/** What can be asked of the types of one file. Every look-up throws CtfError for what is damaged; CtfFile says what each one gives. */
export interface CtfTypes {
  type(id: CtfTypeId): CtfType;
  resolve(type: CtfType | CtfTypeId): CtfType;
  sizeOf(type: CtfType | CtfTypeId): number | undefined;
  innermost(type: CtfType | CtfTypeId): CtfType;
  rawMembers(struct: CtfStruct): Generator<CtfRawMember>;
}

/** The types of a kernel or a module, by the tags of structs and the names of data symbols. Its look-ups, too, throw CtfError. */
export interface ObjectTypes extends CtfTypes {
  findStruct(tag: string): CtfStruct | undefined;
  typeOfObject(name: string): CtfType | undefined;
}

export function isStruct(type: CtfType): type is CtfStruct {
  return type.kind === 'struct' || type.kind === 'union';
}

export function isAlias(type: CtfType): type is CtfAlias {
  return type.kind === 'typedef' || type.kind === 'volatile' || type.kind === 'const' || type.kind === 'restrict';
}
