/** What ipfw does to the chain of its rules in one vnet, in the order in which it writes: each change makes a new array of pointers to them. */
import { offsetOf, sizeOf } from '../model/ctypes.js';
import { DEFAULT_RULE, ipFw, ipFwChain } from '../model/ipfwTypes.js';
import { placeOf } from '../model/members.js';
import type { Release } from '../profiles.js';
import type { Words } from './words.js';

export class IpfwChain {
  readonly ruleBytes: number;
  private readonly rule;
  private readonly chain;

  /** @param head where the vnet's chain is */
  constructor(
    private readonly words: Words,
    release: Release,
    private readonly head: bigint,
  ) {
    this.rule = ipFw(release);
    this.chain = ipFwChain(release);
    this.ruleBytes = sizeOf(this.rule);
  }

  get map(): bigint {
    return this.words.load(this.of('map'));
  }

  /** In their order. */
  rules(): bigint[] {
    const { map } = this;
    const count = Number(BigInt.asUintN(32, this.words.load(this.of('n_rules'))));
    return Array.from({ length: count }, (_, nth) => this.words.load(map + BigInt(8 * nth)));
  }

  /** Into memory that is all zeros. Its id is one more than the chain's. @param number as a user writes it */
  describe(memory: bigint, number: number, set = 0): void {
    this.put(memory, 'rulenum', number);
    this.put(memory, 'set', set);
    this.put(memory, 'refcnt', 1);
    this.put(memory, 'cmd_len', 2);
    this.put(memory, 'id', this.id + 1);
  }

  at(rule: bigint, path: string): bigint {
    return rule + BigInt(offsetOf(this.rule, path));
  }

  number(rule: bigint): number {
    return this.get(rule, 'rulenum');
  }

  idOf(rule: bigint): number {
    return this.get(rule, 'id');
  }

  setOf(rule: bigint): number {
    return this.get(rule, 'set');
  }

  /** Where a rule of that number comes in: behind those that have it already. */
  placeFor(number: number): number {
    const place = this.rules().findIndex((rule) => this.number(rule) > number);
    return place < 0 ? this.rules().length : place;
  }

  /** @param map memory for as many pointers as there are rules @returns the old array */
  swap(map: bigint, rules: readonly bigint[]): bigint {
    for (const [nth, rule] of rules.entries()) this.words.store(map + BigInt(8 * nth), rule);
    const old = this.map;
    this.words.store(this.of('id'), BigInt(this.id + 1), 4);
    this.words.store(this.of('n_rules'), BigInt(rules.length), 4);
    this.words.store(this.of('map'), map);
    const last = rules.at(-1);
    if (last !== undefined && this.number(last) === DEFAULT_RULE) this.words.store(this.of('default_rule'), last);
    return old;
  }

  private get id(): number {
    return Number(BigInt.asUintN(32, this.words.load(this.of('id'))));
  }

  private of(path: string): bigint {
    return this.head + BigInt(offsetOf(this.chain, path));
  }

  private put(rule: bigint, path: string, value: number): void {
    this.words.store(this.at(rule, path), BigInt(value), placeOf(this.rule, path).size);
  }

  private get(rule: bigint, path: string): number {
    const { size } = placeOf(this.rule, path);
    return Number(BigInt.asUintN(8 * size, this.words.load(this.at(rule, path))));
  }
}
