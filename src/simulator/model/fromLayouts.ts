/**
 * The structs that differ between releases. Those of 12 and 14 this model describes by itself, so that config/layouts/ can be held against
 * it; those of the other releases are what config/layouts/ says.
 */
import { LayoutFolder } from '../../layouts/layoutFiles.js';
import type { LayoutMember, StructBody } from '../../layouts/structLayout.js';
import type { Profile } from '../profiles.js';
import {
  array,
  bool,
  char,
  cInt,
  counterU64,
  offsetOf,
  sizeOf,
  uInt,
  uint32,
  uint64,
  uint8,
  type CType,
  type Member,
  type StructType,
} from './ctypes.js';

/** Releases whose structs this model describes by itself. */
export type DescribedRelease = 12 | 14;

const folder = new LayoutFolder();

/**
 * The struct behind a symbol.
 * @param own describes it by itself
 */
export function structOf(
  symbol: string,
  { release, osrelease, osreldate, machineArch }: Profile,
  own: (release: DescribedRelease) => StructType,
): StructType {
  if (release === 12 || release === 14) return own(release);
  const layout = folder
    .structs(symbol)
    .find(
      ({ releases: [first, last], arch }) =>
        first <= osreldate && osreldate <= last && (arch === undefined || arch === machineArch),
    );
  if (layout === undefined) throw new Error(`config/layouts does not say what ${symbol} is in ${osrelease}`);
  const inner = new Map([...layout.structs].map(([tag, body]) => [tag, structFrom(tag, body, new Map())]));
  return structFrom(layout.struct, layout, inner);
}

/** Lays the members out as a compiler does; throws where they lie elsewhere by the layout. */
function structFrom(name: string, body: StructBody, inner: ReadonlyMap<string, StructType>): StructType {
  const type: StructType = { kind: 'struct', name, align: 1, members: nested(body.members, inner) };
  const misplaced = body.members.find((member) => offsetOf(type, member.name) !== member.offset);
  if (misplaced !== undefined || sizeOf(type) !== body.size) {
    throw new Error(
      `config/layouts has struct ${name} otherwise than a compiler, from ${misplaced?.name ?? 'its end'}`,
    );
  }
  return type;
}

/** Members of which several say `outer.inner` are a struct of that name. */
function nested(members: readonly LayoutMember[], inner: ReadonlyMap<string, StructType>): Member[] {
  const found: { name: string; type: CType; within: LayoutMember[] }[] = [];
  for (const member of members) {
    const dot = member.name.indexOf('.');
    const name = dot < 0 ? member.name : member.name.slice(0, dot);
    let last = found.at(-1);
    if (last?.name !== name) found.push((last = { name, type: typeOf(member, inner), within: [] }));
    if (dot >= 0) last.within.push({ ...member, name: member.name.slice(dot + 1) });
  }
  return found.map(({ name, type, within }) =>
    within.length === 0
      ? { name, type }
      : { name, type: { kind: 'struct', name: '', align: 1, members: nested(within, inner) } },
  );
}

const types: Readonly<Record<string, CType>> = {
  counter_u64_t: counterU64,
  uint64_t: uint64,
  uint32_t: uint32,
  uint8_t: uint8,
  u_int: uInt,
  int: cInt,
  char,
  bool,
};

function typeOf({ name, type, count }: LayoutMember, inner: ReadonlyMap<string, StructType>): CType {
  const element = types[type] ?? inner.get(type);
  if (element === undefined) throw new Error(`config/layouts makes ${name} a ${type}, which is not simulated`);
  return count === undefined ? element : array(element, count);
}
