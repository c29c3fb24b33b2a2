/** What serves a kernel: what is published under the config in force, and how a reload puts another in its place. */
import type { Config } from '../config/model.js';
import { wantsPeaks, wantsSpread } from '../config/spread.js';
import type { FileStatus } from '../config/namedFiles.js';
import type { ReloadOutcome } from '../http/app.js';
import type { Facts } from '../kernel/facts.js';
import type { Scraper } from '../scrape/scraper.js';
import { SerialQueue } from '../snapshots/serialQueue.js';
import { ConfigMetrics } from '../telemetry/configMetrics.js';
import type { OtherMetrics } from '../telemetry/families.js';
import type { Logger } from '../telemetry/logger.js';
import { FileError } from '../yaml/diagnostics.js';
import { publish, type Publication } from './publication.js';
import { logLeftOut, type Session } from './session.js';

export class Exporter {
  readonly facts: Facts;
  private inForce: Publication;
  private readonly configMetrics = new ConfigMetrics();
  private readonly others: readonly OtherMetrics[];
  /** libkvm and the scrapers' accounts of it know one reader at a time, whichever config it reads for. */
  private readonly reading = new SerialQueue();
  private readonly reloading = new SerialQueue();
  /** The reload that has not begun. */
  private due: Promise<ReloadOutcome> | undefined;

  /** @param others metrics about the process */
  constructor(
    private readonly session: Session,
    others: readonly OtherMetrics[],
    private readonly log: Logger,
  ) {
    const { kernel, config, scraper, fileStatuses } = session;
    this.facts = kernel.facts;
    this.others = [this.configMetrics, ...others];
    this.configMetrics.loaded(true, fileStatuses);
    this.inForce = this.publish(config, scraper);
  }

  get current(): Publication {
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
      this.inForce.stop();
      return Promise.resolve();
    });
  }

  private async loadAgain(): Promise<ReloadOutcome> {
    const { config, files } = this.session.files.load();
    try {
      if (config instanceof FileError) throw config;
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
    const { scraperOf, truth } = this.session;
    const scraper = await this.reading.run(async () => {
      const next = scraperOf(config, this.inForce.scraper);
      await truth?.proveAll(next, config);
      return next;
    });
    const next = this.publish(config, scraper);
    try {
      // Read once before anybody asks: what cannot be read at all must not take the place of what can.
      await next.snapshots.refresh();
    } catch (error) {
      next.stop();
      throw error;
    }
    this.inForce.stop();
    this.inForce = next;
  }

  private publish(config: Config, scraper: Scraper): Publication {
    const { kernel, truth } = this.session;
    // Nothing moves in a dump.
    const onSamplingError = truth?.onError;
    if (onSamplingError !== undefined && config.activity === undefined) {
      if (wantsSpread(config)) this.log.info('activity is off: of what has cpu: spread only the sums are published');
      if (wantsPeaks(config)) this.log.info('activity is off: of what has peak: true no peaks are published');
    }
    const { others, reading: queue } = this;
    const before = this.inForce as Publication | undefined;
    return publish({ config, kernel, scraper, others, queue, truth, onSamplingError, before });
  }
}

function outcomeText(files: readonly FileStatus[]): string {
  const bad = files.flatMap(({ error }) => error ?? []);
  if (bad.length === 0) return 'config reloaded';
  return `config reloaded, but for ${bad.length} of ${files.length} files:\n${FileError.of(bad).message}`;
}
