/** What watches over the truth of an open kernel's counters, for whatever config: it is kept over reloads. */
import type { Config } from '../config/model.js';
import type { RunningKernel } from '../kernel/kernel.js';
import type { Scraper } from '../scrape/scraper.js';
import type { Logger } from '../telemetry/logger.js';
import { TruthLog } from '../telemetry/truthLog.js';
import { TruthWatch } from '../truth/watch.js';

export class Truth {
  readonly watch: TruthWatch;
  private readonly lines: TruthLog;

  constructor(
    kernel: RunningKernel,
    private readonly log: Logger,
  ) {
    this.lines = new TruthLog(log);
    this.watch = new TruthWatch(kernel, (change) => {
      this.lines.changed(change);
    });
  }

  /**
   * Proves all that a scraper reads, where the config wants proofs: what disagrees with the kernel from the start is never published. Must not
   * overlap with another read of the kernel.
   */
  async proveAll(scraper: Scraper, { truthShare }: Pick<Config, 'truthShare'>): Promise<void> {
    if (truthShare !== undefined) await this.watch.proveAll(scraper);
  }

  readonly onError = (error: unknown): void => {
    this.log.error({ error: error instanceof Error ? error.stack : String(error) }, 'counters could not be proven');
  };

  /** Tells what was held back. */
  close(): void {
    this.lines.close();
  }
}
