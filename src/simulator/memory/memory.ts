/** The simulated kernel's memory while it is built: runs of addresses, each over one buffer, that become the segments of an image. */
import { roundUp } from '../model/ctypes.js';

export class Segment {
  private buffer: Buffer = Buffer.alloc(0);
  /** What is in use of the buffer, in whole pages. */
  private inUse = this.buffer;
  private used = 0;
  /** The address behind what is used. */
  private after: bigint;
  /** Whether its pages are mapped when the kernel boots. */
  mapped = true;

  constructor(
    readonly base: bigint,
    private readonly pageSize: number,
  ) {
    this.after = base;
  }

  /** Makes room for `size` bytes, zeroed, and returns their address. */
  reserve(size: number, align = 8): bigint {
    const at = roundUp(this.used, align);
    this.used = at + size;
    this.after = this.base + BigInt(this.used);
    return this.base + BigInt(at);
  }

  get end(): bigint {
    return this.after;
  }

  /** All of it, in whole pages. */
  get bytes(): Buffer {
    const needed = roundUp(this.used, this.pageSize);
    if (this.inUse.length === needed) return this.inUse;
    if (this.buffer.length < needed) {
      const grown = Buffer.alloc(Math.max(needed, this.buffer.length * 2));
      this.buffer.copy(grown);
      this.buffer = grown;
    }
    return (this.inUse = this.buffer.subarray(0, needed));
  }

  has(address: bigint): boolean {
    return address >= this.base && address < this.after;
  }
}

export class Memory {
  readonly segments: Segment[] = [];
  /** Where the last address was: most come in runs. */
  private last: Segment | undefined;

  constructor(readonly pageSize: number) {}

  segment(base: bigint): Segment {
    const segment = new Segment(base, this.pageSize);
    this.segments.push(segment);
    return segment;
  }

  /** The segment that holds `address`, and where in its bytes. */
  locate(address: bigint): { segment: Segment; at: number } {
    const segment =
      this.last?.has(address) === true ? this.last : this.segments.find((candidate) => candidate.has(address));
    if (segment === undefined) throw new Error(`nothing is at ${address.toString(16)}`);
    this.last = segment;
    return { segment, at: Number(address - segment.base) };
  }

  /** Stores an integer of `size` bytes, modulo its width. */
  store(address: bigint, value: bigint, size = 8): void {
    const { segment, at } = this.locate(address);
    if (size === 8) segment.bytes.writeBigUInt64LE(BigInt.asUintN(64, value), at);
    else segment.bytes.writeUIntLE(Number(BigInt.asUintN(8 * size, value)), at, size);
  }

  load(address: bigint): bigint {
    const { segment, at } = this.locate(address);
    return segment.bytes.readBigUInt64LE(at);
  }

  storeText(address: bigint, text: string): void {
    const { segment, at } = this.locate(address);
    segment.bytes.write(`${text}\0`, at, 'latin1');
  }

  copy(from: bigint, to: bigint, size: number): void {
    const source = this.locate(from);
    const target = this.locate(to);
    source.segment.bytes.copy(target.segment.bytes, target.at, source.at, source.at + size);
  }
}
