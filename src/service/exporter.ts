/** What serves a kernel: the config in force with its scraper and publisher, and how a reload puts another in its place. */
import { ConfigError } from '../yaml/diagnostics.js';
import type { Config } from '../config/model.js';
import type { FileStatus } from '../config/namedFiles.js';
import { Exclusive } from '../snapshots/serialQueue.js';
import type { Publisher } from '../exposition/publisher.js';
import type { ReloadOutcome } from '../http/app.js';
import type { Kernel } from '../kernel/live/kernel.js';
import type { Scraper } from '../scrape/scraper.js';
import { ConfigMetrics } from '../telemetry/configMetrics.js';
import type { Logger } from '../telemetry/logger.js';
import type { OtherMetrics } from '../telemetry/ownMetrics.js';
import { logLeftOut, publish, type Session } from './session.js';

/** All that belongs to one config. What a request began with one of these it ends with it. */
export interface InForce {
  readonly config: Config;
  readonly scraper: Scraper;
  readonly publisher: Publisher;
}

export class Exporter {
  readonly kernel: Kernel;
  private inForce: InForce;
  private readonly configMetrics = new ConfigMetrics();
  private readonly others: readonly OtherMetrics[];
  /** libkvm and the scrapers' accounts of it know one reader at a time, whichever config it reads for. */
  private readonly reading = new Exclusive();
  private readonly reloading = new Exclusive();
  /** The reload that has not begun. */
  private due: Promise<ReloadOutcome> | undefined;

  /** @param others metrics about the process */
  constructor(
    private readonly session: Session,
    others: readonly OtherMetrics[],
    private readonly log: Logger,
  ) {
    const { kernel, config, scraper, fileStatuses } = session;
    this.kernel = kernel;
    this.others = [this.configMetrics, ...others];
    this.configMetrics.loaded(true, fileStatuses);
    this.inForce = this.publish(config, scraper);
  }

  get current(): InForce {
    return this.inForce;
  }

  /** Loads the config again and puts it in force if it is good; else all stays as it is. One after the other, and one for all who ask before it begins. */
  reload(): Promise<ReloadOutcome> {
    this.due ??= this.reloading.run(() => {
      this.due = undefined;
      return this.loadAgain();
    });
    return this.due;
  }

  /** Lets go of what is in force, once no reload is under way. */
  stop(): Promise<void> {
    return this.reloading.run(() => {
      this.inForce.publisher.stop();
      return Promise.resolve();
    });
  }

  private async loadAgain(): Promise<ReloadOutcome> {
    const { config, files } = this.session.files.load();
    try {
      if (config instanceof ConfigError) throw config;
      await this.replace(config);
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      this.configMetrics.loaded(false, files);
      this.log.error({ error: text }, 'config not reloaded; the one before stays in force');
      return { isGood: false, text };
    }
    this.configMetrics.loaded(true, files);
    logLeftOut(this.log, files);
    this.log.info({ entries: config.entries.length, files: config.files.length }, 'config reloaded');
    return { isGood: true, text: outcomeText(files) };
  }

  private async replace(config: Config): Promise<void> {
    const scraper = await this.reading.run(() => Promise.resolve(this.session.scraperOf(config, this.inForce.scraper)));
    const next = this.publish(config, scraper);
    try {
      // Read once before anybody asks: what cannot be read at all must not take the place of what can.
      (await next.publisher.document('text')).release();
    } catch (error) {
      next.publisher.stop();
      throw error;
    }
    this.inForce.publisher.stop();
    this.inForce = next;
  }

  private publish(config: Config, scraper: Scraper): InForce {
    const publisher = publish({ config, kernel: this.kernel, scraper }, this.others, this.reading);
    return { config, scraper, publisher };
  }
}

function outcomeText(files: readonly FileStatus[]): string {
  const bad = files.flatMap(({ error }) => error ?? []);
  if (bad.length === 0) return 'config reloaded';
  return `config reloaded, but for ${bad.length} of ${files.length} files:\n${ConfigError.of(bad).message}`;
}
