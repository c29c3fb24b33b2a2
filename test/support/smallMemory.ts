/** Kernel memory in a few pages of this process: what is not mapped cannot be read, and something can happen before each read. */
import type { KernelAddress, ZpcpuPointer } from '../../src/kernel/address.js';
import { KvmError } from '../../src/kernel/errors.js';
import type { Memory, ZpcpuMemory } from '../../src/kernel/memory.js';

const PAGE = 4096n;

export class SmallMemory implements Memory, ZpcpuMemory {
  readonly traffic = { reads: 0, bytes: 0 };
  /** Called before each read with where it begins and how long it is; what it throws takes the place of the read. */
  before: ((address: bigint, length: number) => void) | undefined;
  private readonly pages = new Map<bigint, Buffer>();

  /** Makes the pages that these bytes lie in readable. Their contents are 0 where they were not. */
  map(address: bigint, length = 1): void {
    for (let page = address / PAGE; page * PAGE < address + BigInt(length); page++) {
      if (!this.pages.has(page)) this.pages.set(page, Buffer.alloc(Number(PAGE)));
    }
  }

  /** The same pages can't be read any more, and their contents are lost. */
  unmap(address: bigint, length = 1): void {
    for (let page = address / PAGE; page * PAGE < address + BigInt(length); page++) this.pages.delete(page);
  }

  read(address: KernelAddress, into: NodeJS.TypedArray): void {
    this.before?.(address, into.byteLength);
    const bytes = new Uint8Array(into.buffer, into.byteOffset, into.byteLength);
    this.traffic.reads++;
    this.traffic.bytes += bytes.length;
    this.copy(address, bytes.length, (piece, at) => {
      bytes.set(piece, at);
    });
  }

  readZpcpu(pointer: ZpcpuPointer, into: NodeJS.TypedArray, cpu: number): void {
    this.read((BigInt(pointer) + BigInt(cpu) * PAGE) as KernelAddress, into);
  }

  counterU64Fetch(): bigint {
    throw new KvmError('kvm_counter_u64_fetch', 'nobody asks for it here');
  }

  /** Looks at it as the kernel itself does: nothing happens before, and nothing is counted. */
  bytes(address: bigint, length: number): Buffer {
    const bytes = Buffer.alloc(length);
    this.copy(address, length, (piece, at) => {
      bytes.set(piece, at);
    });
    return bytes;
  }

  word(address: bigint): bigint {
    return this.bytes(address, 8).readBigUInt64LE();
  }

  write(address: bigint, bytes: Uint8Array): void {
    this.copy(address, bytes.length, (piece, at) => {
      piece.set(bytes.subarray(at, at + piece.length));
    });
  }

  /** An integer of `size` bytes, modulo what they hold. */
  store(address: bigint, value: bigint | number, size = 8): void {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64LE(BigInt.asUintN(64, BigInt(value)));
    this.write(address, bytes.subarray(0, size));
  }

  private copy(address: bigint, length: number, each: (piece: Buffer, at: number) => void): void {
    for (let at = 0; at < length;) {
      const from = address + BigInt(at);
      const page = this.pages.get(from / PAGE);
      if (page === undefined) throw new KvmError('kvm_read', 'Bad address');
      const start = Number(from % PAGE);
      const piece = page.subarray(start, Math.min(Number(PAGE), start + length - at));
      each(piece, at);
      at += piece.length;
    }
  }
}
