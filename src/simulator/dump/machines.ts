/**
 * What a minidump's format says of each architecture (<machine/minidump.h>, <machine/vmparam.h>), and where the simulated machine has its
 * memory.
 */
import type { Profile } from '../profiles.js';

/** Of both architectures, as they are simulated. */
export const PAGE_SIZE = 4096;
/** A superpage, and what one page of page table entries maps. */
export const CHUNK_PAGES = 512;
export const CHUNK_SIZE = BigInt(PAGE_SIZE * CHUNK_PAGES);

export interface Machine {
  readonly magic: string;
  /** The header's, as a kernel of that release writes it. */
  readonly version: number;
  /** The first version whose dumps have `dump_avail`. Before, the bitmap has a bit for every page from 0 on. */
  readonly availSince: number;
  /** `VM_MIN_KERNEL_ADDRESS`: what the page tables map from. */
  readonly kernBase: bigint;
  readonly dmapBase: bigint;
  readonly dmapEnd: bigint;
  /** The physical address at the start of the direct map. */
  readonly dmapPhysical: bigint;
  /** In info.N. */
  readonly architectureVersion: number;
  /** First physical addresses of its memory: a little, most, and the rest above what devices take. */
  readonly banks: readonly [small: number, main: number, high: number];
}

export function machineOf({ machine, release }: Pick<Profile, 'machine' | 'release'>): Machine {
  if (machine === 'amd64') {
    return {
      magic: 'minidump FreeBSD/amd64',
      version: release >= 13 ? 3 : 2,
      availSince: 3,
      kernBase: 0xffff_fe00_0000_0000n,
      dmapBase: 0xffff_f800_0000_0000n,
      dmapEnd: 0xffff_fc00_0000_0000n,
      dmapPhysical: 0n,
      architectureVersion: 2,
      banks: [0x1000, 0x10_0000, 0x1_0000_0000],
    };
  }
  return {
    magic: 'minidump FreeBSD/arm64',
    version: 3,
    availSince: 2,
    kernBase: 0xffff_0000_0000_0000n,
    dmapBase: 0xffff_a000_0000_0000n,
    dmapEnd: 0xffff_ff00_0000_0000n,
    dmapPhysical: 0x4000_0000n,
    architectureVersion: 1,
    banks: [0x4000_1000, 0x4010_0000, 0x1_4000_0000],
  };
}
