/** Lists of queue(3) in a small kernel, one alone and several in an array, with elements that come, go and move as the kernel's do. */
import type { ListRules } from '../../src/config/model.js';
import type { Label } from '../../src/config/model.js';
import type { Instance } from '../../src/plan/instances/instance.js';
import type { KnownPlace } from '../../src/plan/lists/known.js';
import { compileList } from '../../src/plan/lists/compileList.js';
import { ListFollower } from '../../src/plan/lists/listFollower.js';
import {
  array,
  char,
  cInt,
  counterU64,
  offsetOf,
  pointer,
  sizeOf,
  struct,
  uint32,
  uint64,
  voidPointer,
} from '../../src/simulator/model/ctypes.js';
import { listEntry, listHead, tailqHead } from '../../src/simulator/model/queues.js';
import { rulesOf, SmallKernel, type Values } from './smallKernel.js';

export const elem = struct('elem', {
  e_link: listEntry('elem'),
  e_name: array(char, 16),
  e_gen: uint64,
  e_self: voidPointer,
  e_flag: cInt,
  e_kind: uint32,
  e_chain: voidPointer,
  e_text: pointer(char),
  e_count: counterU64,
  e_value: uint64,
  e_again: uint64,
});

/** What holds one of several lists. */
const chain = struct('chain', { c_id: uint32, c_head: listHead('', elem) });
export const CHAINS = 3;

const NEXT = BigInt(offsetOf(elem, 'e_link.le_next'));

export class SmallList {
  readonly kernel;
  readonly head;
  /** The heads of the lists in the array. */
  readonly heads: readonly bigint[];

  /** @param isTailed false for a list whose head does not lead to its end */
  constructor(isTailed = true) {
    const head = isTailed ? tailqHead('', elem) : listHead('', elem);
    this.kernel = new SmallKernel({ head, chains: array(chain, CHAINS), magic: uint64 }, [elem]);
    this.head = this.kernel.addressOf('head');
    const at = this.kernel.addressOf('chains');
    this.heads = Array.from({ length: CHAINS }, (_, id) => {
      const address = at + BigInt(id * sizeOf(chain));
      this.kernel.put(chain, address, { c_id: id });
      return address + BigInt(offsetOf(chain, 'c_head'));
    });
  }

  /** The elements of the one list in their order. */
  get elements(): bigint[] {
    return this.elementsOf(this.head);
  }

  elementsOf(head: bigint): bigint[] {
    const found: bigint[] = [];
    for (let at = this.next(head); at !== 0n; at = this.next(at)) found.push(at);
    return found;
  }

  /** What holds the list with this head. */
  chainOf(head: bigint): bigint {
    return head - BigInt(offsetOf(chain, 'c_head'));
  }

  allocate(ownPage = false): bigint {
    return this.kernel.make(elem, {}, ownPage);
  }

  /** Into the list, after `after` or at its head. */
  insert(at: bigint, values: Values, after: bigint = this.head): bigint {
    this.kernel.put(elem, at, { e_self: at, ...values });
    this.link(at, this.next(after));
    this.link(after, at);
    return at;
  }

  /** A new one at the list's end. */
  add(name: string, values: Values = {}, ownPage = false): bigint {
    return this.insert(this.allocate(ownPage), { e_name: name, ...values }, this.elements.at(-1) ?? this.head);
  }

  /** Out of the list: what it held stays in it. */
  remove(at: bigint): void {
    const all = [this.head, ...this.heads].flatMap((head) => [head, ...this.elementsOf(head)]);
    const before = all.find((one) => this.next(one) === at);
    if (before !== undefined) this.link(before, this.next(at));
  }

  /** Given back, and filled with what tells that nobody has it. */
  poison(at: bigint): void {
    const bytes = Buffer.alloc(sizeOf(elem));
    for (let word = 0; word < bytes.length; word += 4) bytes.writeUInt32LE(0xdead_c0de, word);
    this.kernel.memory.write(at, bytes);
  }

  follow(rules: Partial<ListRules> = {}, headLabels: readonly Label[] = [], place: KnownPlace = {}): ListFollower {
    const { kernel } = this;
    const all = rulesOf({ link: 'e_link', keys: [{ label: 'name', member: 'e_name' }], ...rules });
    const { plan } = compileList(kernel.types, kernel.types.typeOfObject('head')!, undefined, all);
    const { origin } = kernel.found('head');
    const heads = [{ address: this.head, vnet: undefined, labels: headLabels, isOwn: true }];
    return new ListFollower(plan, kernel, () => heads, origin, place);
  }

  private next(at: bigint): bigint {
    return this.kernel.memory.word(this.linkOf(at));
  }

  private link(at: bigint, next: bigint): void {
    this.kernel.memory.store(this.linkOf(at), next);
  }

  private linkOf(at: bigint): bigint {
    return at === this.head || this.heads.includes(at) ? at : at + NEXT;
  }
}

/** Their labels: values alone, one instance after the other. */
export function namesOf(instances: Iterable<Instance>): string[] {
  return [...instances].map(({ labels }) => labels.map(({ value }) => value).join('/'));
}

/** Calls `act` before the n-th read from now on, and gives what ends that. */
export function beforeRead({ memory }: SmallKernel, n: number, act: () => void): () => void {
  let reads = 0;
  memory.before = () => {
    if (++reads === n) act();
  };
  return () => {
    memory.before = undefined;
  };
}
