/** The tables of an image file, record by record, as format.ts lays them out. */
import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { header, HEADER_SIZE, IMAGE_MAGIC, recordSize, type TableName } from './format.js';

export interface ImageRecord {
  readonly bytes: Buffer;
  /** Where it is in the file. */
  readonly at: number;
}

export class ImageRecords {
  readonly head: Buffer;
  private readonly fd: number;
  private readonly strings: Buffer;

  constructor(readonly path: string) {
    this.fd = openSync(path, 'r+');
    this.head = this.readAt(0, HEADER_SIZE);
    if (this.head.toString('latin1', 0, 8) !== IMAGE_MAGIC) {
      throw new Error(`${path} is not an image of a simulated kernel`);
    }
    const { offset, count } = this.table('strings');
    this.strings = this.readAt(offset, count);
  }

  close(): void {
    closeSync(this.fd);
  }

  table(name: TableName): { offset: number; count: number } {
    const at = header.tables[name];
    return { offset: Number(this.head.readBigUInt64LE(at)), count: Number(this.head.readBigUInt64LE(at + 8)) };
  }

  /** All records of a table as they are now. */
  records(name: TableName): ImageRecord[] {
    const { offset, count } = this.table(name);
    const size = recordSize[name];
    const all = this.readAt(offset, count * size);
    return Array.from({ length: count }, (_, i) => ({
      bytes: all.subarray(i * size, (i + 1) * size),
      at: offset + i * size,
    }));
  }

  text(offset: number): string {
    return this.strings.toString('utf8', offset, this.strings.indexOf(0, offset));
  }

  readAt(offset: number, length: number): Buffer {
    // All of it is read, or none is given.
    const bytes = Buffer.allocUnsafe(length);
    const count = readSync(this.fd, bytes, 0, length, offset);
    if (count !== length) throw new Error(`${this.path} ends at ${offset + count}`);
    return bytes;
  }

  writeAt(offset: number, bytes: Uint8Array): void {
    writeSync(this.fd, bytes, 0, bytes.length, offset);
  }

  writeU32(offset: number, value: number): void {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(value);
    this.writeAt(offset, bytes);
  }
}
