/** malloc(9)'s types: the list of them, each with its statistics of each CPU, and the sysctls that tell of both. */
import { madeOnce, array, char, offsetOf, sizeOf, struct, type StructType } from '../model/ctypes.js';
import { mallocType, mallocTypeInternal, mallocTypeStats } from '../model/kernelTypes.js';
import { MALLOC_TYPES_AT_BOOT, mallocTypeModels } from '../model/mallocNames.js';
import type { Release } from '../profiles.js';
import type { KernelImage } from './kernelImage.js';
import type { Spares } from './spareStacks.js';
import type { SysctlNode } from './sysctlNode.js';
import type { Words } from './words.js';

/** How many types more there can be than at boot. */
const SPARE_TYPES = 24;

/** The memory of one type: what its module has of it, and in 12 what malloc(9) itself has. */
export const mallocTypeMemory = madeOnce((release: Release): StructType => {
  return struct('sim_malloc_type', {
    type: mallocType(release),
    name: array(char, 64),
    internal: mallocTypeInternal,
  });
});

export function fillMallocTypes(image: KernelImage, spares: Spares): void {
  const { memory, profile, spec } = image;
  const places = { head: image.addressOf('kmemstatistics'), count: image.addressOf('kmemcount') };
  const size = sizeOf(mallocTypeMemory(profile.release));
  for (const { name, bytesPerSecond, inUse } of mallocTypeModels(spec.mallocTypes ?? MALLOC_TYPES_AT_BOOT)) {
    const item = image.items.allocate();
    linkMallocType(memory, profile.release, places, image.heap.reserve(size, 64), name, item - image.bias);
    // What was allocated and not freed is in use.
    const moves: readonly [member: string, rate: number, kept: number][] = [
      ['mts_memalloced', bytesPerSecond, inUse],
      ['mts_memfreed', bytesPerSecond, 0],
      ['mts_numallocs', bytesPerSecond / 512, Math.ceil(inUse / 512)],
      ['mts_numfrees', bytesPerSecond / 512, 0],
    ];
    for (const [index, [member, rate, kept]] of moves.entries()) {
      const activity = { rate, cpuClass: 'hot' } as const;
      const address = item + BigInt(offsetOf(mallocTypeStats, member));
      const stride = memory.pageSize;
      image.values.push({ address, stride, activity, symbol: `malloc:${name}`, index, file: 'kernel' });
      image.history.write(address, stride, activity, kept);
    }
    for (const id of image.present) {
      const mask = item + BigInt(offsetOf(mallocTypeStats, 'mts_size') + id * memory.pageSize);
      memory.store(mask, BigInt(image.random.bits() & 0x3ff));
    }
  }
  for (let nth = 0; nth < SPARE_TYPES; nth++) {
    spares.give('mallocType', image.heap.reserve(size, 64));
    spares.give('item', image.items.allocate());
  }
}

/** `M_MAGIC`, and since 13 `M_VERSION`. */
function magicOf(release: Release): bigint {
  return release === 12 ? 877_983_977n : 2_020_110_501n;
}

/**
 * What malloc_init() does with a type: it comes to the head of the list.
 * @param places where the list's head is, and the number of its elements
 * @param memory where the type is to lie
 * @param statistics the pointer to them, as the kernel stores it
 */
export function linkMallocType(
  words: Words,
  release: Release,
  places: { readonly head: bigint; readonly count: bigint },
  memory: bigint,
  name: string,
  statistics: bigint,
): void {
  const within = mallocTypeMemory(release);
  const at = (path: string): bigint => memory + BigInt(offsetOf(within, path));
  words.store(at('type.ks_next'), words.load(places.head));
  words.store(at(release === 12 ? 'type.ks_magic' : 'type.ks_version'), magicOf(release));
  words.store(at('type.ks_shortdesc'), at('name'));
  words.storeText(at('name'), name);
  let internal = at('internal');
  if (release === 12) words.store(at('type.ks_handle'), internal);
  else internal = at('type.ks_mti');
  words.store(internal + BigInt(offsetOf(mallocTypeInternal, 'mti_stats')), statistics);
  words.store(places.head, memory);
  words.store(places.count, (words.load(places.count) & 0xffff_ffffn) + 1n, 4);
}

export function mallocNodes(image: KernelImage): SysctlNode[] {
  const { release } = image.profile;
  const type = mallocType(release);
  const isOld = release === 12;
  const layout = [
    offsetOf(type, 'ks_next'),
    offsetOf(type, 'ks_shortdesc'),
    offsetOf(type, isOld ? 'ks_handle' : 'ks_mti'),
    isOld ? 1 : 0,
    offsetOf(mallocTypeInternal, 'mti_stats'),
    image.maxCpus,
  ];
  return [
    { name: 'kern.malloc_count', kind: 'memory', source: image.addressOf('kmemcount'), count: 4 },
    { name: 'kern.malloc_stats', kind: 'mallocStats', source: image.addressOf('kmemstatistics'), layout },
  ];
}
