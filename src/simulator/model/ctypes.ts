/** C types as data: what the simulated kernel's memory is laid out by, and what its type information is made from. LP64. */

export interface IntType {
  readonly kind: 'int';
  readonly name: string;
  readonly size: 1 | 2 | 4 | 8;
  readonly signed: boolean;
  /** Bytes of the integer that it is declared as a bit field of. */
  readonly storage?: number;
}
export interface PointerType {
  readonly kind: 'pointer';
  readonly to: CType;
}
export interface ArrayType {
  readonly kind: 'array';
  readonly of: CType;
  readonly count: number;
}
export interface StructType {
  readonly kind: 'struct';
  readonly name: string;
  readonly members: readonly Member[];
  /** Bytes, where the declaration asks for more than its members need. */
  readonly align: number;
  /** The file of the kernel's source that it is private to, where another file has another struct of its name. */
  readonly source?: string;
  /** True for a union, whose members all begin at its start. */
  readonly isUnion?: true;
}
export interface TypedefType {
  readonly kind: 'typedef';
  readonly name: string;
  readonly of: CType;
}
/** A struct that is only named: described elsewhere (a list's own element), or nowhere. */
export interface ForwardType {
  readonly kind: 'forward';
  readonly name: string;
}
export interface EnumType {
  readonly kind: 'enum';
  readonly name: string;
  /** From 0 on. */
  readonly values: readonly string[];
}
/** What a pointer to code points to; nobody asks for its arguments. */
export interface FunctionType {
  readonly kind: 'function';
}
export interface VoidType {
  readonly kind: 'void';
}
export type CType =
  IntType | PointerType | ArrayType | StructType | TypedefType | ForwardType | EnumType | FunctionType | VoidType;

export interface Member {
  /** With `@` before it where the declaration has none: it is what paths here call it by. */
  readonly name: string;
  readonly type: CType;
  /** Bytes, where it is declared to begin at a multiple of more than its type asks for. */
  readonly align?: number | undefined;
}
export interface PlacedMember extends Member {
  readonly offset: number;
}

function int(name: string, size: IntType['size'], signed: boolean): IntType {
  return { kind: 'int', name, size, signed };
}
export const bool = int('_Bool', 1, false);
export const char = int('char', 1, true);
export const uchar = int('unsigned char', 1, false);
export const ushort = int('unsigned short', 2, false);
export const short = int('short', 2, true);
export const cInt = int('int', 4, true);
export const unsigned = int('unsigned int', 4, false);
export const long = int('long', 8, true);
export const ulong = int('unsigned long', 8, false);

/** `unsigned int NAME:8`, which begins at a byte. */
export const bitFieldByte: IntType = { ...int('unsigned int', 1, false), storage: 4 };

export function typedef(name: string, of: CType): TypedefType {
  return { kind: 'typedef', name, of };
}
export function pointer(to: CType): PointerType {
  return { kind: 'pointer', to };
}
export function array(of: CType, count: number): ArrayType {
  return { kind: 'array', of, count };
}
export function forward(name: string): ForwardType {
  return { kind: 'forward', name };
}
/** @param aligned members that are aligned to more than their types are */
export function struct(
  name: string,
  members: Readonly<Record<string, CType>>,
  align = 1,
  aligned: Readonly<Record<string, number>> = {},
): StructType {
  const placed = Object.entries(members).map(([n, type]) => ({ name: n, type, align: aligned[n] }));
  return { kind: 'struct', name, members: placed, align };
}

export function union(name: string, members: Readonly<Record<string, CType>>): StructType {
  return { ...struct(name, members), isUnion: true };
}

export function enumeration(name: string, values: string): EnumType {
  return { kind: 'enum', name, values: values.split(' ') };
}
export const cFunction: FunctionType = { kind: 'function' };

export const voidPointer = pointer({ kind: 'void' });
export const uint8 = typedef('uint8_t', uchar);
export const uint16 = typedef('uint16_t', ushort);
export const uint32 = typedef('uint32_t', unsigned);
export const uint64 = typedef('uint64_t', ulong);
export const int16 = typedef('int16_t', short);
export const int64 = typedef('int64_t', long);
export const uInt = typedef('u_int', unsigned);
/** counter(9): a cell that holds the zpcpu pointer of 64 bits for each CPU. */
export const counterU64 = typedef('counter_u64_t', pointer(uint64));

/** A struct of `uint64_t` members: `name` or `name[count]`, separated by white space. */
export function u64Struct(name: string, members: string): StructType {
  const entries = members
    .trim()
    .split(/\s+/)
    .map((member): [string, CType] => {
      const [, base, count] = /^(\w+)\[(\d+)\]$/.exec(member) ?? [];
      return base === undefined ? [member, uint64] : [base, array(uint64, Number(count))];
    });
  return struct(name, Object.fromEntries(entries));
}

/** The `counter_u64_t[]` that PCPUSTAT_DEFINE makes for a struct of 64-bit statistics. */
export function pcpuStat(layout: StructType): ArrayType {
  return array(counterU64, sizeOf(layout) / 8);
}

