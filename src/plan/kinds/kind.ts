/** What is different between the kinds of entries once the config is checked. A new kind is a file beside this one and a line in registry.ts. */
import type { Entry, Field, InterruptValue, ListRules, StructureRules } from '../../config/model.js';
import { extentOf, valueFormats } from '../../config/valueFormats.js';
import type { CtfStruct, CtfType, ObjectTypes } from '../../ctf/types.js';
import { WORD_BYTES } from '../../kernel/address.js';
import type { SymbolOrigin } from '../../kernel/symbols.js';
import type { InstanceKind } from '../instances/instance.js';
import { ShapeError, UntoldError, type Shape, type ShapeMember } from '../shapes.js';

/** The symbol that an entry names, as the symbol table and the kernel's types know it. */
export interface TypedSymbol {
  readonly file: ObjectTypes;
  readonly origin: SymbolOrigin;
  /** Bytes by the symbol table. */
  readonly size: number;
  /** What the entry says that lays it out; undefined where its own type is to say. */
  readonly struct: CtfStruct | undefined;
  /** How a list's elements are found. */
  readonly list: ListRules | undefined;
  /** Which structure it begins. */
  readonly structure: StructureRules | undefined;
  /** Which value of the interrupts is meant. */
  readonly interrupts: InterruptValue | undefined;
}

/** Bytes that are read for values which are apart. */
const MAX_SPAN = 65_536;

/** Where a field's value lies. */
export type Place = Pick<Field, 'cellOffset' | 'offset' | 'access'>;

export interface Kind {
  readonly instances: InstanceKind;
  /** True where kvm_counter_u64_fetch(3) gives the sum of its items. */
  readonly isCounter: boolean;
  /** What the types make of it. Throws ShapeError where that cannot be published. */
  shapeOf(symbol: TypedSymbol): Shape;
  /** Bytes of one CPU's copy of an item. Throws ShapeError where there can be no such item. */
  itemSize(shape: Shape): number;
  /**
   * True where all of a copy is read, which is small and has others beside it; else no more of it than reaches to the end of the last field:
   * a struct may be as long as a page.
   */
  readonly readsWhole: boolean;
  /** Bytes that the symbol has for as long as the shape holds; undefined where these say nothing. */
  symbolSize(symbol: Pick<TypedSymbol, 'size'>): number | undefined;
  /**
   * Where the value at `offset` of the shape lies, which is `member` or an element of it.
   * @param isByCpu true where it is an array whose elements are the CPUs' parts of one value
   */
  place(offset: number, member: ShapeMember, isByCpu: boolean): Place;
  /** The fields of an entry, once all are known. */
  finish?(fields: readonly Field[]): Field[];
  /** Bytes of the symbol that the entry reaches for. */
  reach(entry: Entry): number;
  /** Throws ShapeError where `type`, that of the entry's symbol, contradicts what the entry says by offsets. */
  checkOffsets(file: ObjectTypes, type: CtfType, entry: Entry): void;
}

/** The type of the symbol itself. Throws UntoldError where the kernel's file tells none. */
export function ownType({ file, origin }: TypedSymbol): CtfType {
  const type = file.typeOfObject(origin.name);
  if (type === undefined) throw new UntoldError("the kernel's file tells no type for it; describe it by offsets");
  return type;
}

/** As ownType(), where all of the symbol is of that type. */
export function wholeType(symbol: TypedSymbol): CtfType {
  const type = ownType(symbol);
  const size = symbol.file.sizeOf(type);
  if (size === symbol.size) return type;
  throw new ShapeError(
    `its type has ${size ?? 'no'} bytes, but the symbol ${symbol.size}: this is not the type that the kernel uses`,
  );
}

/** Bytes up to the end of the last cell. */
export function reachOfCells({ fields }: Entry): number {
  return Math.max(...fields.map(({ cellOffset }) => cellOffset)) + WORD_BYTES;
}

/**
 * Kind.place() of what lies in an element of a list, or at a symbol: a counter's cell, what a pointer in it leads to, a value, or an array by
 * CPU id. A read begins at a whole word.
 */
export function placeInElement(offset: number, { access, format, stride }: ShapeMember, isByCpu: boolean): Place {
  if (access === undefined) return { cellOffset: offset, offset: 0 };
  if (access.way === 'pointer') {
    return { cellOffset: access.cell, offset, access: { way: 'pointer', itemSize: access.itemSize } };
  }
  const within = offset % WORD_BYTES;
  const itemSize = within + valueFormats[format ?? 'u64'].bytes;
  const own = isByCpu ? ({ way: 'by_cpu', itemSize, stride } as const) : ({ way: 'itself', itemSize } as const);
  return { cellOffset: offset - within, offset: within, access: own };
}

/** What is the same for all whose elements come and go. */
export const ofElements = {
  itemSize: () => WORD_BYTES,
  readsWhole: true,
  symbolSize: () => undefined,
  place: placeInElement,
  reach: () => WORD_BYTES,
  finish: readTogether,
} as const satisfies Partial<Kind>;

/** Kind.finish() of the same: plain values are read together, from the first to the last of them. */
export function readTogether(fields: readonly Field[]): Field[] {
  const own = fields.filter(({ access }) => access?.way === 'itself');
  if (own.length === 0) return [...fields];
  const from = Math.min(...own.map(({ cellOffset }) => cellOffset));
  const itemSize = extentOf(own.map((field) => inSpan(field, from)));
  if (itemSize > MAX_SPAN) return [...fields];
  return fields.map((field) =>
    own.includes(field) ? { ...inSpan(field, from), access: { way: 'itself', itemSize } } : field,
  );
}

function inSpan(field: Field, from: number): Field {
  return { ...field, cellOffset: from, offset: field.cellOffset + field.offset - from };
}

/** Bytes of one CPU's copy where all of the shape is in it. */
export function shapeSize(shape: Shape): number {
  return shape.kind === 'struct' ? shape.size : shape.member.stride * (shape.member.count ?? 1);
}
