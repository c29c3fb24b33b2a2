/** What a structure of the kernel makes of the kernel's types: how it is walked, and what its elements hold. */
import type { CtfStruct, CtfType, ObjectTypes } from '../../../ctf/types.js';
import { UntoldError, type ShapeMember, type StructShape } from '../../shapes.js';
import { levelsOf } from '../levels.js';
import type { Condition, Key, ListPlan, PlainCondition, Sequence, Slice } from '../listPlan.js';
import { Members } from '../members.js';

export interface CompiledStructure {
  readonly plan: Omit<ListPlan, 'limit'>;
  readonly shape: Pick<StructShape, 'name' | 'size' | 'members' | 'unfit'>;
}

/**
 * @param type of the symbol
 * @throws ShapeError where the types say that it is something else, UntoldError where they do not tell
 */
export type Compile = (file: ObjectTypes, type: CtfType) => CompiledStructure;

/** What is looked at in elements. */
export interface Looked {
  readonly keys: readonly Key[];
  readonly where?: readonly Condition[];
  readonly check?: readonly Condition[];
  readonly same?: readonly Slice[];
  /** By level, the outermost first. */
  readonly only?: readonly (readonly PlainCondition[] | undefined)[];
  readonly duplicates?: string;
  readonly succession?: ListPlan['succession'];
  readonly apart?: true;
}

/** @param sequences the outermost first */
export function planOf(sequences: readonly Sequence[], looked: Looked): CompiledStructure['plan'] {
  const { keys, where = [], check = [], same = [], only, duplicates, succession, apart } = looked;
  const digest = succession?.digest;
  const all = [...keys, ...where, ...check, ...same, ...(digest === undefined ? [] : [digest])];
  return {
    levels: levelsOf(sequences, all, only, apart),
    keys,
    where,
    check,
    same,
    instead: undefined,
    duplicates,
    ...(succession === undefined ? {} : { succession }),
    ...(apart === undefined ? {} : { apart }),
  };
}

/** Where a member of an element is, or of what holds it. */
export function sliceOf(members: Members, path: string, up = 0): Slice {
  const { offset, size = 0 } = members.field(path);
  return { up, offset, size };
}

export function structNamed(file: ObjectTypes, tag: string): Members {
  const struct = file.findStruct(tag);
  if (struct === undefined) throw new UntoldError(`the kernel's types have no struct ${tag}`);
  return new Members(file, struct);
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
