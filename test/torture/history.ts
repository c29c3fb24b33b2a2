/** What each word of kernel memory held, and when: the truth that published values are compared with. */

/** Words that were held before are remembered so far back, to tell a stale value from a wrong one. */
const KEPT = 12;

class WordHistory {
  readonly times: number[] = [];
  readonly values: bigint[] = [];
}

export class History {
  /** Grows with every change; what it is says the order of changes and reads. */
  time = 1;
  private readonly words = new Map<bigint, WordHistory>();

  /** @param load reads a word that has no history yet, `store` writes one */
  constructor(
    private readonly load: (address: bigint) => bigint,
    private readonly store: (address: bigint, value: bigint) => void,
  ) {}

  /** What the word at `address`, a multiple of 8, holds. */
  word(address: bigint): bigint {
    return this.of(address).values.at(-1)!;
  }

  write(address: bigint, value: bigint): void {
    const history = this.of(address);
    const wrapped = BigInt.asUintN(64, value);
    history.times.push(++this.time);
    history.values.push(wrapped);
    this.store(address, wrapped);
  }

  /** Every value that the word held from `from` to `to`, both included, without repetition. */
  held(address: bigint, from: number, to: number): bigint[] {
    const { times, values } = this.of(address);
    const found = new Set<bigint>();
    for (let at = values.length - 1; at >= 0; at--) {
      if (times[at]! > to) continue;
      found.add(values[at]!);
      if (times[at]! <= from) break;
    }
    return [...found];
  }

  /** True where the word held `value` at some time that is remembered before `time`. */
  heldBefore(address: bigint, value: bigint, time: number): boolean {
    const { times, values } = this.of(address);
    return values.some((one, at) => one === value && times[at]! < time);
  }

  /** Addresses of words that held `value` from `from` to `to`. */
  findHolders(value: bigint, from: number, to: number): bigint[] {
    return [...this.words.keys()].filter((address) => this.held(address, from, to).includes(value));
  }

  /** Lets go of what is long past. */
  forget(): void {
    for (const { times, values } of this.words.values()) {
      if (values.length <= 4 * KEPT) continue;
      times.splice(0, times.length - KEPT);
      values.splice(0, values.length - KEPT);
    }
  }

  private of(address: bigint): WordHistory {
    let history = this.words.get(address);
    if (history === undefined) {
      history = new WordHistory();
      history.times.push(0);
      history.values.push(this.load(address));
      this.words.set(address, history);
    }
    return history;
  }
}
