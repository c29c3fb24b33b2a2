/** Where the members of a dumped kernel's structs lie, by its file's types: whoever reads a dump has nobody else to ask. */
import type { CtfFile } from '../../ctf/ctfFile.js';
import { CtfError } from '../../ctf/errors.js';
import { leaves, type CtfField } from '../../ctf/members.js';
import { isStruct, type CtfStruct, type CtfTypeId } from '../../ctf/types.js';
import { KvmError } from '../errors.js';

/** A member's place in its struct. */
export type PlaceOf = (path: string, size: number) => number;

export class Structs {
  /** By the struct's type: some have hundreds of members, and are asked for again and again. */
  private readonly known = new Map<CtfTypeId, ReadonlyMap<string, CtfField>>();

  constructor(private readonly types: CtfFile) {}

  /** Throws KvmError where the types have no such struct, or several that differ; what it gives does for a member that is not there or has another size. */
  struct(tag: string): PlaceOf {
    return asKvmErrors(() => {
      const struct = this.types.findStruct(tag);
      if (struct === undefined) throw new CtfError(`there is no struct ${tag}`);
      return this.placesIn(struct);
    });
  }

  /** The one of several structs of that tag that has a member, or that has it not. */
  structWith(tag: string, member: string, has: boolean): PlaceOf {
    return asKvmErrors(() => {
      const found = this.types.structsOf(tag).find((struct) => this.membersOf(struct).has(member) === has);
      if (found === undefined) throw new CtfError(`there is no struct ${tag} with${has ? '' : 'out'} ${member}`);
      return this.placesIn(found);
    });
  }

  /** The struct that a data symbol is, or leads to. */
  structAt(symbol: string): PlaceOf {
    return asKvmErrors(() => {
      const type = this.types.typeOfObject(symbol);
      const own = type && this.types.innermost(type);
      const struct = own?.kind === 'pointer' ? this.types.innermost(own.target) : own;
      if (struct === undefined || !isStruct(struct)) throw new CtfError(`${symbol} is no struct`);
      return this.placesIn(struct);
    });
  }

  private placesIn(struct: CtfStruct): PlaceOf {
    const members = this.membersOf(struct);
    return (path, size) => {
      const member = members.get(path);
      if (member?.size !== size || member.bitField !== undefined)
        throw new KvmError('vmcore', `struct ${struct.name} has no member ${path} of ${size} bytes`);
      return member.offset;
    };
  }

  private membersOf(struct: CtfStruct): ReadonlyMap<string, CtfField> {
    const members =
      this.known.get(struct.id) ?? new Map([...leaves(this.types, struct)].map((member) => [member.path, member]));
    this.known.set(struct.id, members);
    return members;
  }
}

function asKvmErrors<T>(look: () => T): T {
  try {
    return look();
  } catch (error) {
    if (error instanceof CtfError) throw new KvmError('vmcore', `the kernel's types do not tell: ${error.message}`);
    throw error;
  }
}