export function sizeOf(type: CType): number {
  switch (type.kind) {
    case 'int':
      return type.size;
    case 'pointer':
      return 8;
    case 'enum':
      return 4;
    case 'array':
      return sizeOf(type.of) * type.count;
    case 'typedef':
      return sizeOf(type.of);
    case 'struct':
      return structSize(type);
    case 'forward':
    case 'function':
    case 'void':
      throw new Error('an incomplete type has no size');
  }
}

export function alignOf(type: CType): number {
  switch (type.kind) {
    case 'int':
      return type.size;
    case 'enum':
      return 4;
    case 'array':
    case 'typedef':
      return alignOf(type.of);
    case 'struct':
      return structAlign(type);
    default:
      return 8;
  }
}

/** What was computed of something once, kept in `known`. */
function keeping<Of, T>(
  known: { get(of: Of): T | undefined; set(of: Of, value: T): unknown },
  compute: (of: Of) => T,
): (of: Of) => T {
  return (of) => {
    let value = known.get(of);
    if (value === undefined) known.set(of, (value = compute(of)));
    return value;
  };
}

/** What a type's description does not change is computed once: a kernel asks for the same sizes thousands of times. */
function once<Type extends CType, T>(compute: (type: Type) => T): (type: Type) => T {
  return keeping(new WeakMap<Type, T>(), compute);
}

const structSize = once((type: StructType) => {
  const end = layoutOf(type).reduce((most, { offset, type: member }) => Math.max(most, offset + sizeOf(member)), 0);
  return roundUp(end, alignOf(type));
});

const structAlign = once((type: StructType) =>
  type.members.reduce((most, member) => Math.max(most, memberAlign(member)), type.align),
);

function memberAlign({ type, align = 1 }: Member): number {
  return Math.max(align, alignOf(type));
}

/** A type that depends on the kernel or release that it is made for: made once for each, so that what is known of it is known from then on. */
export function madeOnce<Of, Type extends CType>(make: (of: Of) => Type): (of: Of) => Type {
  return keeping(new Map<Of, Type>(), make);
}

export const layoutOf: (type: StructType) => readonly PlacedMember[] = once((type) => {
  let end = 0;
  return type.members.map((member): PlacedMember => {
    const offset = type.isUnion === true ? 0 : roundUp(end, memberAlign(member));
    end = offset + sizeOf(member.type);
    return { name: member.name, type: member.type, align: member.align, offset };
  });
});

const offsets = new WeakMap<CType, Map<string, number>>();

/** Bytes from the start of `type` to a member, given as `a.b[3].c`. */
export function offsetOf(type: CType, path: string): number {
  let known = offsets.get(type);
  if (known === undefined) offsets.set(type, (known = new Map<string, number>()));
  const found = known.get(path) ?? findOffset(type, path);
  known.set(path, found);
  return found;
}

function findOffset(type: CType, path: string): number {
  let offset = 0;
  let at = type;
  for (const [step] of path.matchAll(/\w+/g)) {
    while (at.kind === 'typedef') at = at.of;
    if (at.kind === 'array') {
      at = at.of;
      offset += sizeOf(at) * Number(step);
    } else if (at.kind === 'struct') {
      const member = memberNamed(at, step);
      if (member === undefined) throw new Error(`struct ${at.name} has no ${step}`);
      offset += member.offset;
      at = member.type;
    } else throw new Error(`${path} leads into a type without members`);
  }
  return offset;
}

/** The member that a step of a path names. */
export function memberNamed(type: StructType, step: string): PlacedMember | undefined {
  return layoutOf(type).find(({ name }) => name === step || name === `@${step}`);
}

export interface Leaf {
  /** Such as `nws_work[3].nw_queued`; empty for a type that is a leaf itself. */
  readonly path: string;
  readonly offset: number;
  readonly type: CType;
}

/** Every scalar in `type` in memory order; a counter_u64_t is one. */
export const leavesOf: (type: CType) => readonly Leaf[] = once((type) => {
  const found: Leaf[] = [];
  addLeaves(found, type, '', 0);
  return found;
});

function addLeaves(found: Leaf[], type: CType, path: string, offset: number): void {
  if (type.kind === 'array') {
    const size = sizeOf(type.of);
    for (let i = 0; i < type.count; i++) addLeaves(found, type.of, `${path}[${i}]`, offset + i * size);
  } else if (type.kind === 'struct') {
    for (const member of layoutOf(type)) {
      addLeaves(found, member.type, path === '' ? member.name : `${path}.${member.name}`, offset + member.offset);
    }
  } else if (type.kind === 'typedef' && type !== counterU64) {
    addLeaves(found, type.of, path, offset);
  } else {
    found.push({ path, offset, type });
  }
}

/** True where a counter_u64_t is somewhere in `type`. */
export function holdsCounters(type: CType): boolean {
  if (type === counterU64) return true;
  if (type.kind === 'array' || type.kind === 'typedef') return holdsCounters(type.of);
  return type.kind === 'struct' && type.members.some((member) => holdsCounters(member.type));
}

export function roundUp(value: number, to: number): number {
  return Math.ceil(value / to) * to;
}
