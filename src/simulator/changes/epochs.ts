/** Epochs that come and go with the modules that they belong to. */
import type { ImageFile } from '../image.js';
import { offsetOf, sizeOf } from '../model/ctypes.js';
import { epoch, epochRecord, MOST_EPOCHS } from '../model/epochTypes.js';
import { EPOCH_NAME_BYTES, epochAt, writeEpoch } from '../memory/epochs.js';
import { KernelChange } from './kernelChange.js';

/** Callbacks that wait on one CPU, of an epoch of that name: a number from which it can be told whose it is. */
export function pendingOf(name: string, cpu: number): number {
  let value = 17;
  for (const character of `${name} ${cpu}`) value = (value * 31 + character.charCodeAt(0)) % 10_000_019;
  return value;
}

export class EpochChanges {
  private readonly change: KernelChange;
  private readonly array: bigint;

  constructor(private readonly image: ImageFile) {
    this.change = new KernelChange(image);
    this.array = this.change.address('epoch_array');
  }

  /** In the first slot that is free, as epoch_alloc() does; its record holds pendingOf(mark) on each CPU. Returns the slot. */
  add(name: string, mark = name): number {
    const { change, image } = this;
    const index = this.slots.find((slot) => !this.isInUse(slot));
    if (index === undefined) throw new Error('the simulated kernel has no room for another epoch');
    const record = epochRecord(change.kernel);
    const item = change.spares.take('epochRecord');
    const text = change.spares.take('epochName');
    change.clearItem(item, sizeOf(record));
    change.storeText(text, name);
    const copies = change.present.map((cpu) => [cpu, item + BigInt(cpu * image.pageSize)] as const);
    for (const [cpu, copy] of copies) {
      change.store(copy + BigInt(offsetOf(record, 'er_record.n_pending')), BigInt(pendingOf(mark, cpu)), 4);
    }
    const at = epochAt(this.array, change.kernel, index);
    writeEpoch(change, change.kernel, { at, text, flags: 1, pointer: item - image.bias }, copies);
    return index;
  }

  /** As epoch_free(): out of use first, then its record is freed, then the slot is cleared. */
  remove(index: number): void {
    const { change } = this;
    const type = epoch(change.kernel);
    const at = epochAt(this.array, change.kernel, index);
    const within = (member: string): bigint => at + BigInt(offsetOf(type, member));
    if (!this.isInUse(index)) throw new Error(`the simulated kernel has no epoch ${index}`);
    const item = change.itemOf(change.load(within('e_pcpu_record')));
    const text = change.load(within('e_name'));
    change.store(within('e_in_use'), 0n, 4);
    change.poisonItem(item, sizeOf(epochRecord(change.kernel)));
    change.clear(at, sizeOf(type));
    change.poison(text, EPOCH_NAME_BYTES);
    change.spares.give('epochRecord', item);
    change.spares.give('epochName', text);
  }

  private get slots(): number[] {
    return Array.from({ length: MOST_EPOCHS }, (_, index) => index);
  }

  private isInUse(index: number): boolean {
    const at = epochAt(this.array, this.change.kernel, index) + BigInt(offsetOf(epoch(this.change.kernel), 'e_in_use'));
    return (this.change.load(at) & 0xffff_ffffn) !== 0n;
  }
}
