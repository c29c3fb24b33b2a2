/**
 * What the kernel itself keeps of its physical memory, for its dump: `dump_avail`, and `vm_page_dump`, whose bits lie in pages of the direct map that
 * vm_page_startup() has put into any dump.
 */
import { bitmapBytes } from './bitmap.js';
import { PAGE_SIZE, type Machine } from './machines.js';
import type { Bank, Frame, PhysicalMemory } from './physicalMemory.js';
import type { StoppedKernel } from './stoppedKernel.js';

/** Where it is in the direct map: below all that is simulated there. */
const COPY_AT = 0x20_0000n;
/** `sizeof(dump_avail)`. */
const AVAIL_BYTES = 1024;

interface Placed {
  readonly memory: PhysicalMemory & { readonly further: Bank };
  /** The addresses of the copy's pages. */
  readonly copy: readonly bigint[];
}

/**
 * Places the copy's pages with all others.
 * @param further bytes of memory more, at its end
 */
export function withBitmapCopy(
  machine: Machine,
  pages: readonly bigint[],
  place: (all: readonly bigint[]) => PhysicalMemory,
  further: number,
): Placed {
  const more = (memory: PhysicalMemory): Placed['memory'] => {
    const last = memory.banks.at(-1) ?? { start: 0, end: 0 };
    const bank = { start: last.end, end: last.end + further / PAGE_SIZE };
    return { ...memory, banks: [...memory.banks.slice(0, -1), { start: last.start, end: bank.end }], further: bank };
  };
  // Without ranges the bits begin at address 0. Memory grows a little with what is put there.
  const end = more(place(pages)).banks.at(-1)?.end ?? 0;
  const count = bitmapBytes([{ start: 0, end }]) / PAGE_SIZE + 1;
  const copy = Array.from({ length: count }, (_, nth) => machine.dmapBase + COPY_AT + BigInt(nth * PAGE_SIZE));
  return { memory: more(place([...copy, ...pages])), copy };
}

/** Returns the bitmap of all pages, the copy's own among them. */
export function addBitmapCopy(
  kernel: StoppedKernel,
  content: Map<Frame, () => Buffer>,
  frameOf: ReadonlyMap<bigint, Frame>,
  copy: readonly bigint[],
  avail: Buffer,
  bitmapOf: (frames: readonly Frame[]) => Buffer,
): Buffer {
  kernel.storeWord(kernel.addressOf('vm_page_dump'), copy[0] ?? 0n);
  kernel.image.write(kernel.addressOf('dump_avail'), avail.subarray(0, AVAIL_BYTES));
  let bitmap: Buffer = Buffer.alloc(0);
  for (const [nth, page] of copy.entries()) {
    content.set(frameOf.get(page) ?? 0, () => {
      const bytes = Buffer.alloc(PAGE_SIZE);
      bytes.set(bitmap.subarray(nth * PAGE_SIZE, (nth + 1) * PAGE_SIZE));
      return bytes;
    });
  }
  bitmap = bitmapOf([...content.keys()].sort((a, b) => a - b));
  return bitmap;
}
