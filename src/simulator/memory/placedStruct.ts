/** A struct at its place in the memory that is being built. */
import { sizeOf, type StructType } from '../model/ctypes.js';
import { placeOf, type StructWriter } from '../model/members.js';
import type { Memory, Segment } from './memory.js';

export class PlacedStruct implements StructWriter {
  constructor(
    private readonly memory: Memory,
    readonly type: StructType,
    readonly address: bigint,
  ) {}

  /** In room of its own, as malloc(9) gives it. */
  static allocate(memory: Memory, segment: Segment, type: StructType, align = 64): PlacedStruct {
    return new PlacedStruct(memory, type, segment.reserve(sizeOf(type), align));
  }

  at(path: string): bigint {
    return this.address + BigInt(placeOf(this.type, path).offset);
  }

  put(values: Readonly<Record<string, bigint | number>>): void {
    for (const [path, value] of Object.entries(values)) {
      const { offset, size } = placeOf(this.type, path);
      this.memory.store(this.address + BigInt(offset), BigInt(value), size);
    }
  }

  text(path: string, text: string): void {
    this.memory.storeText(this.at(path), text);
  }
}
