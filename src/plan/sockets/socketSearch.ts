/**
 * Looks through all control blocks of a protocol for those of sockets that listen, in slices. Chains change meanwhile, so each step is judged by
 * itself: an element that does not point back to where it was found may have been freed, or be in another chain by now, and the chain is begun
 * again. What is at rest in a chain is met: a step that is right on both sides has come past nothing.
 */
import { addressPlus, isObjectAddress, WORD_BYTES, type KernelAddress } from '../../kernel/address.js';
import { readInteger } from '../../kernel/integers.js';
import type { Memory } from '../../kernel/memory.js';
import { canRead } from '../../kernel/readFailure.js';
import type { Rests } from '../instances/instance.js';
import type { LabelledHead } from '../lists/labelledHead.js';
import type { Judge, Listener } from './listener.js';
import type { SocketPlan } from './socketPlan.js';

/** How often a chain is begun that changes while it is followed. */
const ATTEMPTS = 12;
/** Chains of one hash at most, and steps of a search. */
const MAX_CHAINS = 1 << 21;
const MAX_STEPS = 4_000_000;
/** Chains whose heads are read at once, and steps before the clock is looked at. */
const BLOCK = 16_384;
const BETWEEN = 16;

export class SocketSearch {
  /** Why some sockets may not have been met by the last search; undefined where all were. */
  trouble: string | undefined;
  /** Control blocks that it looked at. */
  steps = 0;
  private readonly bytes: Buffer;
  private readonly known = new Map<bigint, Listener>();
  private readonly found = new Map<bigint, Listener>();
  private restless = 0;

  constructor(
    private readonly plan: SocketPlan,
    private readonly memory: Memory,
    private readonly judge: Judge,
  ) {
    this.bytes = Buffer.alloc(plan.pcb.span.length);
  }

  /**
   * All that listen in these tables or lists.
   * @param known before: the same objects where they are the same
   * @throws KvmError where a head cannot be read
   */
  async run(heads: readonly LabelledHead[], known: Iterable<Listener>, rests: Rests): Promise<readonly Listener[]> {
    this.known.clear();
    for (const listener of known) this.known.set(listener.pcb, listener);
    this.found.clear();
    this.steps = 0;
    this.restless = 0;
    this.trouble = undefined;
    for (const head of heads) {
      const { search } = this.plan;
      if (search.kind === 'table') await this.searchTable(head, search, rests);
      else await this.searchChains(head, [head.address], rests);
    }
    if (this.restless > 0) this.trouble ??= `${this.restless} of its chains changed whenever they were followed`;
    this.known.clear();
    return [...this.found.values()];
  }

  private async searchTable(
    head: LabelledHead,
    { base, mask }: Extract<SocketPlan['search'], { kind: 'table' }>,
    rests: Rests,
  ): Promise<void> {
    const start = readInteger(this.memory, addressPlus(head.address, base));
    const count = Number(readInteger(this.memory, addressPlus(head.address, mask))) + 1;
    // Not allocated yet: a network stack that is about to come.
    if (start === 0n) return;
    if (!isObjectAddress(start) || count > MAX_CHAINS) {
      this.trouble = 'its hash is none';
      return;
    }
    for (let from = 0; from < count; from += BLOCK) {
      const firsts = new BigUint64Array(Math.min(BLOCK, count - from));
      const address = addressPlus(start, from * WORD_BYTES);
      this.memory.read(address, firsts);
      const halves = new Uint32Array(firsts.buffer);
      const used: KernelAddress[] = [];
      for (let index = 0; index < firsts.length; index++) {
        if (halves[2 * index] !== 0 || halves[2 * index + 1] !== 0) used.push(addressPlus(address, index * WORD_BYTES));
      }
      await this.searchChains(head, used, rests);
    }
  }

  /** @param chains where each has the pointer to its first element */
  private async searchChains(head: LabelledHead, chains: readonly KernelAddress[], rests: Rests): Promise<void> {
    let left = chains;
    for (let attempt = 1; left.length > 0 && attempt <= ATTEMPTS; attempt++) {
      const again: KernelAddress[] = [];
      for (const chain of left) if (!(await this.follow(head, chain, rests))) again.push(chain);
      left = again;
    }
    this.restless += left.length;
  }

  /** False where the chain changed meanwhile. */
  private async follow(head: LabelledHead, chain: KernelAddress, rests: Rests): Promise<boolean> {
    const { next, previous, span } = this.plan.pcb;
    const { bytes } = this;
    let at = readInteger(this.memory, chain);
    let from: bigint = chain;
    while (at !== 0n) {
      if (++this.steps > MAX_STEPS) {
        this.trouble = `it has more than ${MAX_STEPS} sockets`;
        return true;
      }
      if (!isObjectAddress(at) || at % BigInt(WORD_BYTES) !== 0n || !this.read(at, bytes)) return false;
      if (bytes.readBigUInt64LE(previous - span.from) !== from) return false;
      if (this.judge.mayListen(bytes, head.address)) this.meet(at, bytes, head);
      from = at + BigInt(next);
      at = bytes.readBigUInt64LE(next - span.from);
      if (this.steps % BETWEEN === 0 && rests.due()) await rests.rest();
    }
    return true;
  }

  private meet(at: KernelAddress, bytes: Buffer, head: LabelledHead): void {
    // It is met again where its chain is begun again.
    const known = this.found.get(at) ?? this.known.get(at);
    if (known?.head === head.address && this.judge.isSamePcb(known, bytes)) {
      this.found.set(at, known);
      return;
    }
    const met = this.judge.meet(at, bytes, head);
    if (met !== undefined) this.found.set(at, met);
  }

  private read(at: KernelAddress, into: Buffer): boolean {
    return canRead(this.memory, addressPlus(at, this.plan.pcb.span.from), into);
  }
}
