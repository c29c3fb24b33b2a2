/** The rules of a list in a config, held against the kernel's types → how it is walked (listPlan.ts), and what its elements are. */
import type { ListRules, MemberCondition } from '../../config/model.js';
import { leaves, type CtfField } from '../../ctf/members.js';
import { typeText } from '../../ctf/typeText.js';
import { isStruct, type CtfStruct, type CtfType, type ObjectTypes } from '../../ctf/types.js';
import { WORD_BYTES } from '../../kernel/address.js';
import { integerFormat, ShapeError, structName, UntoldError } from '../shapes.js';
import { levelsOf } from './levels.js';
import type { ArrayOf, Condition, Key, Links, ListPlan, Sequence, Slice, ToldInstead } from './listPlan.js';
import { Members } from './members.js';

/** What `outer.` in front of a member's name means. */
const OUTER = 'outer.';
/** Members of struct ifnet (<net/if_var.h>, <net/if_private.h>): its name, and its counters by `ift_counter`. */
const INTERFACE_NAME = 'if_xname';
const INTERFACE_COUNTERS = 'if_counters';

export interface CompiledList {
  readonly plan: ListPlan;
  /** What the elements are. */
  readonly element: CtfStruct;
}

/**
 * @param type of the symbol
 * @param struct what the elements are where the config says it
 * @throws ShapeError where the types say that it is no such list
 */
export function compileList(
  file: ObjectTypes,
  type: CtfType,
  struct: CtfStruct | undefined,
  rules: ListRules,
): CompiledList {
  const { inside } = rules;
  const given = inside === undefined ? struct : undefined;
  const { link } = rules;
  const first = link === undefined ? arrayOf(file, type, given, rules.count) : headOf(file, type, 0);
  const outer = given ?? definedStruct(file, first.target);
  const members = new Members(file, outer);
  const sequence = first.sequence.kind === 'array' ? first.sequence : linked(members, first.sequence, link ?? '');
  if (inside === undefined) {
    return { plan: planOf(rules, new Looks(members, undefined, rules), [sequence]), element: outer };
  }
  const innerHead = headIn(file, members, members.head(inside.member));
  const element = struct ?? definedStruct(file, innerHead.target);
  const inner = new Members(file, element);
  const innerSequence = linked(inner, innerHead.sequence, inside.link);
  return { plan: planOf(rules, new Looks(inner, members, rules), [sequence, innerSequence]), element };
}

function planOf({ limit, duplicates }: ListRules, looks: Looks, sequences: readonly Sequence[]): ListPlan {
  const { keys, where, check, same, instead } = looks;
  const levels = levelsOf(sequences, looks.all);
  return { levels, keys, where, check, same, cells: [], instead, limit, duplicates };
}

/** A list's head, before it is known where its elements have their link. */
interface Head {
  readonly sequence: Omit<Links, 'next'>;
  /** What the first element is. */
  readonly target: CtfType;
}

/** Of what is a pointer, or a struct of queue(3) whose member `…_first` is one. */
function headOf(file: ObjectTypes, type: CtfType, offset: number): Head {
  const resolved = file.resolve(type);
  if (resolved.kind === 'pointer') {
    return { sequence: { kind: 'links', first: offset, isNewestFirst: true }, target: file.resolve(resolved.target) };
  }
  const fields = isStruct(resolved) ? [...leaves(file, resolved)] : [];
  const field = fields.find(({ path }) => path.endsWith('_first'));
  const pointer = field === undefined ? undefined : file.resolve(field.type);
  if (field === undefined || pointer?.kind !== 'pointer') {
    throw new ShapeError(`its type is ${typeText(file, type)}, which is no list`);
  }
  const isNewestFirst = !fields.some(({ path }) => path === lastOf(field));
  const sequence = { kind: 'links', first: offset + field.offset, isNewestFirst } as const;
  return { sequence, target: file.resolve(pointer.target) };
}

