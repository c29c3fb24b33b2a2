/** Where the kernel's types say that the members of its struct linker_file are, and those of the struct elf_file that begins with one. */
import type { ObjectTypes } from '../ctf/types.js';
import { CtfError } from '../ctf/errors.js';
import { leaves } from '../ctf/members.js';
import { WORD_BYTES } from '../kernel/address.js';
import type { LinkerFileOffsets, SetOffsets } from '../kernel/modules.js';

/** Undefined where the types do not tell, or tell other sizes than these members have. */
export function linkerFileOffsets(types: ObjectTypes): LinkerFileOffsets | undefined {
  const file = membersOf(types, 'linker_file');
  const [next, id, loadcnt] = [file('link.tqe_next', WORD_BYTES), file('id', 4), file('loadcnt', 4)];
  if (next === undefined || id === undefined || loadcnt === undefined) return undefined;
  const elf = membersOf(types, 'elf_file');
  const beginsWithIt = elf('lf.link.tqe_next', WORD_BYTES) === next && elf('lf.id', 4) === id;
  const [vnet, pcpu] = [setOffsets(elf, 'vnet'), setOffsets(elf, 'pcpu')];
  const isTold = beginsWithIt && vnet !== undefined && pcpu !== undefined;
  return { next, id, loadcnt, sets: isTold ? { set_vnet: vnet, set_pcpu: pcpu } : undefined };
}

function setOffsets(elf: ReturnType<typeof membersOf>, set: string): SetOffsets | undefined {
  const [start, stop, base] = ['start', 'stop', 'base'].map((bound) => elf(`${set}_${bound}`, WORD_BYTES));
  return start === undefined || stop === undefined || base === undefined ? undefined : { start, stop, base };
}

/**
 * Finds members of a struct by path and size; none where the types have no such struct, or several that differ: on amd64 the linker has
 * two by the name of elf_file, one for the kernel and one for modules.
 */
function membersOf(types: ObjectTypes, tag: string): (path: string, size: number) => number | undefined {
  try {
    const struct = types.findStruct(tag);
    const members = new Map(struct && [...leaves(types, struct)].map((member) => [member.path, member]));
    return (path, size) => {
      const member = members.get(path);
      return member?.size === size && member.bitField === undefined ? member.offset : undefined;
    };
  } catch (error) {
    if (error instanceof CtfError) return () => undefined;
    throw error;
  }
}
