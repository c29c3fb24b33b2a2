/** Where a walk reads the bytes of elements to, one after the other: used again by each walk. */
import { kernelAddress, WORD_BYTES, type KernelAddress } from '../../kernel/address.js';
import { loadInteger } from '../../kernel/integers.js';
import type { Span } from './listPlan.js';

/** What a walk came by: an element, or what holds others. */
export interface WalkedNode {
  readonly address: KernelAddress;
  readonly bytes: Buffer;
  /** Bytes from its start to the first of `bytes`. */
  readonly from: number;
  readonly outer: WalkedNode | undefined;
  /** Its place, where it is in an array. */
  readonly index: number;
}

const NOWHERE = kernelAddress(1n << 63n);

/** Where the bytes of one element are read to. */
export class Room implements WalkedNode {
  /** The element that was read last, and where its bytes begin in the kernel. */
  address: KernelAddress = NOWHERE;
  start: KernelAddress = NOWHERE;
  /** Which list of links that was in: the room of its first element. */
  run = -1;
  outer: Room | undefined;
  index = 0;

  /** Where only pieces of it are read. */
  readonly pieces: readonly { readonly at: number; readonly bytes: Buffer }[] | undefined;
  readonly from: number;
  private readonly view: DataView;

  constructor(
    readonly bytes: Buffer,
    span: Span,
  ) {
    this.from = span.from;
    this.pieces = span.pieces?.map(({ at, length }) => ({ at, bytes: bytes.subarray(at, at + length) }));
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  /** What it has at an offset, unsigned. */
  word(offset: number, size: number): bigint {
    const at = offset - this.from;
    return size === WORD_BYTES ? this.view.getBigUint64(at, true) : loadInteger(this.bytes, at, size);
  }
}

export class Arena {
  used = 0;
  private readonly rooms: Room[] = [];

  /** @param growth rooms that are made at once */
  constructor(
    private readonly span: Span,
    private readonly growth: number,
  ) {}

  /** The next one; it is taken by whoever counts it in `used`. */
  peek(): Room {
    if (this.used === this.rooms.length) {
      const { length } = this.span;
      const block = Buffer.alloc(length * this.growth);
      for (let nth = 0; nth < this.growth; nth++)
        this.rooms.push(new Room(block.subarray(nth * length, (nth + 1) * length), this.span));
    }
    return this.rooms[this.used]!;
  }

  /** Has `into` hold the elements from the room `from` on. */
  addressesFrom(from: number, into: Set<bigint>): void {
    into.clear();
    for (let index = from; index < this.used; index++) into.add(this.rooms[index]!.address);
  }
}
