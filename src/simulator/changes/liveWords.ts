/** The memory of a kernel that runs, for what writes it word by word as it does while the kernel is built. */
import type { ImageFile } from '../image.js';
import type { Words } from '../memory/words.js';

export class LiveWords implements Words {
  constructor(protected readonly image: Pick<ImageFile, 'read' | 'write'>) {}

  load(address: bigint): bigint {
    return this.image.read(address, 8).readBigUInt64LE();
  }

  store(address: bigint, value: bigint, size = 8): void {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64LE(BigInt.asUintN(64, value));
    this.image.write(address, bytes.subarray(0, size));
  }

  storeText(address: bigint, text: string): void {
    this.image.write(address, Buffer.from(`${text}\0`, 'latin1'));
  }
}
