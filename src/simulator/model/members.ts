/** Where the members of a struct are and how long: asked again and again while memory is filled. */
import { memberNamed, offsetOf, sizeOf, type CType } from './ctypes.js';

export interface MemberPlace {
  readonly offset: number;
  readonly size: number;
}

const known = new WeakMap<CType, Map<string, MemberPlace>>();

/** Of a member given as `a.b[3].c`. */
export function placeOf(type: CType, path: string): MemberPlace {
  let places = known.get(type);
  if (places === undefined) known.set(type, (places = new Map<string, MemberPlace>()));
  let place = places.get(path);
  if (place === undefined)
    places.set(path, (place = { offset: offsetOf(type, path), size: sizeOf(typeAt(type, path)) }));
  return place;
}

function typeAt(type: CType, path: string): CType {
  let at = type;
  for (const [step] of path.matchAll(/\w+/g)) {
    while (at.kind === 'typedef') at = at.of;
    const inner = at.kind === 'array' ? at.of : memberOf(at, step);
    if (inner === undefined) throw new Error(`${path} leads nowhere`);
    at = inner;
  }
  return at;
}

function memberOf(type: CType, name: string): CType | undefined {
  return type.kind === 'struct' ? memberNamed(type, name)?.type : undefined;
}

/** A struct whose members can be set, wherever it is. */
export interface StructWriter {
  readonly address: bigint;
  /** Where a member is. */
  at(path: string): bigint;
  put(values: Readonly<Record<string, bigint | number>>): void;
  text(path: string, text: string): void;
}
