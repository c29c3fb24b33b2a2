/**
 * Whose values the items of a read hold: the instances that were found, and the zpcpu pointers that led to their copies. Two values make a
 * rate only where both are of the same counter; one that took another's place is told by this, whatever its value is.
 */
import type { ZpcpuPointer } from '../kernel/address.js';
import type { Instance } from './instances/instance.js';
import type { SeriesLayout } from './layout.js';
import { instanceAt, type EntryResolution } from './resolution.js';

/** The same object for as long as nothing of it changed. */
export class Origins {
  /** Of rows that are the sum of several items, the further ones. */
  private further: ReadonlyMap<number, readonly number[]> | undefined;

  constructor(
    private readonly layout: SeriesLayout,
    private readonly resolutions: readonly EntryResolution[],
    private readonly pointers: readonly (ZpcpuPointer | undefined)[],
  ) {}

  /** True where `row` is of the same counter as `rowBefore` was in the layout of `before`. */
  isSame(row: number, before: Origins, rowBefore: number): boolean {
    if (!this.isSameItem(this.layout.itemOf[row], before, before.layout.itemOf[rowBefore])) return false;
    const further = this.furtherOf(row);
    const furtherBefore = before.furtherOf(rowBefore);
    return (
      further.length === furtherBefore.length &&
      further.every((item, index) => this.isSameItem(item, before, furtherBefore[index]))
    );
  }

  private isSameItem(item: number | undefined, before: Origins, itemBefore: number | undefined): boolean {
    if (item === undefined || itemBefore === undefined) return false;
    const own = this.layout.items[item];
    const other = before.layout.items[itemBefore];
    if (own === undefined || other === undefined) return false;
    const instance = instanceAt(this.resolutions, own);
    const instanceBefore = instanceAt(before.resolutions, other);
    if (instance === undefined || instanceBefore === undefined) return false;
    if (this.pointers[item] !== before.pointers[itemBefore]) return false;
    if (instance === instanceBefore) return true;
    // What does not come and go on its own is the same where it is, however often it was found. Of a module that is so for one load of it.
    const stay = this.layout.follows[own.entry] === undefined && before.layout.follows[other.entry] === undefined;
    return stay && isAlike(instance, instanceBefore);
  }

  private furtherOf(row: number): readonly number[] {
    const { addends } = this.layout;
    if (addends.length === 0) return NONE;
    if (this.further === undefined) {
      const further = new Map<number, number[]>();
      for (const { row: own, item } of addends) {
        const items = further.get(own);
        if (items === undefined) further.set(own, [item]);
        else items.push(item);
      }
      this.further = further;
    }
    return this.further.get(row) ?? NONE;
  }
}

const NONE: readonly number[] = [];

function isAlike(a: Instance, b: Instance): boolean {
  const { cells, copies } = a.where;
  if (cells !== b.where.cells || copies?.size !== b.where.copies?.size) return false;
  for (const [id, address] of copies ?? []) if (b.where.copies?.get(id) !== address) return false;
  const { name, value, size, file } = a.origin;
  return (
    name === b.origin.name &&
    value === b.origin.value &&
    size === b.origin.size &&
    file?.id === b.origin.file?.id &&
    file?.generation === b.origin.file?.generation
  );
}
