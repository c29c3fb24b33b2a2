/** What is published of a kernel under one config: its snapshots, and the documents made of them and of the exporter's own metrics. */
import type { Config } from '../config/model.js';
import { Publisher } from '../exposition/publisher.js';
import type { Facts } from '../kernel/facts.js';
import { version } from '../packageRoot.js';
import type { Scraper } from '../scrape/scraper.js';
import type { SerialQueue } from '../snapshots/serialQueue.js';
import { Snapshots } from '../snapshots/snapshots.js';
import type { OtherMetrics } from '../telemetry/families.js';
import { ExporterMetrics } from '../telemetry/ownMetrics.js';
import type { KeptDocument } from '../telemetry/readFamilies.js';

/** All that belongs to one config. What a request began with one of these it ends with it. */
export interface Publication {
  readonly config: Config;
  readonly scraper: Scraper;
  readonly snapshots: Snapshots;
  readonly publisher: Publisher;
}

export interface PublicationParts {
  readonly config: Config;
  readonly kernel: { readonly facts: Facts };
  readonly scraper: Scraper;
  /** Metrics that outlive the config. */
  readonly others?: readonly OtherMetrics[];
  /** As in Snapshots. */
  readonly queue?: SerialQueue;
  /** As in ExporterMetrics. */
  readonly kept?: KeptDocument;
}

export function publish({ config, kernel, scraper, others = [], queue, kept }: PublicationParts): Publication {
  const { facts } = kernel;
  const own = new ExporterMetrics({ version, facts, reader: scraper.reader, others, kept });
  const created = config.created ? facts.bootTime.toFixed(3) : undefined;
  const snapshots = new Snapshots(scraper, config.scrapeIntervalMs, queue);
  return { config, scraper, snapshots, publisher: new Publisher(snapshots, own, created) };
}
