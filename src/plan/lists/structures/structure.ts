/** What a structure of the kernel makes of the kernel's types: how it is walked, and what its elements hold. */
import type { Label } from '../../../config/model.js';
import { elementOf } from '../../../ctf/elementOf.js';
import { isStruct, type CtfStruct, type CtfType, type ObjectTypes } from '../../../ctf/types.js';
import { WORD_BYTES } from '../../../kernel/address.js';
import {
  elementShape,
  requireStruct,
  ShapeError,
  structName,
  type ShapeMember,
  type StructShape,
} from '../../shapes.js';
import type { CompiledSockets } from '../../sockets/compileSockets.js';
import { levelsOf } from '../levels.js';
import type { Condition, Key, LeadingCondition, LengthMember, ListPlan, Sequence, Slice, Tree } from '../listPlan.js';
import { Members } from '../members.js';

export interface CompiledStructure {
  readonly plan: Omit<ListPlan, 'limit'>;
  readonly shape: Pick<StructShape, 'name' | 'size' | 'members' | 'unfit'>;
}

/**
 * @param type of the symbol
 * @throws ShapeError where the types say that it is something else, UntoldError where they do not tell
 */
export type Compile = (file: ObjectTypes, type: CtfType) => CompiledStructure | CompiledSockets;

/** What is looked at in elements. */
export interface Looked {
  readonly keys: readonly Key[];
  readonly where?: readonly Condition[];
  readonly check?: readonly Condition[];
  readonly same?: readonly Slice[];
  /** By level, the outermost first. */
  readonly only?: readonly (readonly LeadingCondition[] | undefined)[];
  readonly duplicates?: string;
  readonly succession?: ListPlan['succession'];
  readonly isApart?: true;
  /** True where nothing is read of what lies between the members: there are pointers to keys. */
  readonly inPieces?: true;
}

/** @param sequences the outermost first */
export function planOf(sequences: readonly Sequence[], looked: Looked): CompiledStructure['plan'] {
  const { keys, where = [], check = [], same = [], only, duplicates, succession, isApart, inPieces } = looked;
  const digest = succession?.digest;
  const all = [...keys, ...where, ...check, ...same, ...(digest === undefined ? [] : [digest])];
  return {
    levels: levelsOf(sequences, all, only, inPieces),
    keys,
    where,
    check,
    same,
    cells: [],
    instead: undefined,
    duplicates,
    ...(succession === undefined ? {} : { succession }),
    ...(isApart === undefined ? {} : { isApart }),
  };
}

/** Where a member of an element is, or of what holds it. */
export function sliceOf(members: Members, path: string, up = 0): Slice {
  const { offset, size = 0 } = members.field(path);
  return { up, offset, size };
}

export function structNamed(file: ObjectTypes, tag: string): Members {
  return new Members(file, requireStruct(file, tag));
}

/** The struct that a symbol is. @param what it should be, for the error where it is none */
export function structItself(file: ObjectTypes, type: CtfType, what: 'list' | 'struct'): Members {
  const resolved = file.resolve(type);
  if (!isStruct(resolved)) throw new ShapeError(`it is no ${what}`);
  return new Members(file, resolved);
}

/** A member that tells how many elements there are. */
export function lengthOf(members: Members, path: string): LengthMember {
  const { offset, size } = sliceOf(members, path);
  return { offset, size, mask: false };
}

/** The struct that a member points to, be it through typedefs. */
export function pointee(members: Members, path: string): Members {
  return structOf(
    members.file,
    members.file.resolve(members.field(path).type),
    `${path} of ${structName(members.struct)}`,
  );
}

/** The struct that an array's elements are, or that a pointer leads to; bytes of one, and how many there are in an array. */
export function structOf(file: ObjectTypes, type: CtfType, what: string): Members {
  const element = elementOf(file, type);
  if (element === undefined || !isStruct(element)) throw new ShapeError(`${what} does not lead to a struct`);
  return new Members(file, element);
}

/** A tree of <sys/tree.h> whose head the symbol is. @param entry the member by which its elements are in it */
export function treeOf(
  file: ObjectTypes,
  head: CtfType,
  entry: string,
): { readonly tree: Tree; readonly element: Members } {
  const members = structItself(file, head, 'struct');
  const element = pointee(members, 'rbh_root');
  // Since 14.0 an array: that to the parent, which also has the colours, then those to the left and to the right.
  const links = element.find(`${entry}.rbe_link`);
  const [left, right] =
    links === undefined
      ? [element.field(`${entry}.rbe_left`).offset, element.field(`${entry}.rbe_right`).offset]
      : [links.offset + WORD_BYTES, links.offset + 2 * WORD_BYTES];
  return { tree: { kind: 'tree', root: members.field('rbh_root').offset, left, right }, element };
}

/** A counter(9), a struct with one, or a plain word, or an array of one of these, by a name of the structure's own. */
export function memberAs(name: string, members: Members, ...paths: readonly string[]): ShapeMember {
  const { struct, file } = members;
  const shaped = elementShape(file, struct).members;
  // What a struct with one counter has goes by both their names.
  const found = paths.flatMap((path) => shaped.filter((one) => one.path === path || one.path === `${path}.counter`));
  const [member] = found;
  if (member === undefined)
    throw new ShapeError(`${structName(struct)} has no ${paths.join(' or ')} that could be read`);
  return { ...member, path: name };
}

/** The same of what has a label for each of its dimensions. @param dimensions the values of each label, by index */
export function memberByLabels(
  member: ShapeMember,
  dimensions: Readonly<Record<string, readonly string[]>>,
): ShapeMember {
  let labels: (readonly Label[])[] = [[]];
  for (const [name, values] of Object.entries(dimensions))
    labels = labels.flatMap((before) => values.map((value) => [...before, { name, value }]));
  if (member.count !== labels.length) {
    throw new ShapeError(`${member.path} has ${member.count ?? 'no'} elements, and not ${labels.length}`);
  }
  return { ...member, elementLabels: labels };
}

/** The cells that one pointer leads to, 64 bits each, one after the other: by their names. */
export function cellsBehind(members: Members, path: string, names: readonly string[]): ShapeMember[] {
  const { offset: cell } = members.field(path);
  return names.map((name, index) => ({
    path: name,
    offset: 8 * index,
    format: 'u64',
    count: undefined,
    stride: 8,
    access: { way: 'pointer', cell, itemSize: 8 * names.length },
  }));
}

/** A shape of members that are told one by one. */
export function shapeOf({ name, size }: CtfStruct, members: readonly ShapeMember[]): CompiledStructure['shape'] {
  return { name: `struct ${name}`, size, members, unfit: [] };
}
