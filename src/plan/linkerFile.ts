/** Where the kernel's types say that the members of its struct linker_file are. */
import type { ObjectTypes } from '../ctf/types.js';
import { CtfError } from '../ctf/errors.js';
import { leaves } from '../ctf/members.js';
import { WORD_BYTES } from '../kernel/address.js';
import type { LinkerFileOffsets } from '../kernel/modules.js';

/** Undefined where the types do not tell, or tell other sizes than these members have. */
export function linkerFileOffsets(types: ObjectTypes): LinkerFileOffsets | undefined {
  try {
    const struct = types.findStruct('linker_file');
    if (struct === undefined) return undefined;
    const members = new Map([...leaves(types, struct)].map((member) => [member.path, member]));
    const offsetOf = (path: string, size: number): number | undefined => {
      const member = members.get(path);
      return member?.size === size && member.bitField === undefined ? member.offset : undefined;
    };
    const [next, id, loadcnt] = [offsetOf('link.tqe_next', WORD_BYTES), offsetOf('id', 4), offsetOf('loadcnt', 4)];
    if (next === undefined || id === undefined || loadcnt === undefined) return undefined;
    return { next, id, loadcnt };
  } catch (error) {
    if (error instanceof CtfError) return undefined;
    throw error;
  }
}