/** The member beside the pointer to the first element, where the head has one: it leads to the last. */
function lastOf({ path }: CtfField): string {
  return path.endsWith('_first') ? path.replace(/first$/, 'last') : '';
}

/** Of a list in an element: the pointer to the first of its elements. */
function headIn(file: ObjectTypes, outer: Members, member: CtfField): Head {
  const { sequence, target } = headOf(file, member.type, member.offset);
  if (sequence.first + WORD_BYTES > outer.struct.size)
    throw new ShapeError(`${member.path} of ${structName(outer.struct)} is no list`);
  return { sequence: { ...sequence, isNewestFirst: outer.find(lastOf(member)) === undefined }, target };
}

function definedStruct(file: ObjectTypes, type: CtfType): CtfStruct {
  if (isStruct(type)) return type;
  const found = type.kind === 'forward' ? file.findStruct(type.name) : undefined;
  if (found !== undefined) return found;
  throw new UntoldError(
    `its elements are ${typeText(file, type)}, of which the kernel's types tell nothing; "struct" can`,
  );
}

/** @param given what its elements are where the config says it */
function arrayOf(
  file: ObjectTypes,
  type: CtfType,
  given: CtfStruct | undefined,
  length: string | undefined,
): { sequence: ArrayOf; target: CtfType } {
  const resolved = file.resolve(type);
  const behindPointer = resolved.kind === 'pointer';
  const inner = behindPointer ? file.resolve(resolved.target) : resolved;
  let element = inner;
  let count: number | undefined;
  if (inner.kind === 'array') {
    element = file.resolve(inner.element);
    // A flexible array does not say it either.
    count = inner.count === 0 ? undefined : inner.count;
  } else if (!behindPointer)
    throw new ShapeError(`its type is ${typeText(file, type)}, which is no array; "link" names a list's`);
  const ofPointers = element.kind === 'pointer';
  const target = element.kind === 'pointer' ? file.resolve(element.target) : element;
  if (!ofPointers && given === undefined) definedStruct(file, target);
  const stride = ofPointers ? WORD_BYTES : (file.sizeOf(target) ?? given?.size);
  if (length === undefined && count === undefined) {
    throw new ShapeError('its type does not say how many elements it has; "count" can name the symbol that does');
  }
  return {
    sequence: {
      kind: 'array',
      at: 0,
      stride: stride ?? 0,
      count,
      length: length === undefined ? undefined : { symbol: length, format: lengthFormat(file, length) },
      behindPointer,
      ofPointers,
    },
    target,
  };
}

function lengthFormat(file: ObjectTypes, symbol: string): 'u8' | 'u16' | 'u32' | 'u64' {
  const type = file.typeOfObject(symbol);
  const resolved = type === undefined ? undefined : file.resolve(type);
  const format = resolved?.kind === 'integer' ? integerFormat(resolved.size, false) : undefined;
  if (format === undefined) throw new ShapeError(`${symbol}, which is to tell its length, is no integer`);
  return format as 'u32';
}

/** With the place of the link in each element, which is a pointer or a struct of queue(3) whose member `…_next` is one. */
function linked(members: Members, { kind, first, isNewestFirst }: Head['sequence'], link: string): Links {
  return { kind, first, next: members.link(link).offset, isNewestFirst };
}

/** What a walk looks at in each element. */
class Looks {
  readonly keys: readonly Key[];
  readonly where: readonly Condition[];
  readonly check: readonly Condition[];
  readonly same: readonly Slice[];
  readonly instead: ToldInstead | undefined;

  constructor(
    private readonly element: Members,
    private readonly outer: Members | undefined,
    rules: ListRules,
  ) {
    this.keys = rules.keys.map(({ label, member }) => this.key(label, member));
    this.where = rules.where.map((one) => this.condition(one));
    this.check = rules.check.map((one) => this.condition(one));
    this.same = rules.same.map((member) => this.slice(member).slice);
    const { instead } = rules;
    this.instead =
      instead === undefined
        ? undefined
        : {
            unless: instead.unless.map((one) => this.condition(one)),
            index: this.slice(instead.ifdata).slice,
            name: this.slice(INTERFACE_NAME).slice,
            counters: this.slice(INTERFACE_COUNTERS).slice.offset,
          };
  }

