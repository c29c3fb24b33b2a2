/** What every change to a simulated kernel that is in use is made with: its memory, its spares, and the poison for what is freed. */
import type { ImageFile } from '../image.js';
import type { Profile } from '../profiles.js';
import { Spares } from '../memory/spareStacks.js';
import { fingerprintParts } from './elementFingerprint.js';
import { LiveWords } from './liveWords.js';

/** As UMA's `uma_junk` has it. */
const POISON = 0xdead_c0de;

export class KernelChange extends LiveWords {
  readonly kernel: Pick<Profile, 'machine' | 'release'>;
  readonly spares: Spares;
  /** `mp_maxcpus`. */
  readonly maxCpus: number;
  /** The ids of the CPUs that exist. */
  readonly present: readonly number[];

  constructor(override readonly image: ImageFile) {
    super(image);
    this.kernel = { machine: image.symbol('pcpu0') === undefined ? 'amd64' : 'arm64', release: image.release };
    this.spares = new Spares(this, this.address('sim_spares'));
    this.maxCpus = this.image.read(this.address('mp_maxcpus'), 4).readInt32LE();
    const table = this.address('cpuid_to_pcpu');
    const ids = Array.from({ length: image.maxId + 1 }, (_, id) => id);
    this.present = ids.filter((id) => this.load(table + BigInt(8 * id)) !== 0n);
  }

  address(symbol: string): bigint {
    const found = this.image.symbol(symbol);
    if (found === undefined) throw new Error(`the simulated kernel has no ${symbol}`);
    return found.address;
  }

  text(address: bigint): string {
    let text = '';
    for (let at = address; ; at++) {
      const byte = this.image.read(at, 1).readUInt8();
      if (byte === 0) return text;
      text += String.fromCharCode(byte);
    }
  }

  clear(address: bigint, size: number): void {
    this.image.write(address, Buffer.alloc(size));
  }

  /** The words that `column` has from `address` on, `stride` bytes apart for each CPU id, become its fingerprint. */
  mark(address: bigint, stride: number, name: string, column: string): void {
    for (const [nth, part] of fingerprintParts(name, column, this.present.length).entries()) {
      this.store(address + BigInt((this.present[nth] ?? 0) * stride), part);
    }
  }

  /** Zeroes what each CPU id has of a zpcpu item. */
  clearItem(item: bigint, size: number): void {
    for (const copy of this.copiesOf(item)) this.clear(copy, size);
  }

  /** Ends what the workload does there, and makes it what freed memory is. */
  poison(address: bigint, size: number): void {
    this.image.stopWorkload(address, size);
    this.image.write(address, poisonOf(size));
  }

  poisonItem(item: bigint, size: number): void {
    this.image.stopWorkload(item, size);
    for (const copy of this.copiesOf(item)) this.image.write(copy, poisonOf(size));
  }

  /** CPU 0's copy of what a stored zpcpu pointer leads to. */
  itemOf(pointer: bigint): bigint {
    return BigInt.asUintN(64, pointer + this.image.bias);
  }

  private copiesOf(item: bigint): bigint[] {
    return Array.from({ length: this.image.maxId + 1 }, (_, cpu) => item + BigInt(cpu * this.image.pageSize));
  }
}

function poisonOf(size: number): Buffer {
  const bytes = Buffer.alloc(Math.ceil(size / 4) * 4);
  for (let at = 0; at < bytes.length; at += 4) bytes.writeUInt32LE(POISON, at);
  return bytes.subarray(0, size);
}
