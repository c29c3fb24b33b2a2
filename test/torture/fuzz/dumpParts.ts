/** Where what says where pages are lies in the file of a dump that is whole. */
import { readFileSync } from 'node:fs';
import { openMinidump } from '../../../src/kernel/core/minidump/minidump.js';

const PAGE = 4096;

export interface DumpParts {
  readonly isAmd64: boolean;
  /** First byte and end. */
  readonly messages: readonly [number, number];
  readonly ranges: readonly [number, number];
  readonly bitmap: readonly [number, number];
  readonly tables: readonly [number, number];
  readonly pages: readonly [number, number];
  /** Where entries are that map something: of the part with the tables, and amd64's pages of them. */
  readonly directory: readonly number[];
  readonly entries: readonly number[];
  /** Numbers of the bits that are set. */
  readonly bits: readonly number[];
}

export function partsOf(core: string): DumpParts {
  const bytes = readFileSync(core);
  const isAmd64 = bytes.toString('latin1', 0, 22).endsWith('amd64');
  const version = bytes.readUInt32LE(24);
  const rangesBytes = isAmd64 ? (version < 3 ? 0 : bytes.readUInt32LE(64)) : bytes.readUInt32LE(72);
  let at = PAGE;
  const part = (length: number): [number, number] => {
    const start = at;
    at += Math.ceil(length / PAGE) * PAGE;
    return [start, at];
  };
  const messages = part(bytes.readUInt32LE(28));
  const ranges = part(rangesBytes);
  const bitmap = part(bytes.readUInt32LE(32));
  const tables = part(bytes.readUInt32LE(36));
  const directory = used(bytes, ...tables);
  return {
    isAmd64,
    messages,
    ranges,
    bitmap,
    tables,
    pages: [at, bytes.length],
    directory,
    entries: isAmd64 ? pageTables(core, bytes, directory) : directory,
    bits: setBits(bytes.subarray(...bitmap)),
  };
}

function used(bytes: Buffer, start: number, end: number): number[] {
  const found: number[] = [];
  for (let at = start; at < end; at += 8) if (bytes.readBigUInt64LE(at) !== 0n) found.push(at);
  return found;
}

function pageTables(core: string, bytes: Buffer, directory: readonly number[]): number[] {
  const dump = openMinidump(core);
  try {
    const offsets = new Map([...dump.physicalPages()].map(({ physical, offset }) => [physical, offset]));
    return directory.flatMap((at) => {
      const entry = bytes.readBigUInt64LE(at);
      const offset = (entry & 0x80n) !== 0n ? undefined : offsets.get(entry & 0x000f_ffff_ffff_f000n);
      return offset === undefined ? [] : used(bytes, offset, offset + PAGE);
    });
  } finally {
    dump.close();
  }
}

function setBits(bitmap: Buffer): number[] {
  const found: number[] = [];
  for (const [at, byte] of bitmap.entries())
    for (let bit = 0; bit < 8; bit++) if ((byte & (1 << bit)) !== 0) found.push(8 * at + bit);
  return found;
}
