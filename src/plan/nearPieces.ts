/** What lies near each other in the kernel's memory is read together, where going on over the gap is cheaper than another call. */
import { orderOf, type KernelAddress } from '../kernel/address.js';
import type { ReadCost } from './readCost.js';

/** Bytes of the kernel's memory that are read as they lie. */
export interface Piece {
  readonly item: number;
  readonly address: KernelAddress;
  readonly length: number;
  /** Bytes from one CPU id's value to the next; 0 for a value of no CPU. */
  readonly stride: number;
  /** What it is read together with: pieces that have the same, and no others. */
  readonly apart?: KernelAddress | undefined;
}

/** Pieces that one read fetches, ascending by address; they may overlap. */
export interface NearPieces {
  readonly address: KernelAddress;
  readonly length: number;
  readonly pieces: readonly Piece[];
}

/**
 * @param pageSize no page is read of which nothing is wanted: it may not be there
 * @param most bytes that one read spans at most, but for a piece that is longer by itself
 */
export function nearPieces(pieces: readonly Piece[], pageSize: number, cost: ReadCost, most: number): NearPieces[] {
  const sorted = pieces.map((piece) => ({ piece, at: orderOf(piece.address) })).sort((a, b) => a.at - b.at);
  const groups: { address: KernelAddress; at: number; end: number; pieces: [Piece, ...Piece[]] }[] = [];
  for (const { piece, at } of sorted) {
    const last = groups.at(-1);
    const end = at + piece.length;
    if (last !== undefined) {
      const isNear = (at - last.end) * cost.byte < cost.call;
      const hasNoHole = Math.floor(at / pageSize) - Math.floor((last.end - 1) / pageSize) <= 1;
      if (isNear && hasNoHole && last.pieces[0].apart === piece.apart && Math.max(end, last.end) - last.at <= most) {
        last.pieces.push(piece);
        last.end = Math.max(end, last.end);
        continue;
      }
    }
    groups.push({ address: piece.address, at, end, pieces: [piece] });
  }
  return groups.map(({ address, at, end, pieces: near }) => ({ address, length: end - at, pieces: near }));
}

/** CPU ids that follow each other, and whose copies do so in memory. */
export interface CopyRun {
  readonly firstId: number;
  readonly lastId: number;
  readonly address: KernelAddress;
}

/** @param stride bytes from one copy to the next where they lie side by side */
export function copyRuns(copies: ReadonlyMap<number, KernelAddress>, stride: number): CopyRun[] {
  const runs: { firstId: number; lastId: number; address: KernelAddress; next: bigint }[] = [];
  for (const [id, address] of [...copies].sort(([a], [b]) => a - b)) {
    const last = runs.at(-1);
    const next = address + BigInt(stride);
    if (last?.lastId === id - 1 && last.next === address) {
      last.lastId = id;
      last.next = next;
    } else runs.push({ firstId: id, lastId: id, address, next });
  }
  return runs.map(({ firstId, lastId, address }) => ({ firstId, lastId, address }));
}
