/** What to do about a file that is compressed, where what is in it has to be read at any place, or is not unpacked here: one line. */
export const GZIP = Buffer.from([0x1f, 0x8b]);
export const ZSTD = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);

/** @param start the first bytes of the file */
export function howToUnpack(path: string, start: Buffer): string | undefined {
  const program = begins(start, ZSTD) ? 'zstd -d' : begins(start, GZIP) ? 'gunzip' : undefined;
  return program === undefined ? undefined : `is compressed; run ${program} ${path} and name the file that it makes`;
}

export function begins(bytes: Buffer, with_: Buffer): boolean {
  return bytes.subarray(0, with_.length).equals(with_);
}
