/** From addresses of the kernel to pages of physical memory, by the page tables in the dump. None has more than two levels here: no walk can go on. */
import { KvmError } from '../../errors.js';
import type { DumpedPages } from './dumpedPages.js';
import type { DumpFile } from './dumpFile.js';
import { ENTRY_BYTES, type MinidumpHeader } from './header.js';

/** amd64: the entry is valid; it maps a large page, not a page table. */
export const PG_V = 0x001;
export const PG_PS = 0x080;
/** amd64: bits 32 to 51 of an entry belong to the address; above are those for software, protection keys and NX. */
export const AMD64_HIGH = 0x000f_ffff;
/** arm64: both of these bits are set in the last level's entry of a page. */
export const L3_PAGE = 0x3;
/** arm64: bits 32 to 49 of an entry belong to the address. */
const ARM64_HIGH = 0x0003_ffff;
/** The unit of addresses in the entries of both: bits 12 and up. */
export const FRAME_BYTES = 4096;
export const FRAMES_PER_HIGH = 2 ** 20;

/** What tells the pages that several addresses lead to. */
interface SharedPages {
  isShared(page: number): boolean;
}

export class Translation {
  private readonly pageShift: bigint;
  private readonly entryShift: bigint;
  private readonly entries: number;
  private readonly directFirstPage: number;
  private shared: SharedPages | undefined;

  constructor(
    private readonly file: DumpFile,
    private readonly header: MinidumpHeader,
    private readonly pages: DumpedPages,
  ) {
    this.pageShift = BigInt(Math.log2(header.pageBytes));
    this.entryShift = BigInt(Math.log2(header.entrySpan));
    this.entries = header.tables.bytes / ENTRY_BYTES;
    this.directFirstPage = Number(header.directPhysical >> this.pageShift);
  }

  /** From now on, an address outside of the direct map leads to no page that another one leads to as well. */
  leaveOutShared(shared: SharedPages): void {
    this.shared = shared;
  }

  /**
   * The number of the physical page that `address` is in.
   * @throws KvmError where the dump's page tables do not say it
   */
  pageOf(address: bigint): number {
    const { directBase, directEnd, kernelBase, tables } = this.header;
    if (address >= directBase && address < directEnd)
      return this.directFirstPage + Number((address - directBase) >> this.pageShift);
    const entry = address < kernelBase ? this.entries : Number((address - kernelBase) >> this.entryShift);
    if (entry >= this.entries)
      throw new KvmError('vmcore', `address ${text(address)} is outside of what is dumped of the kernel`);
    const at = tables.offset + entry * ENTRY_BYTES;
    const page =
      this.header.entrySpan === this.header.pageBytes ? this.lastLevel(at, address) : this.byDirectory(at, address);
    if (this.shared?.isShared(page) === true)
      throw new KvmError('vmcore', `two addresses of the kernel lead to the page of ${text(address)}`);
    return page;
  }

  /** amd64: an entry of a page directory. A page of 1 GiB is dumped as a directory full of those of 2 MiB. */
  private byDirectory(at: number, address: bigint): number {
    const low = this.file.uint32(at);
    if ((low & PG_V) === 0) throw unmapped(address);
    const high = (this.file.uint32(at + 4) & AMD64_HIGH) * FRAMES_PER_HIGH;
    const perTable = FRAME_BYTES / ENTRY_BYTES;
    const nth = Number((address >> this.pageShift) % BigInt(perTable));
    // Bits 12 to 20 of a large page's entry are no part of its address.
    if ((low & PG_PS) !== 0) return high + (low >>> 21) * perTable + nth;
    return this.lastLevel(this.pages.offsetOf(high + (low >>> 12)) + nth * ENTRY_BYTES, address);
  }

  /** By an entry that maps one page. */
  private lastLevel(at: number, address: bigint): number {
    return this.header.machineArch === 'aarch64' ? this.arm64Page(at, address) : this.amd64Page(at, address);
  }

  private amd64Page(at: number, address: bigint): number {
    const low = this.file.uint32(at);
    if ((low & PG_V) === 0) throw unmapped(address);
    return (this.file.uint32(at + 4) & AMD64_HIGH) * FRAMES_PER_HIGH + (low >>> 12);
  }

  private arm64Page(at: number, address: bigint): number {
    const low = this.file.uint32(at);
    if ((low & L3_PAGE) !== L3_PAGE) throw unmapped(address);
    const frame = (this.file.uint32(at + 4) & ARM64_HIGH) * FRAMES_PER_HIGH + (low >>> 12);
    return Math.floor(frame / (this.header.pageBytes / FRAME_BYTES));
  }
}

function unmapped(address: bigint): KvmError {
  return new KvmError('vmcore', `no page is mapped at ${text(address)}`);
}

function text(address: bigint): string {
  return `0x${address.toString(16)}`;
}
