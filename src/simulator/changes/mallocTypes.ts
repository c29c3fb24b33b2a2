/** malloc(9) types that come and go with the modules that they belong to. */
import type { ImageFile } from '../image.js';
import { offsetOf, sizeOf } from '../model/ctypes.js';
import { mallocType, mallocTypeInternal, mallocTypeStats } from '../model/kernelTypes.js';
import { linkMallocType, mallocTypeMemory } from '../memory/mallocTypes.js';
import { KernelChange } from './kernelChange.js';

/** Its counters, which hold fingerprint(mark, column). */
export const mallocColumns = ['mts_memalloced', 'mts_memfreed', 'mts_numallocs', 'mts_numfrees'] as const;

/** Adds a type at the head of the list; returns its address. `mark` tells apart those with the same name. */
export function addMallocType(image: ImageFile, name: string, mark = name): bigint {
  const change = new KernelChange(image);
  const { release } = change.kernel;
  const memory = change.spares.take('mallocType');
  const item = change.spares.take('item');
  change.clear(memory, sizeOf(mallocTypeMemory(release)));
  change.clearItem(item, sizeOf(mallocTypeStats));
  for (const column of mallocColumns) {
    change.mark(item + BigInt(offsetOf(mallocTypeStats, column)), image.pageSize, mark, column);
  }
  const places = { head: change.address('kmemstatistics'), count: change.address('kmemcount') };
  linkMallocType(change, release, places, memory, name, item - image.bias);
  return memory;
}

/** Takes a type away, the first of that name or the one at that address. Its memory and its statistics are those of the next that is added. */
export function removeMallocType(image: ImageFile, which: string | bigint): void {
  const change = new KernelChange(image);
  const { release } = change.kernel;
  const type = mallocType(release);
  const next = BigInt(offsetOf(type, 'ks_next'));
  const count = change.address('kmemcount');
  let link = change.address('kmemstatistics');
  for (let at = change.load(link); at !== 0n; at = change.load(link)) {
    const name = change.text(change.load(at + BigInt(offsetOf(type, 'ks_shortdesc'))));
    if (at === which || name === which) {
      const internal =
        release === 12 ? change.load(at + BigInt(offsetOf(type, 'ks_handle'))) : at + BigInt(offsetOf(type, 'ks_mti'));
      const item = change.itemOf(change.load(internal + BigInt(offsetOf(mallocTypeInternal, 'mti_stats'))));
      change.store(link, change.load(at + next));
      change.store(count, (change.load(count) & 0xffff_ffffn) - 1n, 4);
      change.poisonItem(item, sizeOf(mallocTypeStats));
      change.poison(at, sizeOf(mallocTypeMemory(release)));
      change.spares.give('item', item);
      change.spares.give('mallocType', at);
      return;
    }
    link = at + next;
  }
  throw new Error(`the simulated kernel has no malloc type ${String(which)}`);
}