  /** All of them. */
  get all(): readonly Slice[] {
    const { keys, where, check, same, instead } = this;
    const told = instead === undefined ? [] : [...instead.unless, instead.index, instead.name];
    return [...keys, ...where, ...check, ...same, ...told];
  }

  private slice(member: string): { slice: Slice; field: CtfField; file: ObjectTypes } {
    const isOuter = member.startsWith(OUTER);
    const members = isOuter ? this.outer : this.element;
    if (members === undefined) throw new ShapeError(`${member}: there is no list in its elements`);
    const field = members.field(isOuter ? member.slice(OUTER.length) : member);
    return {
      slice: { up: isOuter ? 1 : 0, offset: field.offset, size: field.size ?? 0 },
      field,
      file: members.file,
    };
  }

  private key(label: string, member: string): Key {
    const { slice, field, file } = this.slice(member);
    const type = file.resolve(field.type);
    const base = { label, ...slice };
    if (type.kind === 'array' && isByte(file, type.element)) return { ...base, as: 'characters' };
    if (type.kind === 'pointer' && isByte(file, type.target)) return { ...base, as: 'text' };
    if (type.kind === 'enum') {
      return {
        ...base,
        as: 'name',
        names: Object.fromEntries(type.values.map(({ name, value }) => [String(value), name])),
      };
    }
    const format = type.kind === 'integer' ? integerFormat(type.size, type.signed) : undefined;
    if (format === undefined) {
      throw new ShapeError(
        `${member} is ${typeText(file, field.type)}, neither a text nor a number, so that it is no label`,
      );
    }
    return { ...base, as: 'number', format };
  }

  private condition({ member, equals }: MemberCondition): Condition {
    const { slice, field, file } = this.slice(member);
    const type = file.resolve(field.type);
    const told = (): string => `${member} is ${typeText(file, field.type)}`;
    if (!['integer', 'enum', 'pointer'].includes(type.kind)) throw new ShapeError(`${told()}, which is no number`);
    if (equals === 'self' || equals === 'outer' || equals === 'vnet') {
      if (slice.size !== WORD_BYTES) throw new ShapeError(`${told()}, which is no address`);
      if (equals === 'outer' && this.outer === undefined)
        throw new ShapeError(`${member}: there is no list in its elements for \`outer\``);
      if (equals === 'vnet') return { ...slice, is: equals };
      return { ...slice, is: 'address', levels: equals === 'outer' ? 1 : 0 };
    }
    if (typeof equals === 'number') {
      const value = BigInt(equals);
      const bits = 8 * slice.size;
      // Cut short, it would be another number, which other elements hold.
      if (value !== BigInt.asUintN(bits, value) && value !== BigInt.asIntN(bits, value))
        throw new ShapeError(`${told()}, which cannot be ${equals}`);
      return { ...slice, is: 'value', value: BigInt.asUintN(bits, value) };
    }
    if (type.kind === 'enum') {
      const found = type.values.find(({ name }) => name === equals);
      if (found === undefined) throw new ShapeError(`${typeText(file, field.type)} has no ${equals}`);
      return { ...slice, is: 'value', value: BigInt.asUintN(8 * slice.size, BigInt(found.value)) };
    }
    if (type.kind !== 'pointer') throw new ShapeError(`${told()}, which points to no ${equals}`);
    return { ...slice, is: 'symbol', symbol: equals };
  }
}

function isByte(file: ObjectTypes, type: number): boolean {
  const resolved = file.resolve(type);
  return resolved.kind === 'integer' && resolved.size === 1;
}
