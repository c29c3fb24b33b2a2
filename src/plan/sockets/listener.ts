/** A socket that listens, as it was met: what it is called, and by what it is known to be the same when it is looked at again. */
import type { Label } from '../../config/model.js';
import { addressPlus, isObjectAddress, WORD_BYTES, type KernelAddress } from '../../kernel/address.js';
import type { Memory } from '../../kernel/memory.js';
import { canRead } from '../../kernel/readFailure.js';
import { labelsKey } from '../labelsKey.js';
import type { LabelledHead } from '../lists/labelledHead.js';
import { labelsOf } from './localName.js';
import { SO_ACCEPTCONN, type Part, type SocketPlan } from './socketPlan.js';

export interface Listener {
  readonly pcb: KernelAddress;
  readonly socket: KernelAddress;
  /** Of the table or list that it was met in. */
  readonly head: KernelAddress;
  readonly headLabels: readonly Label[];
  /** What its control block and its socket held of all that stays the same, one part after the other. */
  readonly pcbSame: Buffer;
  readonly socketSame: Buffer;
  readonly labels: readonly Label[];
  /** The same for all with the same labels. */
  readonly name: string;
}

export class Judge {
  /** Where the spans begin. */
  private readonly pcbFrom: number;
  private readonly socketFrom: number;
  private readonly socketBytes: Buffer;

  constructor(
    private readonly plan: SocketPlan,
    private readonly memory: Memory,
  ) {
    this.pcbFrom = plan.pcb.span.from;
    this.socketFrom = plan.socket.span.from;
    this.socketBytes = Buffer.alloc(plan.socket.span.length);
  }

  /** False for a control block that cannot be that of a socket which listens, by what it says itself. */
  mayListen(bytes: Buffer, head: KernelAddress): boolean {
    const { zero, owner, socket } = this.plan.pcb;
    for (const { offset, size } of zero) {
      const start = offset - this.pcbFrom;
      for (let index = start; index < start + size; index++) if (bytes[index] !== 0) return false;
    }
    if (owner !== undefined && bytes.readBigUInt64LE(owner - this.pcbFrom) !== head) return false;
    const at = bytes.readBigUInt64LE(socket - this.pcbFrom);
    return isObjectAddress(at) && at % BigInt(WORD_BYTES) === 0n;
  }

  /** What listens with this control block; undefined where nothing does. @param bytes of its span */
  meet(pcb: KernelAddress, bytes: Buffer, head: LabelledHead): Listener | undefined {
    const { plan, socketBytes } = this;
    const socket = bytes.readBigUInt64LE(plan.pcb.socket - this.pcbFrom) as KernelAddress;
    if (!canRead(this.memory, addressPlus(socket, plan.socket.span.from), socketBytes)) return undefined;
    if (!this.listensFor(socketBytes, pcb)) return undefined;
    const own = labelsOf(plan.name, bytes, this.pcbFrom, this.memory);
    if (own === undefined) return undefined;
    const labels = [...head.labels, ...own];
    return {
      pcb,
      socket,
      head: head.address,
      headLabels: head.labels,
      pcbSame: partsOf(bytes, plan.pcb.same, this.pcbFrom),
      socketSame: partsOf(socketBytes, plan.socket.same, this.socketFrom),
      labels,
      name: labelsKey(labels),
    };
  }

  /** True where it is the same control block that these bytes of its span are of. */
  isSamePcb({ pcbSame }: Listener, bytes: Buffer): boolean {
    return areSame(bytes, this.plan.pcb.same, this.pcbFrom, pcbSame);
  }

  /** The same of its socket, which still listens. */
  isSameSocket({ pcb, socketSame }: Listener, bytes: Buffer): boolean {
    return this.listensFor(bytes, pcb) && areSame(bytes, this.plan.socket.same, this.socketFrom, socketSame);
  }

  private listensFor(bytes: Buffer, pcb: KernelAddress): boolean {
    const { pcb: back, options } = this.plan.socket;
    const from = this.socketFrom;
    return (bytes.readUInt32LE(options - from) & SO_ACCEPTCONN) !== 0 && bytes.readBigUInt64LE(back - from) === pcb;
  }
}

function partsOf(bytes: Buffer, parts: readonly Part[], from: number): Buffer {
  return Buffer.concat(parts.map(({ offset, size }) => bytes.subarray(offset - from, offset - from + size)));
}

function areSame(bytes: Buffer, parts: readonly Part[], from: number, same: Buffer): boolean {
  let known = 0;
  for (const { offset, size } of parts) {
    for (let index = offset - from, end = index + size; index < end; index++) {
      if (bytes[index] !== same[known++]) return false;
    }
  }
  return true;
}
