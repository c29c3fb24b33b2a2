/** A dump's file: read at offsets, never as a whole, through a small cache, since structures are followed by many reads of a few bytes. */
import { constants, closeSync, fstatSync, openSync, readSync, type Stats } from 'node:fs';
import { KernelOpenError, KvmError } from '../../errors.js';

/** Bytes that are read at once. No page and no part of a bitmap crosses into another block: all of them are powers of two and not larger. */
export const BLOCK_BYTES = 16_384;
/** Blocks that are kept: 8 MiB, which hold the page tables and the pages that one read of everything comes back to. */
const KEPT_BLOCKS = 512;

export class DumpFile {
  /** Blocks that were read, the one that was used last at the end. */
  private readonly blocks = new Map<number, Buffer>();
  private latest = -1;
  private latestBlock: Buffer = Buffer.alloc(0);
  private closed = false;

  private constructor(
    readonly path: string,
    private readonly descriptor: number,
    /** Bytes of the file when it was opened. */
    readonly size: number,
  ) {}

  /** Throws KernelOpenError, whose message says what to do. */
  static open(path: string): DumpFile {
    let descriptor: number;
    try {
      // A FIFO that nobody writes to would keep waiting who opens it otherwise.
      descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    } catch (error) {
      throw new KernelOpenError(`cannot open ${path}: ${whyNotOpened((error as NodeJS.ErrnoException).code)}`);
    }
    try {
      const stats = fstatSync(descriptor);
      const why = whyNoFile(path, stats);
      if (why !== undefined) throw new KernelOpenError(`${path}: ${why}`);
      return new DumpFile(path, descriptor, stats.size);
    } catch (error) {
      closeSync(descriptor);
      throw error;
    }
  }

  /** A second call does nothing; reads after it throw. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.blocks.clear();
    this.latest = -1;
    closeSync(this.descriptor);
  }

  /**
   * The block that begins at a multiple of BLOCK_BYTES, shorter where the file ends in it. It is good until the next call.
   * @throws KvmError where it cannot be read
   */
  block(start: number): Buffer {
    if (start === this.latest) return this.latestBlock;
    let block = this.blocks.get(start);
    if (block === undefined) {
      const bytes = this.spare();
      block = bytes.subarray(0, this.readAt(start, bytes.subarray(0, Math.max(0, this.size - start))));
    } else {
      this.blocks.delete(start);
    }
    this.blocks.set(start, block);
    this.latest = start;
    this.latestBlock = block;
    return block;
  }

  /** Copies what is at `offset`, within a block, to `into` at `at`. Throws KvmError where it is not all there. */
  copy(offset: number, length: number, into: Uint8Array, at: number): void {
    const within = offset % BLOCK_BYTES;
    const block = this.block(offset - within);
    if (within + length > block.length) throw new KvmError('vmcore', 'the file ends there');
    into.set(block.subarray(within, within + length), at);
  }

  /** The little-endian 32 bits at `offset`, a multiple of 4. Throws KvmError where the file ends before. */
  uint32(offset: number): number {
    const within = offset % BLOCK_BYTES;
    const block = this.block(offset - within);
    if (within + 4 > block.length) throw new KvmError('vmcore', 'the file ends there');
    return block.readUInt32LE(within);
  }

  /** Fills `into` past the cache, up to the end of the file. Returns how many bytes there were. */
  readAt(offset: number, into: Uint8Array): number {
    if (this.closed) throw new KvmError('vmcore', 'the dump was closed');
    let read = 0;
    try {
      while (read < into.length) {
        const count = readSync(this.descriptor, into, read, into.length - read, offset + read);
        if (count === 0) break;
        read += count;
      }
    } catch (error) {
      throw new KvmError('vmcore', `cannot be read: ${(error as NodeJS.ErrnoException).code ?? String(error)}`);
    }
    return read;
  }

  /** Memory for one more block: that of the block which was not used for the longest time, once there are enough. */
  private spare(): Buffer {
    if (this.blocks.size < KEPT_BLOCKS) return Buffer.allocUnsafeSlow(BLOCK_BYTES);
    for (const [start, oldest] of this.blocks) {
      this.blocks.delete(start);
      return Buffer.from(oldest.buffer);
    }
    return Buffer.allocUnsafeSlow(BLOCK_BYTES);
  }
}

function whyNotOpened(code: string | undefined): string {
  switch (code) {
    case 'ENOENT':
      return 'there is no such file; savecore(8) puts crash dumps into /var/crash as vmcore.0 and so on';
    case 'EACCES':
      return 'permission denied; savecore(8) makes dumps readable by root only: run as root, or change the mode of a copy';
    default:
      return `${code ?? 'unknown error'}; name the file of a crash dump, such as /var/crash/vmcore.0`;
  }
}

function whyNoFile(path: string, stats: Stats): string | undefined {
  if (stats.isFile()) return undefined;
  if (stats.isDirectory()) return 'a directory; name the dump in it, such as vmcore.0';
  if (stats.isBlockDevice() || stats.isCharacterDevice())
    return `a device; run savecore /var/crash ${path} and name the vmcore.N that it makes`;
  return 'neither a file nor a directory; write the dump into a file, which can be read at any place';
}
