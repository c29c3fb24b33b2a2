/** Writes messages in the wire format of Protocol Buffers, field by field, into a buffer that grows. */

/** How a field is written, as the lowest three bits of its tag tell (Protocol Buffers: "Encoding", Message structure). */
const VARINT = 0;
const I64 = 1;
const LEN = 2;

/** The most bytes that a varint of a number below 2^53 takes. */
const MAX_VARINT = 8;
const DOUBLE = 8;

export class MessageWriter {
  private buffer = Buffer.allocUnsafe(1 << 12);
  private at = 0;

  /** Bytes that are written. */
  get length(): number {
    return this.at;
  }

  /** What is written, until something more is. */
  get bytes(): Buffer {
    return this.buffer.subarray(0, this.at);
  }

  clear(): void {
    this.at = 0;
  }

  /** @param value a whole number from 0 to 2^53 */
  number(field: number, value: number): void {
    this.reserve(2 * MAX_VARINT);
    this.varint((field << 3) | VARINT);
    this.varint(value);
  }

  string(field: number, text: string): void {
    const length = Buffer.byteLength(text);
    this.begin(field, length);
    this.buffer.write(text, this.at);
    this.at += length;
  }

  message(field: number, bytes: Uint8Array): void {
    this.begin(field, bytes.length);
    this.raw(bytes);
  }

  /** What stands before a field of `length` bytes, which are to follow. */
  begin(field: number, length: number): void {
    this.reserve(2 * MAX_VARINT + length);
    this.varint((field << 3) | LEN);
    this.varint(length);
  }

  /** Eight bytes, the lowest first; returns where they are. */
  double(field: number, value: number): number {
    this.reserve(MAX_VARINT + DOUBLE);
    this.varint((field << 3) | I64);
    this.buffer.writeDoubleLE(value, this.at);
    this.at += DOUBLE;
    return this.at - DOUBLE;
  }

  /** The length that stands before a message where several follow each other. */
  delimiter(length: number): void {
    this.reserve(MAX_VARINT);
    this.varint(length);
  }

  raw(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.buffer.set(bytes, this.at);
    this.at += bytes.length;
  }

  private varint(value: number): void {
    let rest = value;
    while (rest >= 0x80) {
      this.buffer[this.at++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.buffer[this.at++] = rest;
  }

  private reserve(more: number): void {
    if (this.at + more <= this.buffer.length) return;
    const larger = Buffer.allocUnsafe(2 * (this.at + more));
    larger.set(this.buffer.subarray(0, this.at));
    this.buffer = larger;
  }
}
