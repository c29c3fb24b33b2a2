/**
 * What a symbol's C type makes of it: one value, an array, or a struct with members that can be published. Everything is told in bytes from
 * the symbol's address (counters) or from the start of a CPU's copy (zpcpu and DPCPU).
 */
import type { Label } from '../config/model.js';
import { valueFormats, type ValueFormat } from '../config/valueFormats.js';
import { leaves, type CtfField } from '../ctf/members.js';
import { typeText } from '../ctf/typeText.js';
import { isAlias, isStruct, type CtfStruct, type CtfType, type ObjectTypes } from '../ctf/types.js';
import { WORD_BYTES } from '../kernel/address.js';
import type { InterruptsPlan } from './lists/interruptsPlan.js';
import type { ListPlan } from './lists/listPlan.js';
import type { SocketPlan } from './sockets/socketPlan.js';

/** Formats of numbers: not of pointers. */
const integers = (Object.keys(valueFormats) as ValueFormat[]).filter((format) => format !== 'ptr');

/** A value, or an array of values of one kind. */
export interface ShapeMember {
  /** Of a member of an array's structs the path of that array. */
  readonly array?: string;
  /** `member`, or `member.inner` for a member of a struct in the struct; empty for the symbol itself. */
  readonly path: string;
  readonly offset: number;
  /** How one value is read; for counters where the metric's type decides, undefined. */
  readonly format: ValueFormat | undefined;
  /** Elements of an array, of any dimensions, row by row; undefined for a single value. */
  readonly count: number | undefined;
  /** Bytes from one element to the next. */
  readonly stride: number;
  /** Of a member of a list's elements which is no counter: how it is reached. */
  readonly access?: MemberAccess;
  /** Of an array: the labels of each element, where these are told. */
  readonly elementLabels?: readonly (readonly Label[])[];
  /** Bytes from where each value is to a plain word of 64 bits that is taken off its sum. */
  readonly minus?: number;
}

/** `itself`: it is a plain value of the element. `pointer`: it is in the zpcpu item that the pointer at `cell` leads to. */
export type MemberAccess =
  { readonly way: 'itself' } | { readonly way: 'pointer'; readonly cell: number; readonly itemSize: number };

/** A member that cannot be published, and why. */
export interface UnfitMember {
  readonly path: string;
  readonly why: string;
}

export type Shape =
  | {
      readonly kind: 'value';
      readonly member: ShapeMember;
      /** How the table is read whose interrupts have it. */
      readonly interrupts?: InterruptsPlan;
    }
  | {
      readonly kind: 'struct';
      /** Such as `struct tcpstat`. */
      readonly name: string;
      readonly size: number;
      readonly members: readonly ShapeMember[];
      readonly unfit: readonly UnfitMember[];
      /** How the list is walked whose elements these are. */
      readonly list?: ListPlan;
      /** How the sockets that listen are found that these are. */
      readonly sockets?: SocketPlan;
    };

export type StructShape = Extract<Shape, { kind: 'struct' }>;

/** The symbol's type does not fit what the config makes of it; the message says what it is. */
export class ShapeError extends Error {
  override readonly name = 'ShapeError';
}

/** The kernel's types do not tell what the symbol, or the struct that lays it out, is. */
export class UntoldError extends ShapeError {}

/** @throws UntoldError where the types have none of that name */
export function requireStruct(file: ObjectTypes, tag: string): CtfStruct {
  const struct = file.findStruct(tag);
  if (struct === undefined) throw new UntoldError(`the kernel's types have no struct ${tag}`);
  return struct;
}

/** What a symbol of the list `counters` is by its own type. Throws ShapeError where there is no counter_u64_t in it. */
export function counterShape(file: ObjectTypes, type: CtfType): Shape {
  const resolved = file.resolve(type);
  if (!isStruct(resolved)) {
    const member = counterMember(file, type, '', 0);
    if (member === undefined) throw new ShapeError(`its type is ${typeText(file, type)}, which is no counter_u64_t`);
    return { kind: 'value', member };
  }
  const members: ShapeMember[] = [];
  const unfit: UnfitMember[] = [];
  for (const field of leaves(file, resolved)) {
    const member = counterMember(file, field.type, field.path, field.offset);
    if (member !== undefined) members.push(member);
    else unfit.push({ path: field.path, why: `is ${typeText(file, field.type)}, not counter_u64_t` });
  }
  if (members.length === 0) {
    throw new ShapeError(
      `its type is ${typeText(file, type)}, which has no counter_u64_t: what it holds is not counted per CPU, and cannot be read as counters`,
    );
  }
  return { kind: 'struct', name: structName(resolved), size: resolved.size, members, unfit };
}

