/** ipfw's rules while the kernel runs: those of the host. The array of pointers to them is another one after each change, and the old one is freed. */
import { IpfwChain } from '../memory/ipfwChain.js';
import { spareMapBytes } from '../memory/spares.js';
import { DEFAULT_RULE } from '../model/ipfwTypes.js';
import { CounterCells } from './counterCells.js';
import { setCounters } from './counters.js';
import { fingerprint } from './fingerprint.js';
import type { LiveMemory } from './liveMemory.js';
import { LiveWords } from './liveWords.js';

export interface LiveIpfwRule {
  readonly address: bigint;
  readonly number: number;
  readonly id: number;
  readonly set: number;
}

export class IpfwChanges {
  readonly chain: IpfwChain;
  private readonly words: LiveWords;
  private readonly cells: CounterCells;

  /** Of a kernel whose ipfw.ko is loaded. */
  constructor(private readonly memory: LiveMemory) {
    this.words = new LiveWords(memory.image);
    this.cells = new CounterCells(memory, this.words);
    this.chain = new IpfwChain(this.words, memory.profile.release, memory.symbol('layer3_chain'));
    const rules = this.chain.rules();
    memory.exclude('ipfw rule', new Set(rules));
    memory.exclude('ipfw map', new Set([this.chain.map]));
    memory.exclude('pair', new Set(rules.map((rule) => this.itemOf(rule))));
  }

  rules(): LiveIpfwRule[] {
    const { chain } = this;
    return chain.rules().map((address) => ({
      address,
      number: chain.number(address),
      id: chain.idOf(address),
      set: chain.setOf(address),
    }));
  }

  /** Its counters hold fingerprint(mark, 0) and (mark, 1); by default the mark is its id. Returns the id. */
  add(number: number, { mark, set = 0 }: { readonly mark?: string; readonly set?: number } = {}): number {
    const { chain, memory } = this;
    const address = memory.take('ipfw rule');
    memory.image.write(address, Buffer.alloc(chain.ruleBytes));
    chain.describe(address, number, set);
    const id = chain.idOf(address);
    const item = memory.take('pair');
    this.words.store(chain.at(address, 'cntr'), item - memory.bias);
    this.setMark(item, mark ?? String(id));
    const rules = chain.rules();
    rules.splice(chain.placeFor(number), 0, address);
    this.swap(rules);
    return id;
  }

  /** All of that number; the last rule stays. */
  remove(number: number): void {
    if (number === DEFAULT_RULE) throw new Error('the last rule stays');
    const { chain, memory } = this;
    const gone = chain.rules().filter((rule) => chain.number(rule) === number);
    this.swap(chain.rules().filter((rule) => chain.number(rule) !== number));
    for (const rule of gone) {
      const item = this.itemOf(rule);
      memory.still([item, item + 8n]);
      memory.giveAsIs('pair', item);
      memory.give('ipfw rule', rule, chain.ruleBytes);
    }
  }

  /** Packets and bytes. */
  values({ address }: Pick<LiveIpfwRule, 'address'>): [packets: bigint, bytes: bigint] {
    const item = this.itemOf(address);
    return [this.cells.sumAt(item), this.cells.sumAt(item + 8n)];
  }

  /** As PacketFilterChanges.mark(). */
  mark({ address }: Pick<LiveIpfwRule, 'address'>, mark: string): void {
    this.setMark(this.itemOf(address), mark);
  }

  private setMark(item: bigint, mark: string): void {
    const sums = [0, 1].map((column) => fingerprint(mark, column));
    setCounters(
      this.memory,
      sums.map((_, nth) => item + BigInt(8 * nth)),
      sums,
    );
  }

  private itemOf(rule: bigint): bigint {
    return this.cells.itemOf(this.chain.at(rule, 'cntr'));
  }

  private swap(rules: readonly bigint[]): void {
    const { memory, chain } = this;
    const bytes = spareMapBytes(memory.spec);
    if (8 * rules.length > bytes) throw new Error('the simulated kernel has no memory for as many rules; ask for more');
    const old = chain.swap(memory.take('ipfw map'), rules);
    memory.give('ipfw map', old, bytes);
  }
}
