/** What a layout says, in the form in which a kernel's own types would say it, so that whoever asks for types need not know the difference. */
import { CtfError } from '../ctf/errors.js';
import {
  isAlias,
  isStruct,
  type CtfRawMember,
  type CtfStruct,
  type CtfType,
  type CtfTypeId,
  type ObjectTypes,
} from '../ctf/types.js';
import { WORD_BYTES } from '../kernel/address.js';
import { DPCPU_PREFIX, VNET_PREFIX } from '../kernel/symbols.js';
import type { LayoutMember, StructBody, StructLayout } from './structLayout.js';

/** LP64: bytes, and whether they have a sign. */
const INTEGERS: Readonly<Record<string, readonly [bytes: number, signed: boolean]>> = {
  uint64_t: [8, false],
  u_long: [8, false],
  size_t: [8, false],
  int64_t: [8, true],
  long: [8, true],
  uint32_t: [4, false],
  u_int: [4, false],
  int32_t: [4, true],
  int: [4, true],
  uint16_t: [2, false],
  u_short: [2, false],
  int16_t: [2, true],
  short: [2, true],
  uint8_t: [1, false],
  u_char: [1, false],
  int8_t: [1, true],
  char: [1, true],
  bool: [1, false],
};
const COUNTER = 'counter_u64_t';
const POINTER = 'ptr';

/** A type still without its number. */
type Undefined<T extends CtfType> = T extends CtfType ? Omit<T, 'id'> : never;

/** Types of layouts, or of a single counter. Throws CtfError for a member of a type that it does not know, or where it cannot lie. */
export class LayoutTypes implements ObjectTypes {
  /** By id; 0 is void. */
  private readonly types: CtfType[] = [{ id: 0, kind: 'void', name: 'void' }];
  private readonly byName = new Map<string, CtfTypeId>();
  private readonly members = new Map<CtfTypeId, readonly CtfRawMember[]>();
  private readonly objects = new Map<string, CtfTypeId>();

  static of(...layouts: readonly StructLayout[]): LayoutTypes {
    const types = new LayoutTypes();
    for (const layout of layouts) types.addLayout(layout);
    return types;
  }

  static ofCounter(symbol: string): LayoutTypes {
    const types = new LayoutTypes();
    types.objects.set(symbol, types.named(COUNTER));
    return types;
  }

  type(id: CtfTypeId): CtfType {
    const type = this.types[id];
    if (type === undefined) throw new CtfError(`there is no type ${id}`);
    return type;
  }

  resolve(type: CtfType | CtfTypeId): CtfType {
    const found = typeof type === 'number' ? this.type(type) : type;
    return isAlias(found) ? this.resolve(found.target) : found;
  }

  sizeOf(type: CtfType | CtfTypeId): number | undefined {
    const found = this.resolve(type);
    if (found.kind === 'pointer') return WORD_BYTES;
    if (found.kind !== 'array') return 'size' in found ? found.size : undefined;
    const size = this.sizeOf(found.element);
    return size === undefined ? undefined : size * found.count;
  }

  innermost(type: CtfType | CtfTypeId): CtfType {
    const found = this.resolve(type);
    return found.kind === 'array' ? this.innermost(found.element) : found;
  }

  *rawMembers(struct: CtfStruct): Generator<CtfRawMember> {
    yield* this.members.get(struct.id) ?? [];
  }

  findStruct(tag: string): CtfStruct | undefined {
    const id = this.byName.get(tag);
    const type = id === undefined ? undefined : this.type(id);
    return type !== undefined && isStruct(type) ? type : undefined;
  }

  /** @param name as the symbol table has it */
  typeOfObject(name: string): CtfType | undefined {
    const prefix = [VNET_PREFIX, DPCPU_PREFIX].find((one) => name.startsWith(one)) ?? '';
    const id = this.objects.get(name.slice(prefix.length));
    return id === undefined ? undefined : this.type(id);
  }

  private addLayout(layout: StructLayout): void {
    for (const [tag, body] of layout.structs) this.addStruct(tag, body);
    const struct = this.addStruct(layout.struct, layout);
    const object = layout.form === 'words' ? this.addArray(this.named(COUNTER), layout.size / WORD_BYTES) : struct;
    for (const symbol of layout.symbols) this.objects.set(symbol, object);
  }

  private addStruct(tag: string, { size, members }: StructBody): CtfTypeId {
    const raw = members.map((member): CtfRawMember => {
      const type = this.typeOfMember(member);
      this.requirePlace(tag, size, member, type);
      return { name: member.name, type, bitOffset: 8 * member.offset };
    });
    const id = this.add({ kind: 'struct', name: tag, size, memberCount: members.length });
    this.members.set(id, raw);
    this.byName.set(tag, id);
    return id;
  }

  /** What lies beyond the struct's end, or where no compiler puts it, is a slip in the layout. */
  private requirePlace(tag: string, size: number, { name, offset }: LayoutMember, type: CtfTypeId): void {
    if (offset + (this.sizeOf(type) ?? 0) > size) throw new CtfError(`struct ${tag} ends before ${name} does`);
    const innermost = this.innermost(type);
    const alignment = isStruct(innermost) ? 1 : (this.sizeOf(innermost) ?? 1);
    if (offset % alignment !== 0) throw new CtfError(`${name} of struct ${tag} is not at a multiple of its size`);
  }

  private typeOfMember({ type, count }: LayoutMember): CtfTypeId {
    const element = this.named(type);
    return count === undefined ? element : this.addArray(element, count);
  }

  private addArray(element: CtfTypeId, count: number): CtfTypeId {
    return this.add({ kind: 'array', name: '', element, count });
  }

  /** The type of that name, made where it is first asked for. */
  private named(name: string): CtfTypeId {
    let id = this.byName.get(name);
    if (id === undefined) {
      id = this.make(name);
      this.byName.set(name, id);
    }
    return id;
  }

  private make(name: string): CtfTypeId {
    if (name === POINTER) return this.add({ kind: 'pointer', name: '', target: 0 });
    if (name === COUNTER) {
      const target = this.add({ kind: 'pointer', name: '', target: this.named('uint64_t') });
      return this.add({ kind: 'typedef', name, target });
    }
    const integer = Object.hasOwn(INTEGERS, name) ? INTEGERS[name] : undefined;
    if (integer === undefined) throw new CtfError(`${name} is no type that a layout may use`);
    const [size, signed] = integer;
    return this.add({ kind: 'integer', name, signed, bits: 8 * size, bitOffset: 0, size });
  }

  private add(type: Undefined<CtfType>): CtfTypeId {
    const id = this.types.length;
    this.types.push({ ...type, id });
    return id;
  }
}
