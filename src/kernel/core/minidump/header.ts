/**
 * The header of a minidump, checked: what a dump consists of, and where. Facts from FreeBSD's `machine/minidump.h` of amd64 and arm64, and from
 * what writes it. All parts begin at whole pages, in this order: header, message buffer, ranges of memory, bitmap, page tables, pages.
 */
import { isKernelAddress } from '../../address.js';

export type MachineArch = 'amd64' | 'aarch64';

/** A part of the file. */
export interface Part {
  readonly offset: number;
  readonly bytes: number;
}

export interface MinidumpHeader {
  readonly machineArch: MachineArch;
  /** Bytes of a page: 4096, or 16384 on some arm64 kernels. */
  readonly pageBytes: number;
  /** The ranges of physical memory that the bits of the bitmap stand for; undefined in versions where these begin at 0 and have no holes. */
  readonly ranges: Part | undefined;
  readonly bitmap: Part;
  readonly tables: Part;
  /** Where the first page is; the others follow without holes. */
  readonly pagesOffset: number;
  /** What the first entry of the page tables maps. */
  readonly kernelBase: bigint;
  /** Bytes of address space that one entry of the page tables in the dump maps. */
  readonly entrySpan: number;
  /** The direct map: physical memory from `directPhysical` on, seen at `directBase` up to `directEnd`. */
  readonly directBase: bigint;
  readonly directEnd: bigint;
  readonly directPhysical: bigint;
}

/** Fields by their offsets. What a version does not have is undefined. */
interface Fields {
  readonly machineArch: MachineArch;
  readonly directPhysical: number | undefined;
  readonly direct: number;
  readonly rangesBytes: number;
  /** The first version that tells the ranges. */
  readonly rangesSince: number;
  readonly flags: number;
  /** The first version that has flags. */
  readonly flagsSince: number;
}

const fieldsOf: Readonly<Record<string, Fields>> = {
  'minidump FreeBSD/amd64': {
    machineArch: 'amd64',
    directPhysical: undefined,
    direct: 48,
    rangesBytes: 64,
    rangesSince: 3,
    flags: 0,
    flagsSince: Infinity,
  },
  'minidump FreeBSD/arm64': {
    machineArch: 'aarch64',
    directPhysical: 48,
    direct: 56,
    rangesBytes: 72,
    rangesSince: 2,
    flags: 76,
    flagsSince: 3,
  },
};

/** The version follows the magic. */
export const VERSION_AT = 24;
const NEWEST_VERSION = 3;
/** Bytes of the longest header. */
export const HEADER_BYTES = 80;
export const ENTRY_BYTES = 8;
/** A bitmap of 8 TiB of memory, which is twice of what an amd64 kernel maps directly. It is read once as a whole, in pieces. */
const MAX_BITMAP = 256 * 2 ** 20;
/** The kernels' own tables have 128 words at most on both platforms. */
const MAX_RANGES = 65_536;
/** Bits of a page's size by the lowest two of the flags. */
const PAGE_SHIFTS: readonly (number | undefined)[] = [12, 14];
const ADDRESSES_END = 1n << 64n;

/** A minidump of a kind that is read here contradicts itself, or ends too early; the message says where. */
export class DamagedDump extends Error {}

/** The text before the first NUL of a header's magic. */
export function magicOf(start: Buffer): string {
  // 24 bytes on both platforms, 32 on others.
  const magic = start.toString('latin1', 0, 32);
  const end = magic.indexOf('\0');
  return end < 0 ? magic : magic.slice(0, end);
}

/**
 * @param start the first bytes of a file
 * @returns undefined where they are not those of a minidump that can be read here
 * @throws DamagedDump where they are, and parts of it cannot be where they would have to be
 */
export function headerOf(start: Buffer, fileBytes: number): MinidumpHeader | undefined {
  const fields = fieldsOf[magicOf(start)];
  if (fields === undefined) return undefined;
  if (start.length < HEADER_BYTES) throw new DamagedDump(`the file ends after ${fileBytes} bytes, within the header`);
  const version = start.readUInt32LE(VERSION_AT);
  if (version < 1 || version > NEWEST_VERSION) return undefined;

  const flags = version >= fields.flagsSince ? start.readUInt32LE(fields.flags) : 0;
  const pageShift = PAGE_SHIFTS[flags & 3];
  if (pageShift === undefined) throw new DamagedDump(`pages of 4 or 16 KiB are read, flags are ${flags}`);
  const pageBytes = 2 ** pageShift;

  let offset = pageBytes;
  const part = (bytes: number, what: string, most: number): Part => {
    if (bytes > most) throw new DamagedDump(`${bytes} bytes of ${what}, more than ${most}`);
    const found = { offset, bytes };
    offset += Math.ceil(bytes / pageBytes) * pageBytes;
    if (offset > fileBytes)
      throw new DamagedDump(`the file ends after ${fileBytes} bytes, within the ${what}, and has no page of memory`);
    return found;
  };
  part(start.readUInt32LE(28), 'message buffer', Infinity);
  const ranges =
    version >= fields.rangesSince
      ? part(start.readUInt32LE(fields.rangesBytes), 'ranges of memory', MAX_RANGES)
      : undefined;
  const bitmap = part(start.readUInt32LE(32), 'bitmap', MAX_BITMAP);
  const tables = part(start.readUInt32LE(36), 'page tables', Infinity);
  // The bitmap is an array of longs, and a page table fills its page.
  if (bitmap.bytes % ENTRY_BYTES !== 0) throw new DamagedDump(`a bitmap of ${bitmap.bytes} bytes`);
  if (tables.bytes % pageBytes !== 0) throw new DamagedDump(`page tables of ${tables.bytes} bytes`);

  const header: MinidumpHeader = {
    machineArch: fields.machineArch,
    pageBytes,
    ranges,
    bitmap,
    tables,
    pagesOffset: offset,
    kernelBase: start.readBigUInt64LE(40),
    // On amd64 the page directories are dumped, whose page tables are among the pages; version 1 and arm64 have all last-level entries.
    entrySpan: fields.machineArch === 'amd64' && version > 1 ? pageBytes * (pageBytes / ENTRY_BYTES) : pageBytes,
    directBase: start.readBigUInt64LE(fields.direct),
    directEnd: start.readBigUInt64LE(fields.direct + ENTRY_BYTES),
    directPhysical: fields.directPhysical === undefined ? 0n : start.readBigUInt64LE(fields.directPhysical),
  };
  checkAddresses(header);
  return header;
}

/** The two parts of the address space that a dump tells are the kernel's, whole pages, and apart from each other. */
function checkAddresses(header: MinidumpHeader): void {
  const { kernelBase, entrySpan, directBase, directEnd, directPhysical } = header;
  const page = BigInt(header.pageBytes);
  const kernelEnd = kernelBase + BigInt(header.tables.bytes / ENTRY_BYTES) * BigInt(entrySpan);
  const fits =
    isKernelAddress(kernelBase) &&
    kernelBase % BigInt(entrySpan) === 0n &&
    kernelEnd <= ADDRESSES_END &&
    isKernelAddress(directBase) &&
    directBase < directEnd &&
    [directBase, directEnd, directPhysical].every((address) => address % page === 0n) &&
    (kernelEnd <= directBase || directEnd <= kernelBase);
  if (!fits) throw new DamagedDump('its addresses contradict each other');
}
