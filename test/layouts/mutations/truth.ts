/** What the values of a symbol really are, by the types from which the simulator made its kernel: nothing of config/layouts is in it. */
import { counterU64, leavesOf, sizeOf, type CType } from '../../../src/simulator/model/ctypes.js';
import { linkName, type DataSymbol } from '../../../src/simulator/model/symbols.js';

/** A value at a place of the symbol. */
export interface TrueValue {
  /** As nameOf() makes it. */
  readonly name: string;
  /** Bytes; of a counter, of its cell. */
  readonly size: number;
  readonly isCounter: boolean;
}

export interface Truth {
  readonly symbol: DataSymbol;
  /** As the symbol table has it. */
  readonly linkName: string;
  readonly size: number;
  /** By offset in bytes. */
  readonly values: ReadonlyMap<number, TrueValue>;
}

/** What all padding is called: nobody asks which word of it is which. */
export const PADDING = 'padding';

/** By path, what nameOf() makes of it: there are few, and each is asked for often. */
const names = new Map<string, string>();

/** One name for `outer[3].inner` and for the element 3 of `outer.inner`, which is how members of structs in an array are published. */
export function nameOf(path: string, index?: number): string {
  let name = names.get(path);
  if (name === undefined) {
    const base = path.replaceAll(/\[\d+\]/g, '');
    const indices = [...path.matchAll(/\[(\d+)\]/g)].map(([, digits]) => digits);
    const isPadding = base.startsWith('_') || base.includes('spare');
    name = isPadding ? PADDING : [base, ...indices].join('#');
    names.set(path, name);
  }
  return name === PADDING || index === undefined ? name : `${name}#${index}`;
}

export function truthOf(symbol: DataSymbol): Truth {
  const { layout, type } = symbol;
  // A struct of nothing but a counter (pf_counter_u64) is published as what it is.
  const leaves = leavesOf(layout ?? type).map((leaf) => ({
    ...leaf,
    path: leaf.path.replace(/\]\.counter$/, ']'),
  }));
  const isCounter = (leaf: CType): boolean => layout !== undefined || leaf === counterU64;
  return {
    symbol,
    linkName: linkName(symbol),
    size: sizeOf(type),
    values: new Map(
      leaves.map((leaf) => [
        leaf.offset,
        { name: nameOf(leaf.path), size: sizeOf(leaf.type), isCounter: isCounter(leaf.type) },
      ]),
    ),
  };
}