/**
 * What an array of counters is that `struct` lays out: its n-th counter counts the n-th 64-bit word of the struct (VNET_PCPUSTAT_DEFINE of
 * <net/vnet.h>).
 * @param symbolSize bytes of the symbol in the running kernel
 * @throws ShapeError where array, struct and symbol do not have the same size
 */
export function pcpustatShape(file: ObjectTypes, type: CtfType, struct: CtfStruct, symbolSize: number): Shape {
  const array = counterMember(file, type, '', 0);
  if (array?.count === undefined) {
    throw new ShapeError(
      `its type is ${typeText(file, type)}, not an array of counter_u64_t for ${structName(struct)} to lay out`,
    );
  }
  if (struct.size !== array.count * WORD_BYTES || symbolSize !== struct.size) {
    throw new ShapeError(
      `${structName(struct)} has ${struct.size / WORD_BYTES} words, the array ${array.count} counters, and the symbol ${symbolSize / WORD_BYTES} words; all three must be equal`,
    );
  }
  const members: ShapeMember[] = [];
  const unfit: UnfitMember[] = [];
  for (const field of leaves(file, struct)) {
    const { path, offset } = field;
    const value = integerMember(file, field);
    if (value?.stride === WORD_BYTES && offset % WORD_BYTES === 0)
      members.push({ path, offset, format: undefined, count: value.count, stride: WORD_BYTES });
    else unfit.push({ path, why: `is ${typeText(file, field.type)}, not a 64-bit word that stands for a counter` });
  }
  return { kind: 'struct', name: structName(struct), size: struct.size, members, unfit };
}

/** What an element of a list is: its counters, and its plain integers and pointers. */
export function elementShape(file: ObjectTypes, struct: CtfStruct): StructShape {
  const members: ShapeMember[] = [];
  const unfit: UnfitMember[] = [];
  for (const field of leaves(file, struct)) {
    const counter = counterMember(file, field.type, field.path, field.offset);
    if (counter !== undefined) {
      members.push(counter);
      continue;
    }
    for (const found of valueMembers(file, field)) {
      if ('why' in found) unfit.push(found);
      else members.push({ ...found, access: { way: 'itself' } });
    }
  }
  return { kind: 'struct', name: structName(struct), size: struct.size, members, unfit };
}

/** What a symbol of plain integers is. */
export function plainShape(file: ObjectTypes, type: CtfType): Shape {
  const shape = itemShape(file, type);
  const access = { way: 'itself' } as const;
  if (shape.kind === 'value') return { ...shape, member: { ...shape.member, access } };
  return { ...shape, members: shape.members.map((member) => ({ ...member, access })) };
}

/** A field's integers and pointers, or why it has none. */
function valueMembers(file: ObjectTypes, field: CtfField): (ShapeMember | UnfitMember)[] {
  return structArrayMembers(file, field) ?? [integerMember(file, field) ?? unfitField(file, field)];
}

/** What a per-CPU item is that has this struct's type: its integers and pointers. */
export function itemShape(file: ObjectTypes, type: CtfType): Shape {
  const resolved = file.resolve(type);
  const size = file.sizeOf(resolved);
  if (!isStruct(resolved)) {
    const member =
      size === undefined ? undefined : integerMember(file, { path: '', type, offset: 0, size, bitField: undefined });
    if (member === undefined)
      throw new ShapeError(`its type is ${typeText(file, type)}, which is no integer, pointer or struct`);
    return { kind: 'value', member };
  }
  const members: ShapeMember[] = [];
  const unfit: UnfitMember[] = [];
  for (const field of leaves(file, resolved)) {
    for (const one of valueMembers(file, field)) {
      if ('why' in one) unfit.push(one);
      else members.push(one);
    }
  }
  return { kind: 'struct', name: structName(resolved), size: resolved.size, members, unfit };
}

