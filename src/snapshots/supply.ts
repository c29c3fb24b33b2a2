/** Two ways of supplying what a read of the kernel gives: afresh for who asks, or from a loop that reads on its own. */

export interface Supply<T> {
  /** Rejects where the last read failed. */
  get(): Promise<T>;
  stop(): void;
}

/** Produces when it is asked; who asks while that is under way shares the result. */
export class SharedSupply<T> implements Supply<T> {
  private underWay: Promise<T> | undefined;

  constructor(private readonly produce: () => Promise<T>) {}

  get(): Promise<T> {
    this.underWay ??= this.start();
    return this.underWay;
  }

  stop(): void {
    // Nothing goes on by itself.
  }

  private async start(): Promise<T> {
    // Requests that are waiting in the sockets already are handled before the read, and share it.
    await turn();
    try {
      return await this.produce();
    } finally {
      // So are those that came while the read held the thread: they are handled in the next turn. Nobody is answered before it is over,
      // or a client that has its answer could ask again and be given the same.
      await turn();
      this.underWay = undefined;
    }
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Produces at a fixed interval, whether anybody asks or not, and hands out the newest result. */
export class LoopSupply<T> implements Supply<T> {
  private newest: Promise<T>;
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;

  /** @param interval milliseconds from the beginning of one production to that of the next */
  constructor(
    private readonly produce: () => Promise<T>,
    private readonly interval: number,
  ) {
    this.newest = this.run();
  }

  get(): Promise<T> {
    return this.newest;
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  private run(): Promise<T> {
    const began = performance.now();
    const result = this.produce();
    // What came before a failure is old, and is not handed out as if it were the present: a failure is handed out, too.
    const settled = (): void => {
      this.newest = result;
      if (this.stopped) return;
      const wait = Math.max(0, this.interval - (performance.now() - began));
      this.timer = setTimeout(() => void this.run(), wait);
    };
    result.then(settled, settled);
    return result;
  }
}
