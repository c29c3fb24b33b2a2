/** How much of the process's CPU time may go into proofs: a share of what all else takes, so that proofs never cost more than a part of it. */

/** Microseconds that are saved up at most: a program that did much, and proved nothing meanwhile, does not prove all at once. */
const MOST_SAVED = 50_000;

export class Budget {
  private credit = 0;
  /** CPU time of the process, microseconds, up to which all is accounted for. */
  private accounted: number;

  /** @param used CPU time that the process has used, user and system, microseconds */
  constructor(private readonly used: () => number = cpuTime) {
    this.accounted = used();
  }

  /**
   * True where something may be spent. What is spent beyond the credit has to be earned first.
   * @param share of what the process uses, 0 to 1
   */
  allows(share: number): boolean {
    const used = this.used();
    this.credit = Math.min(MOST_SAVED, this.credit + share * (used - this.accounted));
    this.accounted = used;
    return this.credit > 0;
  }

  /** What was used up to now neither earns anything nor has to be earned: it was no scrape, nor a proof that follows one. */
  pass(): void {
    this.accounted = this.used();
  }

  /** All that was used since allows() was called last went into proofs. */
  charge(): void {
    const used = this.used();
    this.credit -= used - this.accounted;
    this.accounted = used;
  }
}

function cpuTime(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}
