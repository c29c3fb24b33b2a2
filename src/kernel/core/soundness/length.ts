/**
 * The length of a dump against what its header and bitmap make, and what savecore(8) wrote of it. One bit of the bitmap that is wrong moves all
 * pages behind it, and looks like a file that lacks or has one page.
 */
import type { DumpInfo } from '../dumpInfo.js';
import type { Minidump } from '../minidump/minidump.js';

/**
 * Pages that a file may lack without a witness of its whole length before it is taken for cut short. Damage to the bitmap that goes unnoticed
 * otherwise is a word or two of it, 64 bits each; who cuts a file short cuts it at a block of a disk that is full, mostly by far more.
 */
const FEW_PAGES = 64;

export interface LengthProof {
  /** True where something besides the dump's own bitmap says how many pages it has. */
  readonly isProven: boolean;
  readonly seen: string;
}

/** @returns what contradicts it as a text, if something does */
export function proveLength(
  { bytes: { there, implied }, missingPages }: Minidump,
  info: DumpInfo | undefined,
): LengthProof | string {
  if (info?.length !== undefined) {
    if (info.length !== implied)
      return there === info.length
        ? `${info.name} tells ${info.length} bytes, which are there, and its header and bitmap make ${implied}`
        : `${info.name} tells ${info.length} bytes, and its header and bitmap make ${implied}; is ${info.name} that of another dump?`;
    return { isProven: true, seen: `its length is that of ${info.name}` };
  }
  if (missingPages === 0) return { isProven: there === implied, seen: 'its length is what its bitmap makes' };
  return { isProven: false, seen: 'its length is told by nothing else' };
}

/** What is wrong with a dump that lacks so many pages though nothing proves its bitmap; undefined where it is cut short beyond doubt. */
export function fewMissing({ missingPages }: Minidump): string | undefined {
  return missingPages > 0 && missingPages <= FEW_PAGES
    ? `it lacks ${missingPages} pages, and nothing tells a file that was cut short from a damaged bitmap; put its info.N beside it`
    : undefined;
}
