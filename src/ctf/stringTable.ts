/** A table of NUL-terminated names, as ELF and CTF both keep them (elf(5), ctf(5)): a name is its byte offset. */

/** Bytes. The kernel's longest name has under 300; the bound keeps a damaged table from being read to its end for every name. */
const MAX_NAME = 1024;
/** How much of a name is hashed; more would let one long string that many names share cost time without bound. */
const HASHED = 64;

export class StringTable {
  /** The table itself. */
  readonly bytes: Buffer;

  /**
   * @param what the table's name in errors
   * @param fault makes the error of the file that the table belongs to
   */
  constructor(
    bytes: Uint8Array,
    private readonly what: string,
    private readonly fault: (reason: string) => Error,
  ) {
    this.bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** The name at `offset`, one character for each byte. Throws where it is outside, unterminated or absurdly long. */
  text(offset: number): string {
    this.require(offset);
    const limit = Math.min(this.bytes.length, offset + MAX_NAME + 1);
    let end = offset;
    while (end < limit && this.bytes[end] !== 0) end++;
    if (end === this.bytes.length) throw this.fault(`the last name in ${this.what} has no end`);
    if (end === limit) throw this.fault(`a name in ${this.what} is longer than ${MAX_NAME} bytes`);
    return this.bytes.toString('latin1', offset, end);
  }

  /** True where the name at `offset` is exactly `name`. Throws where `offset` is outside. */
  matches(offset: number, name: Uint8Array): boolean {
    this.require(offset);
    for (let i = 0; i < name.length; i++) if (this.bytes[offset + i] !== name[i]) return false;
    return this.bytes[offset + name.length] === 0;
  }

  /** The nameHash() of the name at `offset`. Throws where `offset` is outside. */
  hash(offset: number): number {
    this.require(offset);
    return nameHash(this.bytes, offset);
  }

  private require(offset: number): void {
    if (offset >= this.bytes.length) throw this.fault(`a name lies outside ${this.what}`);
  }
}

/** A name's bytes, as StringTable compares and hashes them. */
export function nameBytes(name: string): Uint8Array {
  return Buffer.from(name, 'latin1');
}

/** A 32-bit hash of the name's first bytes, up to its NUL or the end of `bytes`: rotations and one multiplication to mix them. */
export function nameHash(bytes: Uint8Array, offset = 0): number {
  const end = Math.min(bytes.length, offset + HASHED);
  let hash = 0;
  for (let i = offset; i < end; i++) {
    const byte = bytes[i]!;
    if (byte === 0) break;
    hash = ((hash << 5) | (hash >>> 27)) ^ byte;
  }
  return Math.imul(hash ^ (hash >>> 16), 0x45d9f3b) >>> 8;
}
