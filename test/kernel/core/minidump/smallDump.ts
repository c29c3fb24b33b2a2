/**
 * Minidumps of a few pages, written for tests: the plainest code that can write them, which shares nothing with the reader. Every word of a page
 * is its own physical address, unless a test gives other contents, so that what is read says where it is from.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KernelAddress } from '../../../../src/kernel/address.js';
import { openMinidump, type Minidump } from '../../../../src/kernel/core/minidump/minidump.js';
import { KvmError } from '../../../../src/kernel/errors.js';

export interface DumpPlan {
  readonly arch: 'amd64' | 'arm64';
  readonly version: number;
  readonly pageBytes: number;
  readonly messageBytes: number;
  readonly kernelBase: bigint;
  readonly directBase: bigint;
  readonly directEnd: bigint;
  readonly directPhysical: bigint;
  /** First address and end of each; left out of the file in versions that do not have them. */
  readonly ranges: readonly (readonly [bigint, bigint])[];
  /** The entries of the part with the page tables; what is left of the last page is 0. */
  readonly tables: readonly bigint[];
  /** Contents by physical address. */
  readonly pages: ReadonlyMap<bigint, Buffer>;
}

export const AMD64 = {
  arch: 'amd64',
  version: 3,
  pageBytes: 4096,
  messageBytes: 5000,
  kernelBase: 0xffff_fe00_0000_0000n,
  directBase: 0xffff_f800_0000_0000n,
  directEnd: 0xffff_fc00_0000_0000n,
  directPhysical: 0n,
} as const;

export const ARM64 = {
  arch: 'arm64',
  version: 3,
  pageBytes: 4096,
  messageBytes: 5000,
  kernelBase: 0xffff_0000_0000_0000n,
  directBase: 0xffff_a000_0000_0000n,
  directEnd: 0xffff_ff00_0000_0000n,
  directPhysical: 0x4000_0000n,
} as const;

/** A page whose words are their own physical addresses. */
export function stamped(physical: bigint, pageBytes = 4096): Buffer {
  const page = Buffer.alloc(pageBytes);
  for (let at = 0; at < pageBytes; at += 8) page.writeBigUInt64LE(physical + BigInt(at), at);
  return page;
}

export function stampedPages(physical: readonly bigint[], pageBytes = 4096): Map<bigint, Buffer> {
  return new Map(physical.map((address) => [address, stamped(address, pageBytes)]));
}

/** A page of entries, by their number in it. */
export function tablePage(entries: Readonly<Record<number, bigint>>): Buffer {
  const page = Buffer.alloc(4096);
  for (const [nth, entry] of Object.entries(entries)) page.writeBigUInt64LE(entry, Number(nth) * 8);
  return page;
}

/** The entries of that many, all 0 but for some. */
export function entriesOf(count: number, some: Readonly<Record<number, bigint>>): bigint[] {
  return Array.from({ length: count }, (_, nth) => some[nth] ?? 0n);
}

/** Where the parts of a dump begin. */
export interface Parts {
  readonly ranges: number;
  readonly bitmap: number;
  readonly tables: number;
  readonly pages: number;
}

export interface WrittenDump {
  readonly bytes: Buffer;
  readonly parts: Parts;
  /** Where each page is, in the order of the file. */
  readonly offsets: ReadonlyMap<bigint, number>;
}

export function writeDump(plan: DumpPlan): WrittenDump {
  const size = BigInt(plan.pageBytes);
  const hasRanges = plan.version >= (plan.arch === 'amd64' ? 3 : 2);
  const dumped = [...plan.pages.keys()];
  const top = dumped.reduce((highest, page) => (page > highest ? page : highest), 0n);
  const ranges = hasRanges ? plan.ranges : [[0n, top + size] as const];

  // One bit for each page of each range, one after the other.
  const bits: bigint[] = [];
  for (const [start, end] of ranges) for (let page = start - (start % size); page < end; page += size) bits.push(page);
  const bitmap = Buffer.alloc(rounded(Math.ceil(bits.length / 64) * 8, plan.pageBytes));
  const inOrder = bits.filter((page, bit) => {
    if (!plan.pages.has(page)) return false;
    bitmap[bit >> 3]! |= 1 << (bit & 7);
    return true;
  });
  if (inOrder.length !== dumped.length) throw new Error('a page lies in no range');

  const header = Buffer.alloc(plan.pageBytes);
  const rangesPart = Buffer.alloc(hasRanges ? plan.pageBytes : 0);
  if (hasRanges) ranges.flat().forEach((address, nth) => rangesPart.writeBigUInt64LE(address, nth * 8));
  const tables = Buffer.alloc(rounded(plan.tables.length * 8, plan.pageBytes));
  plan.tables.forEach((entry, nth) => tables.writeBigUInt64LE(entry, nth * 8));
  header.write(`minidump FreeBSD/${plan.arch}`);
  const words32 = [plan.version, plan.messageBytes, bitmap.length, tables.length];
  words32.forEach((word, nth) => header.writeUInt32LE(word, 24 + nth * 4));
  const words64 =
    plan.arch === 'amd64'
      ? [plan.kernelBase, plan.directBase, plan.directEnd]
      : [plan.kernelBase, plan.directPhysical, plan.directBase, plan.directEnd];
  words64.forEach((word, nth) => header.writeBigUInt64LE(word, 40 + nth * 8));
  if (hasRanges) header.writeUInt32LE(rangesPart.length, 40 + words64.length * 8);
  if (plan.arch === 'arm64' && plan.version >= 3) header.writeUInt32LE(plan.pageBytes === 16_384 ? 1 : 0, 76);

  const message = Buffer.alloc(rounded(plan.messageBytes, plan.pageBytes), 'kernel message\n');
  const front = [header, message, rangesPart, bitmap, tables];
  const starts = front.map((_, nth) => front.slice(0, nth).reduce((sum, part) => sum + part.length, 0));
  const pagesAt = front.reduce((sum, part) => sum + part.length, 0);
  return {
    bytes: Buffer.concat([...front, ...inOrder.map((page) => plan.pages.get(page)!)]),
    parts: { ranges: starts[2]!, bitmap: starts[3]!, tables: starts[4]!, pages: pagesAt },
    offsets: new Map(inOrder.map((page, nth) => [page, pagesAt + nth * plan.pageBytes])),
  };
}

function rounded(bytes: number, unit: number): number {
  return Math.ceil(bytes / unit) * unit;
}

const folder = mkdtempSync(join(tmpdir(), 'kcounter-minidump-'));
process.on('exit', () => {
  rmSync(folder, { recursive: true });
});
let files = 0;

/** In a folder of this process, which goes with it. */
export function filePath(name = `vmcore.${files++}`): string {
  return join(folder, name);
}

export function fileOf(bytes: Uint8Array, name?: string): string {
  const path = filePath(name);
  writeFileSync(path, bytes);
  return path;
}

/** Opens what was written, gives it to `use`, and closes it. */
export function withDump<T>(bytes: Uint8Array, use: (dump: Minidump) => T): T {
  const dump = openMinidump(fileOf(bytes));
  try {
    return use(dump);
  } finally {
    dump.close();
  }
}

/** The word at an address, or the message of the error that came instead. */
export function wordOrReason(dump: Minidump, address: bigint): bigint | string {
  const word = new BigUint64Array(1);
  try {
    dump.read(address as KernelAddress, word);
    return word[0]!;
  } catch (error) {
    if (error instanceof KvmError) return error.message;
    throw error;
  }
}
