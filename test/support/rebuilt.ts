/** Kernels of other builds than the released ones. */
import { bootKernel } from '../../src/simulator/memory/bootKernel.js';
import type { KernelImage } from '../../src/simulator/memory/kernelImage.js';
import { uint64, type Member, type StructType } from '../../src/simulator/model/ctypes.js';
import type { Rebuilt } from '../../src/simulator/model/symbols.js';
import type { SimulatorSpec } from '../../src/simulator/spec.js';

/**
 * A kernel whose `struct tag` has a member more before `before`, and one element less of the padding at its end: it has the size that it
 * has in the release, so that nothing but the counters themselves and the types tells of it.
 */
export function insertMember(tag: string, before: string): Rebuilt {
  return (layout) => (layout.name === tag ? { ...layout, members: [...shifted(layout, before)] } : layout);
}

/** A kernel in whose `struct tag` two members of one type have changed places. */
export function swapMembers(tag: string, a: string, b: string): Rebuilt {
  const other = new Map([
    [a, b],
    [b, a],
  ]);
  return (layout) =>
    layout.name === tag
      ? {
          ...layout,
          members: layout.members.map((member) => ({ ...member, name: other.get(member.name) ?? member.name })),
        }
      : layout;
}

function* shifted({ members }: StructType, before: string): Generator<Member> {
  for (const member of members) {
    const { name, type } = member;
    if (name === before) yield { name: 'inserted', type: uint64 };
    yield name === '_pad' && type.kind === 'array' ? { name, type: { ...type, count: type.count - 1 } } : member;
  }
}

/** How a kernel of that build boots. */
export function bootOf(rebuilt: Rebuilt): (spec: SimulatorSpec) => KernelImage {
  return (spec) => bootKernel(spec, rebuilt);
}
