/** What a layout says of a symbol as a counter(9), where the kernel's files do not tell. */
import type { ObjectTypes } from '../ctf/types.js';
import { LayoutError } from '../layouts/provenLayouts.js';
import type { ResolvedPerCpuSymbol, ResolvedSymbol } from '../kernel/symbols.js';
import type { LayoutSource } from '../plan/layoutSource.js';
import { classify, type CounterSymbol } from './classify.js';

/** The types of a symbol by a layout that is proven; undefined where there is none. Throws KvmError where the kernel could not be asked. */
export function typesByLayout(
  name: string,
  symbol: ResolvedSymbol | ResolvedPerCpuSymbol,
  layouts: LayoutSource,
): ObjectTypes | undefined {
  const cells = 'address' in symbol ? symbol.address : undefined;
  try {
    return layouts.typesFor({ name, size: symbol.size, cells }, undefined).types;
  } catch (error) {
    if (error instanceof LayoutError) return undefined;
    throw error;
  }
}

/** As classify(), of a symbol that the kernel has. */
export function classifyByLayout(
  name: string,
  symbol: ResolvedSymbol,
  layouts: LayoutSource,
): CounterSymbol | undefined {
  const types = typesByLayout(name, symbol, layouts);
  const type = types?.typeOfObject(symbol.origin.name);
  return types === undefined || type === undefined ? undefined : classify(types, symbol.origin.name, type);
}

/** True for an array of counters of which it is not known what they count. */
export function isUnnamed({ shape, struct }: CounterSymbol): boolean {
  return shape.kind === 'value' && shape.member.count !== undefined && struct === undefined;
}
