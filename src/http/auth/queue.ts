/**
 * Passwords that wait to be checked, one after the other: addresses take turns, and at an address the names that are tried there, so that
 * who guesses many passwords makes nobody wait for more than one of them at a time.
 */

/** Passwords that may wait of one address: more than it has good users. */
const MOST_OF_ADDRESS = 128;
const MOST = 512;

interface Waiting {
  readonly start: () => void;
}

export class PasswordQueue {
  /** By address and then by name, each in the order of their turns. */
  private readonly waiting = new Map<string, Map<string, Waiting[]>>();
  private count = 0;
  private isAtWork = false;

  /** What `work` gives when its turn has come; undefined where too many wait. */
  async run<T>(address: string, name: string, work: () => Promise<T>): Promise<T | undefined> {
    if (this.isAtWork) {
      if (this.count >= MOST || this.countOf(address) >= MOST_OF_ADDRESS) return undefined;
      await new Promise<void>((start) => {
        this.add(address, name, { start });
      });
    }
    this.isAtWork = true;
    try {
      return await work();
    } finally {
      this.isAtWork = false;
      this.take()?.start();
    }
  }

  private countOf(address: string): number {
    let count = 0;
    for (const list of this.waiting.get(address)?.values() ?? []) count += list.length;
    return count;
  }

  private add(address: string, name: string, one: Waiting): void {
    const names = this.waiting.get(address) ?? new Map<string, Waiting[]>();
    this.waiting.set(address, names);
    const list = names.get(name) ?? [];
    names.set(name, list);
    list.push(one);
    this.count += 1;
  }

  /** The next, whose address and name then have their turn after all others. */
  private take(): Waiting | undefined {
    for (const [address, names] of this.waiting) {
      for (const [name, list] of names) {
        const one = list.shift();
        names.delete(name);
        if (list.length > 0) names.set(name, list);
        this.waiting.delete(address);
        if (names.size > 0) this.waiting.set(address, names);
        this.count -= 1;
        // Nobody who comes before it goes on may take its turn.
        this.isAtWork = true;
        return one;
      }
    }
    return undefined;
  }
}
