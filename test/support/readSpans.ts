/** Which bytes of a kernel's memory are read while something goes on. */
import type { Memory } from '../../src/kernel/memory.js';

export interface ReadSpan {
  readonly from: bigint;
  readonly to: bigint;
}

/** Every read of `memory` from now on, as it was asked for; `end` leaves it as it was. */
export function watchReads(memory: Memory): { readonly spans: readonly ReadSpan[]; readonly end: () => void } {
  const spans: ReadSpan[] = [];
  const read = memory.read.bind(memory);
  memory.read = (address, into) => {
    spans.push({ from: address, to: address + BigInt(into.byteLength) });
    read(address, into);
  };
  return {
    spans,
    end: () => {
      memory.read = read;
    },
  };
}

export function overlaps(spans: readonly ReadSpan[], from: bigint, length: number): boolean {
  return spans.some((span) => span.from < from + BigInt(length) && span.to > from);
}
