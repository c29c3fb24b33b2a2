/** The epochs that a kernel has, each with a record of each CPU: how many callbacks wait there until nobody can look any more at what they free. */
import { offsetOf, sizeOf } from '../model/ctypes.js';
import { epoch, epochRecord, MOST_EPOCHS } from '../model/epochTypes.js';
import type { Profile } from '../profiles.js';
import type { KernelImage } from './kernelImage.js';
import { PcpuZone } from './pcpuZone.js';
import type { Spares } from './spareStacks.js';
import type { Words } from './words.js';

/** How many more there can be than at boot. */
const SPARE_EPOCHS = 24;
/** Room for the name of one of these, which is a module's. */
export const EPOCH_NAME_BYTES = 64;
/** `EPOCH_PREEMPT`. */
const PREEMPT = 1;

/** Names, whether threads in it may be preempted, and what waits on a CPU, about. */
const atBoot: readonly (readonly [name: string, flags: number, pending: number])[] = [
  ['Global', 0, 0],
  ['Global preemptible', PREEMPT, 2],
  ['Net preemptible', PREEMPT, 31],
];

export function fillEpochs(image: KernelImage, spares: Spares): void {
  const { memory, profile } = image;
  const isArray = profile.release >= 13;
  const record = epochRecord(profile);
  const zone = new PcpuZone(image.uma, profile.pageSize, image.maxId + 1, sizeOf(record), image.random);
  for (const [index, [name, flags, pending]] of (isArray ? atBoot : atBoot.slice(0, 1)).entries()) {
    const text = image.heap.reserve(name.length + 1, 8);
    memory.storeText(text, name);
    const item = zone.allocate();
    const at = isArray
      ? epochAt(image.addressOf('epoch_array'), profile, index)
      : image.heap.reserve(sizeOf(epoch(profile)), 128);
    if (index === 0) memory.store(image.addressOf('global_epoch'), at);
    writeEpoch(memory, profile, { at, text, flags, pointer: item - image.bias }, copiesOf(image, item));
    for (const cpu of image.present) {
      const copy = item + BigInt(cpu * memory.pageSize);
      const store = (member: string, value: number): void => {
        memory.store(copy + BigInt(offsetOf(record, `er_record.${member}`)), BigInt(value), 4);
      };
      store('n_pending', pending === 0 ? 0 : pending + (image.random.bits() % pending));
      store('n_dispatch', image.random.bits());
      store('epoch', 40_000 + (image.random.bits() % 1000));
    }
  }
  if (!isArray) return;
  for (let nth = 0; nth < SPARE_EPOCHS; nth++) {
    spares.give('epochRecord', zone.allocate());
    spares.give('epochName', image.heap.reserve(EPOCH_NAME_BYTES, 64));
  }
}

export function epochAt(array: bigint, kernel: Pick<Profile, 'machine' | 'release'>, index: number): bigint {
  if (index < 0 || index >= MOST_EPOCHS) throw new Error(`there is no epoch ${index}`);
  return array + BigInt(index * sizeOf(epoch(kernel)));
}

function copiesOf(image: KernelImage, item: bigint): readonly (readonly [cpu: number, copy: bigint])[] {
  return image.present.map((cpu) => [cpu, item + BigInt(cpu * image.memory.pageSize)] as const);
}

/**
 * What epoch_alloc() makes of a slot of the array and of the record's copies: in use is set last.
 * @param place `text` is where its name lies, `pointer` the record's as the kernel stores it
 */
export function writeEpoch(
  words: Words,
  kernel: Pick<Profile, 'machine' | 'release'>,
  place: { readonly at: bigint; readonly text: bigint; readonly flags: number; readonly pointer: bigint },
  copies: readonly (readonly [cpu: number, copy: bigint])[],
): void {
  const type = epoch(kernel);
  const record = epochRecord(kernel);
  const within = (path: string): bigint => place.at + BigInt(offsetOf(type, path));
  for (const [cpu, copy] of copies) {
    const inCopy = (path: string): bigint => copy + BigInt(offsetOf(record, path));
    words.store(inCopy('er_record.global'), place.at);
    words.store(inCopy('er_tdlist.tqh_last'), inCopy('er_tdlist'));
    words.store(inCopy('er_parent'), place.at);
    words.store(inCopy('er_cpuid'), BigInt(cpu), 4);
  }
  words.store(within('e_epoch.epoch'), 1n, 4);
  words.store(within('e_pcpu_record'), place.pointer);
  words.store(within('e_flags'), BigInt(place.flags), 4);
  if (kernel.release < 13) return;
  words.store(within('e_name'), place.text);
  words.store(within('e_in_use'), 1n, 4);
}