/** The members of an array's structs, each an array of its own whose elements lie a struct apart; undefined for what is no such array. */
function structArrayMembers(file: ObjectTypes, field: CtfField): (ShapeMember | UnfitMember)[] | undefined {
  const { element, count } = elementOf(file, field.type);
  const struct = file.resolve(element);
  if (count === undefined || !isStruct(struct)) return undefined;
  return [...leaves(file, struct)].map((inner) => {
    const path = `${field.path}.${inner.path}`;
    const offset = field.offset + inner.offset;
    const member = integerMember(file, inner);
    if (member === undefined) return { ...unfitField(file, inner), path };
    if (member.count !== undefined) return { path, why: 'is an array in the structs of an array' };
    const size = member.stride;
    if (offset % size !== 0 || struct.size % size !== 0)
      return { path, why: `is not at a multiple of its size, ${size}` };
    return { path, array: field.path, offset, format: member.format, count, stride: struct.size };
  });
}

export function structName({ kind, name }: CtfStruct): string {
  return `${kind} ${name === '' ? 'without a name' : name}`;
}

/** A counter_u64_t, an array of them, or one of structs that hold nothing else (pf_counter_u64); undefined for anything else. */
function counterMember(file: ObjectTypes, type: CtfType, path: string, offset: number): ShapeMember | undefined {
  const { element, count } = elementOf(file, type);
  const struct = file.resolve(element);
  const [only, ...others] = isStruct(struct) && struct.size === WORD_BYTES ? leaves(file, struct) : [];
  const counter = only === undefined || others.length > 0 ? element : only.type;
  if (!isCounter(file, counter)) return undefined;
  return { path, offset, format: undefined, count, stride: WORD_BYTES };
}

/** An integer, an enum or a pointer, or an array of them; undefined for anything else, and for a bit field. */
function integerMember(file: ObjectTypes, { path, type, offset, bitField }: CtfField): ShapeMember | undefined {
  if (bitField !== undefined) return undefined;
  const { element, count } = elementOf(file, type);
  const resolved = file.resolve(element);
  const size = file.sizeOf(resolved);
  let format: ValueFormat | undefined;
  if (resolved.kind === 'pointer') format = 'ptr';
  else if (resolved.kind === 'enum') format = size === 4 ? 'i32' : undefined;
  else if (resolved.kind === 'integer') format = integerFormat(resolved.size, resolved.signed);
  if (format === undefined || size === undefined || offset % size !== 0) return undefined;
  return { path, offset, format, count, stride: size };
}

export function integerFormat(bytes: number, signed: boolean): ValueFormat | undefined {
  return integers.find((format) => valueFormats[format].bytes === bytes && valueFormats[format].signed === signed);
}

function unfitField(file: ObjectTypes, { path, type, bitField }: CtfField): UnfitMember {
  if (bitField !== undefined) return { path, why: `is a bit field of ${bitField.bits} bits` };
  return { path, why: `is ${typeText(file, type)}, neither an integer nor a pointer` };
}

/** The innermost element of an array and how many there are; the type itself and no count where it is no array. Typedefs of elements are kept. */
function elementOf(file: ObjectTypes, type: CtfType): { element: CtfType; count: number | undefined } {
  // Throws for an array of itself, which would have no innermost element.
  file.sizeOf(type);
  let element = type;
  let count: number | undefined;
  for (let resolved = file.resolve(element); resolved.kind === 'array'; resolved = file.resolve(element)) {
    count = (count ?? 1) * resolved.count;
    element = file.type(resolved.element);
  }
  return { element, count };
}

/** True for a counter(9) by its type: counter_u64_t, or a typedef of it. */
export function isCounter(file: ObjectTypes, type: CtfType): boolean {
  return isNamed(file, type, 'counter_u64_t');
}

/** True where `name` is among the typedefs that a type is made of. */
function isNamed(file: ObjectTypes, type: CtfType, name: string): boolean {
  for (let current = type; isAlias(current); current = file.type(current.target)) {
    if (current.kind === 'typedef' && current.name === name) return true;
  }
  return false;
}
