/** Walks the members of structs and unions with their offsets from the outermost one, as C's `offsetof` counts them. */
import { createHash } from 'node:crypto';
import { CtfError } from './errors.js';
import { typeText } from './typeText.js';
import { isStruct, type CtfRawMember, type CtfStruct, type CtfType, type CtfTypeId, type CtfTypes } from './types.js';

/** Structs in structs: the kernel's go eight deep. */
const MAX_DEPTH = 32;
/** Members visited in one walk, so that structs that hold each other twice, level by level, come to an end. */
const MAX_VISITED = 20_000;
/** Characters of a member's path. */
const MAX_PATH = 1024;

/** A member of a struct, somewhere within it. */
export interface CtfField {
  /** `member`; `member.inner` where it is in a named struct; `inner` alone where that struct has no name. */
  readonly path: string;
  /** As declared: typedefs and qualifiers are kept. */
  readonly type: CtfType;
  /** Bytes from the start of the outermost struct; for a bit field, those of the byte where it starts. */
  readonly offset: number;
  /** Bytes; undefined for what has no size. */
  readonly size: number | undefined;
  /** Set for a bit field, which has no address. `bitOffset` counts from the start of the outermost struct. */
  readonly bitField: { readonly bitOffset: number; readonly bits: number } | undefined;
}

/**
 * The members of a struct that are no structs themselves: a struct or union in it is replaced by its own leaves. Arrays stay whole, also
 * those of structs. Throws CtfError where a member does not lie within its struct, and beyond this file's limits.
 */
export function leaves(types: CtfTypes, struct: CtfStruct): Generator<CtfField> {
  return new Walk(types).run(struct, 0, '', 0);
}

/**
 * Equal for two types, and for two only, that have the same leaves of the same spelled types at the same places, also in the structs that
 * their arrays hold.
 */
export function layoutDigest(types: CtfTypes, type: CtfType): string {
  return digest(types, type, new Map(), 0);
}

/** @param known the structs that were met, each digested once */
function digest(types: CtfTypes, type: CtfType, known: Map<CtfTypeId, string>, depth: number): string {
  const size = types.sizeOf(type);
  const struct = types.innermost(type);
  if (!isStruct(struct)) return `${typeText(types, types.resolve(type))} ${size ?? 0}`;
  if (depth > MAX_DEPTH) throw new CtfError(`type ${struct.id} holds structs more than ${MAX_DEPTH} deep`);
  let text = known.get(struct.id);
  if (text === undefined) {
    // Marked first, for a struct that holds an array of itself.
    known.set(struct.id, '');
    const hash = createHash('sha256').update(`${struct.kind} ${struct.size}\n`);
    for (const { path, type: field, offset, bitField } of leaves(types, struct)) {
      hash.update(`${path} ${bitField?.bitOffset ?? offset} ${bitField?.bits ?? ''} ${typeText(types, field)} `);
      hash.update(`${digest(types, field, known, depth + 1)}\n`);
    }
    text = hash.digest('hex');
    known.set(struct.id, text);
  }
  return `${text} ${size ?? 0}`;
}

class Walk {
  private visited = 0;

  constructor(private readonly types: CtfTypes) {}

  /** @param base bits from the start of the outermost struct to this one */
  *run(struct: CtfStruct, base: number, prefix: string, depth: number): Generator<CtfField> {
    const name = (): string => `${struct.kind} ${struct.name === '' ? `of type ${struct.id}` : struct.name}`;
    if (depth > MAX_DEPTH) throw new CtfError(`${name()} holds structs more than ${MAX_DEPTH} deep`);
    for (const member of this.types.rawMembers(struct)) {
      if (++this.visited > MAX_VISITED) throw new CtfError(`${name()} has more than ${MAX_VISITED} members`);
      const type = this.types.type(member.type);
      const resolved = this.types.resolve(type);
      const size = this.types.sizeOf(resolved);
      const bits = bitFieldBits(member, resolved);
      if (member.bitOffset + (bits ?? (size ?? 0) * 8) > struct.size * 8) {
        throw new CtfError(`member "${member.name}" lies outside of its ${name()}`);
      }
      const bitOffset = base + member.bitOffset;
      const path = prefix + member.name;
      if (path.length > MAX_PATH) throw new CtfError(`the path of a member in ${name()} is too long`);
      if (isStruct(resolved)) {
        yield* this.run(resolved, bitOffset, member.name === '' ? prefix : `${path}.`, depth + 1);
      } else if (member.name !== '') {
        yield {
          path,
          type,
          offset: Math.floor(bitOffset / 8),
          size,
          bitField: bits === undefined ? undefined : { bitOffset, bits },
        };
      }
    }
  }
}

/** The bits of a bit field: its integer type holds fewer bits than its storage, or it does not start at a byte. */
function bitFieldBits(member: CtfRawMember, resolved: CtfType): number | undefined {
  if (resolved.kind !== 'integer') return undefined;
  return resolved.bits === resolved.size * 8 && member.bitOffset % 8 === 0 ? undefined : resolved.bits;
}
