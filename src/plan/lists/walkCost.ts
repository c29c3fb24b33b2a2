/** What it takes to find out which instances there are: one walk over a list. */
import type { Memory } from '../../kernel/memory.js';

export interface WalkCost {
  readonly elements: number;
  /** Calls that read memory, and the bytes that they copied. */
  readonly reads: number;
  readonly bytes: number;
}

export const NO_WALK: WalkCost = { elements: 0, reads: 0, bytes: 0 };

/** Runs a walk, which gives the elements that it met. */
export function costOf({ traffic }: Pick<Memory, 'traffic'>, walk: () => number): WalkCost {
  const { reads, bytes } = traffic;
  const elements = walk();
  return { elements, reads: traffic.reads - reads, bytes: traffic.bytes - bytes };
}
