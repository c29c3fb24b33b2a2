/**
 * When a kernel is read, and who gets what that gave: scrapes, the live page, readiness, `print`. Those who ask at the same time share one
 * read; each of them works on its snapshot while nobody reads.
 */
import { SerialQueue } from './serialQueue.js';
import type { Snapshot, SnapshotSource } from './snapshot.js';
import { LoopSupply, SharedSupply, type Supply } from './supply.js';

export class Snapshots {
  private readonly supply: Supply<void>;
  /** Of the last read that did not fail. */
  private snapshot: Snapshot | undefined;
  /** False where the values in `snapshot` are no longer all of that read. */
  private isWhole = false;

  /**
   * @param interval milliseconds between reads; undefined where each who asks has a read made, together with those who ask at the same time
   * @param queue runs the reads and all work on their values, which are in the same memory; shared by all who read this kernel
   */
  constructor(
    private readonly source: SnapshotSource,
    interval: number | undefined,
    private readonly queue = new SerialQueue(),
  ) {
    const produce = (): Promise<void> => this.queue.run(() => this.read());
    this.supply = interval === undefined ? new SharedSupply(produce) : new LoopSupply(produce, interval);
  }

  /** Resolves when there is a read of now. Rejects where the kernel cannot be read. */
  refresh(): Promise<void> {
    return this.supply.get();
  }

  /**
   * What `work` makes of the snapshot of now, whose values last until then: the next read overwrites them. It was read no earlier than any
   * that somebody has worked on before, here or by another of the same kernel: a counter that went back would look like a reset. Rejects
   * where the kernel cannot be read.
   */
  async use<T>(work: (snapshot: Snapshot) => T | Promise<T>): Promise<T> {
    for (;;) {
      await this.refresh();
      const done = await this.queue.run(async () => {
        await this.catchUp();
        return this.isWhole && this.snapshot !== undefined ? { result: await work(this.snapshot) } : undefined;
      });
      // A read that began meanwhile may have failed, and have overwritten some of the values.
      if (done !== undefined) return done.result;
    }
  }

  stop(): void {
    this.supply.stop();
  }

  /**
   * Reads once more where somebody else has read since: around a reload the old config and the new one answer side by side. To be called
   * where no read can be under way, by which the order of reads is the order of answers.
   */
  private async catchUp(): Promise<void> {
    if (this.snapshot !== undefined && this.snapshot.report.sequence < this.source.reads) await this.read();
  }

  private async read(): Promise<void> {
    this.isWhole = false;
    this.snapshot = await this.source.read();
    this.isWhole = true;
  }
}
