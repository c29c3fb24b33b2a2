/** Reads of a scraper after each of which some counters are proven again: once whoever asked for the read has had the time to be answered. */
import type { Scraper } from '../scrape/scraper.js';
import type { SerialQueue } from '../snapshots/serialQueue.js';
import type { Snapshot, SnapshotSource } from '../snapshots/snapshot.js';
import type { TruthWatch } from './watch.js';

/** Milliseconds from a read to the proofs that follow it. */
const PAUSE = 20;

export class WatchedSource implements SnapshotSource {
  private timer: NodeJS.Timeout | undefined;
  private newest: Snapshot | undefined;
  private isStopped = false;

  /**
   * @param share as in TruthWatch.turn()
   * @param queue runs all reads of this kernel, and the proofs between them
   * @param onError told of what is no fault of the kernel's
   */
  constructor(
    private readonly scraper: Scraper,
    private readonly watch: TruthWatch,
    private readonly share: number,
    private readonly queue: SerialQueue,
    private readonly onError: (error: unknown) => void,
  ) {}

  get reads(): number {
    return this.scraper.reads;
  }

  async read(allParts?: boolean): Promise<Snapshot> {
    const snapshot = await this.scraper.read(allParts);
    this.newest = snapshot;
    // To wake for nothing costs as well.
    if (!this.isStopped && this.watch.hasBudget(this.share)) this.timer ??= setTimeout(this.prove, PAUSE).unref();
    return snapshot;
  }

  stop(): void {
    this.isStopped = true;
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private readonly prove = (): void => {
    const turn = this.queue.run(async () => {
      this.timer = undefined;
      // Another config's scraper may have read since; what was read of this one is still there.
      if (this.isStopped || this.newest === undefined) return;
      await this.watch.turn(this.scraper, this.newest, this.share, () => this.queue.isWaitedFor);
    });
    turn.catch(this.onError);
  };
}
