/** What a data symbol's type says of it as a counter(9): one, an array, a struct of some, or an array that a struct lays out. */
import { leaves } from '../ctf/members.js';
import { typeText } from '../ctf/typeText.js';
import type { CtfStruct, CtfType, ObjectTypes } from '../ctf/types.js';
import { WORD_BYTES } from '../kernel/address.js';
import { VNET_PREFIX } from '../kernel/symbols.js';
import { counterShape, ShapeError, type Shape } from '../plan/shapes.js';

/** `struct counter_rate` of <sys/counter.h> is set back every second: a graph of it says nothing. */
const RATE_STRUCT = 'counter_rate';

export interface CounterSymbol {
  /** As a config names it: without vnet_entry_. */
  readonly symbol: string;
  readonly shape: Shape;
  /** The struct that lays out the array; undefined where none does. */
  readonly struct: string | undefined;
  /** The type as C spells it. */
  readonly type: string;
  /** Counters in it. */
  readonly counters: number;
}

/** Undefined for a symbol that holds no counters, or none that are worth reading. Throws CtfError where its type is damaged. */
export function classify(file: ObjectTypes, name: string, type: CtfType): CounterSymbol | undefined {
  const symbol = name.startsWith(VNET_PREFIX) ? name.slice(VNET_PREFIX.length) : name;
  let shape: Shape;
  try {
    shape = counterShape(file, type);
  } catch (error) {
    if (error instanceof ShapeError) return undefined;
    throw error;
  }
  if (shape.kind === 'struct' && shape.name === `struct ${RATE_STRUCT}`) return undefined;
  const members = shape.kind === 'struct' ? shape.members : [shape.member];
  const counters = members.reduce((sum, { count }) => sum + (count ?? 1), 0);
  const struct = shape.kind === 'value' ? layoutStruct(file, symbol, shape.member.count) : undefined;
  return { symbol, shape, struct, type: typeText(file, type), counters };
}

/**
 * The struct that lays out an array of counters. The kernel does not say which it is; by its convention it has the symbol's name, and it
 * is taken only where it has as many 64-bit words as the array has counters, and nothing else.
 */
function layoutStruct(file: ObjectTypes, symbol: string, count: number | undefined): string | undefined {
  if (count === undefined) return undefined;
  // ipsec4stat and ipsec6stat share one struct.
  for (const tag of [symbol, symbol.replace(/[46]stat$/, 'stat')]) {
    const struct = file.findStruct(tag);
    if (struct?.size === WORD_BYTES * count && hasOnlyWords(file, struct)) return tag;
  }
  return undefined;
}

function hasOnlyWords(file: ObjectTypes, struct: CtfStruct): boolean {
  for (const { type, bitField } of leaves(file, struct)) {
    const element = file.innermost(type);
    if (bitField !== undefined || element.kind !== 'integer' || element.size !== WORD_BYTES) return false;
  }
  return true;
}
