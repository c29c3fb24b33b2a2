/**
 * Looks again at what is known to listen. Each control block and each socket is read by itself: what lies between them in the kernel's memory is
 * somebody else's.
 */
import { addressPlus, type KernelAddress } from '../../kernel/address.js';
import type { Memory } from '../../kernel/memory.js';
import { canRead } from '../../kernel/readFailure.js';
import type { Judge, Listener } from './listener.js';
import type { SocketPlan } from './socketPlan.js';

export class Glance {
  private readonly pcb: Buffer;
  private readonly socket: Buffer;
  /** Where the spans of each begin: the same objects for every look. */
  private readonly places: readonly {
    readonly listener: Listener;
    readonly pcb: KernelAddress;
    readonly socket: KernelAddress;
  }[];

  constructor(
    { pcb, socket }: SocketPlan,
    readonly listeners: readonly Listener[],
    private readonly memory: Memory,
    private readonly judge: Judge,
  ) {
    this.pcb = Buffer.alloc(pcb.span.length);
    this.socket = Buffer.alloc(socket.span.length);
    this.places = listeners.map((listener) => ({
      listener,
      pcb: addressPlus(listener.pcb, pcb.span.from),
      socket: addressPlus(listener.socket, socket.span.from),
    }));
  }

  /** Those that do not listen any more, or cannot be looked at. */
  gone(): Set<Listener> {
    const gone = new Set<Listener>();
    for (const { listener, pcb, socket } of this.places) {
      if (!this.read(pcb, this.pcb) || !this.judge.isSamePcb(listener, this.pcb)) gone.add(listener);
      else if (!this.read(socket, this.socket) || !this.judge.isSameSocket(listener, this.socket)) gone.add(listener);
    }
    return gone;
  }

  private read(address: KernelAddress, into: Buffer): boolean {
    return canRead(this.memory, address, into);
  }
}
