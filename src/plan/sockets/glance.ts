/** Looks again at what is known to listen: near ones together, in reads that are planned once for as long as they are the same. */
import { addressPlus } from '../../kernel/address.js';
import { KvmError } from '../../kernel/errors.js';
import type { Memory } from '../../kernel/memory.js';
import { nearPieces, type NearPieces, type Piece } from '../nearPieces.js';
import type { Judge, Listener } from './listener.js';
import type { SocketPlan } from './socketPlan.js';

/** In bytes: what a call costs more than a byte of it, and what one read spans at most. */
const COST = { call: 2048, byte: 1 };
const MAX_SPAN = 65_536;

export class Glance {
  private readonly reads: readonly (NearPieces & { readonly into: Buffer })[];

  constructor(
    { pcb, socket }: SocketPlan,
    readonly listeners: readonly Listener[],
    pageSize: number,
    private readonly memory: Memory,
    private readonly judge: Judge,
  ) {
    const pieces = listeners.flatMap((listener, index): Piece[] => [
      { item: 2 * index, address: addressPlus(listener.pcb, pcb.span.from), length: pcb.span.length, stride: 0 },
      {
        item: 2 * index + 1,
        address: addressPlus(listener.socket, socket.span.from),
        length: socket.span.length,
        stride: 0,
      },
    ]);
    this.reads = nearPieces(pieces, pageSize, COST, MAX_SPAN).map((near) => ({
      ...near,
      into: Buffer.alloc(near.length),
    }));
  }

  /** Those that do not listen any more, or cannot be looked at. */
  gone(): Set<Listener> {
    const gone = new Set<Listener>();
    for (const read of this.reads) {
      const isWhole = this.read(read.address, read.into);
      for (const piece of read.pieces) {
        const listener = this.listeners[piece.item >> 1]!;
        const at = Number(piece.address - read.address);
        const isRead = isWhole || this.read(piece.address, read.into.subarray(at, at + piece.length));
        if (!isRead || !this.isSame(listener, piece.item % 2 === 0, read.into, at)) gone.add(listener);
      }
    }
    return gone;
  }

  private isSame(listener: Listener, isPcb: boolean, bytes: Buffer, at: number): boolean {
    return isPcb ? this.judge.isSamePcb(listener, bytes, at) : this.judge.isSameSocket(listener, bytes, at);
  }

  private read(address: Piece['address'], into: Buffer): boolean {
    try {
      this.memory.read(address, into);
      return true;
    } catch (error) {
      if (!(error instanceof KvmError)) throw error;
      return false;
    }
  }
}
