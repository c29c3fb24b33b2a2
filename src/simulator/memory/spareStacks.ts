/**
 * Memory that is set aside at boot for what comes later, and what has gone and whose memory is free again. Of each kind there is a stack, so
 * that the next to come gets what was freed last, as UMA has it. The stacks lie in `sim_spares`, which no kernel has.
 */
import type { CType } from '../model/ctypes.js';
import { array, uint64 } from '../model/ctypes.js';
import type { Words } from './words.js';

/** Of which each has memory of its own size. An `item` and a `counter` are zpcpu items of 64 and 8 bytes: addresses of CPU 0's copies. */
export const spareKinds = [
  'mallocType',
  'item',
  'counter',
  'interruptSource',
  'interruptHandler',
  'keg',
  'zone',
  'epochRecord',
  'epochName',
  'nextHop',
  'nextHopTable',
  'sa',
  'saHead',
  'lifetime',
  'iflibContext',
  'iflibQueues',
  'iflibRing',
  'ringCounter',
] as const;
export type SpareKind = (typeof spareKinds)[number];

/** What a stack can hold; what is freed beyond that is lost. */
const MOST_SPARES = 255;

export const sparesType: CType = array(uint64, spareKinds.length * (1 + MOST_SPARES));

export class Spares {
  /** @param base where `sim_spares` is */
  constructor(
    private readonly words: Words,
    private readonly base: bigint,
  ) {}

  give(kind: SpareKind, address: bigint): void {
    const stack = this.stack(kind);
    const count = this.words.load(stack);
    if (count >= MOST_SPARES) return;
    this.words.store(stack + 8n * (count + 1n), address);
    this.words.store(stack, count + 1n);
  }

  take(kind: SpareKind): bigint {
    const stack = this.stack(kind);
    const count = this.words.load(stack);
    if (count === 0n) throw new Error(`the simulated kernel has no memory left for another ${kind}`);
    this.words.store(stack, count - 1n);
    return this.words.load(stack + 8n * count);
  }

  private stack(kind: SpareKind): bigint {
    return this.base + BigInt(8 * spareKinds.indexOf(kind) * (1 + MOST_SPARES));
  }
}
