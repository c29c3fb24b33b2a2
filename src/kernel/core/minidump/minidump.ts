/**
 * A reader of FreeBSD's minidumps, of amd64 and arm64, on any machine. Nothing in the file is trusted: what it says is checked against its size
 * and against itself before it is used, and no read takes more time or memory for what a damaged file says.
 */
import { KernelOpenError, KvmError } from '../../errors.js';
import type { KernelAddress } from '../../address.js';
import type { Memory } from '../../memory.js';
import { DumpedPages } from './dumpedPages.js';
import { DumpFile } from './dumpFile.js';
import { DamagedDump, headerOf, type MachineArch, type MinidumpHeader } from './header.js';
import { mappingsOf, type Mappings } from './mappings.js';
import { DUMP_HEADER_BYTES, whyNoMinidump } from './refusal.js';
import { Translation } from './translation.js';

export interface Minidump extends Memory {
  readonly machineArch: MachineArch;
  /** Pages that the bitmap promises. */
  readonly pages: number;
  /** Of these, those beyond the end of a file that was cut off. */
  readonly missingPages: number;
  /** Bytes of the file: what there are, and what the header and the bitmap make. */
  readonly bytes: { readonly there: number; readonly implied: number };
  /** The ranges of memory as they lie in the file, 16 bytes each; undefined in a version that has none. */
  ranges(): Buffer | undefined;
  /** Bytes of the bitmap, and a part of it. */
  readonly bitmapBytes: number;
  bitmapAt(offset: number, into: Uint8Array): void;
  /**
   * Looks at all page tables, and from then on leaves out what two addresses lead to.
   * @throws KvmError where they cannot be read
   */
  lookAtMappings(): Mappings;
  /**
   * Where the page of an address lies in the file.
   * @throws KvmError where it does not
   */
  placeOf(address: bigint): number;
  /** From now on, reads no page that lies behind this place in the file. */
  endAt(offset: number): void;
  /** Every page that the dump has, in the order of the file. */
  physicalPages(): Iterable<{ physical: bigint; offset: number }>;
  /** A second call does nothing; reads after it throw KvmError. */
  close(): void;
}

/** Throws KernelOpenError, whose message says what the file is and what to do. */
export function openMinidump(path: string): Minidump {
  const file = DumpFile.open(path);
  try {
    const start = part(file, 0, 4096);
    const header = headerOf(start, file.size);
    if (header === undefined) {
      const end = part(file, Math.max(0, file.size - DUMP_HEADER_BYTES), DUMP_HEADER_BYTES);
      throw new KernelOpenError(`${path} ${whyNoMinidump(path, start, end)}`);
    }
    return new FileMinidump(file, header);
  } catch (error) {
    file.close();
    if (error instanceof DamagedDump)
      throw new KernelOpenError(
        `${path} is damaged or cut off: ${error.message}; copy it again from where it was saved`,
      );
    if (error instanceof KvmError) throw new KernelOpenError(`${path} ${error.reason}; copy it to another disk`);
    throw error;
  }
}

/** Pages whose places in the file are kept: those of a structure are come back to, and a walk through page tables costs more than a read. */
const KNOWN_PAGES = 16_384;

class FileMinidump implements Minidump {
  readonly traffic = { reads: 0, bytes: 0 };
  readonly machineArch: MachineArch;
  private readonly dumped: DumpedPages;
  private readonly translation: Translation;
  private readonly pageShift: bigint;
  /** Offsets in the file of pages of the kernel's address space, by their numbers. */
  private readonly known = new Map<number, number>();

  constructor(
    private readonly file: DumpFile,
    private readonly header: MinidumpHeader,
  ) {
    this.machineArch = header.machineArch;
    this.dumped = new DumpedPages(file, header);
    this.translation = new Translation(file, header, this.dumped);
    this.pageShift = BigInt(Math.log2(header.pageBytes));
  }

  get pages(): number {
    return this.dumped.count;
  }

  get missingPages(): number {
    return this.dumped.missing;
  }

  get bytes(): { there: number; implied: number } {
    const { pagesOffset, pageBytes } = this.header;
    return { there: this.file.size, implied: pagesOffset + this.dumped.count * pageBytes };
  }

  get bitmapBytes(): number {
    return this.header.bitmap.bytes;
  }

  bitmapAt(offset: number, into: Uint8Array): void {
    if (this.file.readAt(this.header.bitmap.offset + offset, into) !== into.length)
      throw new KvmError('vmcore', 'the file ends there');
  }

  ranges(): Buffer | undefined {
    const { ranges } = this.header;
    return ranges === undefined ? undefined : part(this.file, ranges.offset, ranges.bytes);
  }

  lookAtMappings(): Mappings {
    const mappings = mappingsOf(this.file, this.header, this.dumped);
    this.translation.leaveOutShared(mappings);
    this.known.clear();
    return mappings;
  }

  read(address: KernelAddress, into: NodeJS.TypedArray): void {
    const bytes = new Uint8Array(into.buffer, into.byteOffset, into.byteLength);
    const { pageBytes } = this.header;
    this.traffic.reads++;
    let at: bigint = address;
    for (let done = 0; done < bytes.length;) {
      const within = Number(BigInt.asUintN(32, at)) % pageBytes;
      const length = Math.min(bytes.length - done, pageBytes - within);
      this.file.copy(this.placeOf(at) + within, length, bytes, done);
      this.traffic.bytes += length;
      done += length;
      at += BigInt(length);
    }
  }

  endAt(offset: number): void {
    this.dumped.endAt(offset);
    this.known.clear();
  }

  placeOf(address: bigint): number {
    // Exact below 2^64; what is not below it is no other page's number either.
    const page = Number(address >> this.pageShift);
    let offset = this.known.get(page);
    if (offset === undefined) {
      offset = this.dumped.offsetOf(this.translation.pageOf(address));
      if (this.known.size >= KNOWN_PAGES) this.known.clear();
      this.known.set(page, offset);
    }
    return offset;
  }

  physicalPages(): Iterable<{ physical: bigint; offset: number }> {
    return this.dumped.all();
  }

  close(): void {
    this.file.close();
  }
}

function part(file: DumpFile, offset: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  return bytes.subarray(0, file.readAt(offset, bytes));
}
