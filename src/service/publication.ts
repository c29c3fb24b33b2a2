/** What is published of a kernel under one config: its snapshots, and the documents made of them and of the exporter's own metrics. */
import type { Config } from '../config/model.js';
import { Publisher } from '../exposition/publisher.js';
import { SpreadText } from '../exposition/spreadText.js';
import { wantsSpread } from '../config/spread.js';
import type { Facts } from '../kernel/facts.js';
import { version } from '../packageRoot.js';
import type { Scraper } from '../scrape/scraper.js';
import { SerialQueue } from '../snapshots/serialQueue.js';
import { Activity } from '../snapshots/activity/activity.js';
import { SampledSource } from '../snapshots/activity/sampledSource.js';
import { Snapshots } from '../snapshots/snapshots.js';
import { WatchedSource } from '../truth/watchedSource.js';
import type { Truth } from './truth.js';
import type { OtherMetrics } from '../telemetry/families.js';
import { ExporterMetrics } from '../telemetry/ownMetrics.js';
import { TruthMetrics } from '../telemetry/truthMetrics.js';
import type { KeptDocument } from '../telemetry/readFamilies.js';

/** All that belongs to one config. What a request began with one of these it ends with it. */
export interface Publication {
  readonly config: Config;
  readonly scraper: Scraper;
  readonly snapshots: Snapshots;
  readonly publisher: Publisher;
  /** Undefined where the config or the command wants none. */
  readonly activity: Activity | undefined;
  /** No read begins by itself any more. */
  readonly stop: () => void;
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
  /** Proves counters again after each read, where the config wants that; undefined where nobody does. */
  readonly truth?: Truth;
  /** True where the kernel is to be sampled as long as this is published. */
  readonly isSampled?: boolean;
}

export function publish(parts: PublicationParts): Publication {
  const { config, kernel, scraper, others = [], queue = new SerialQueue(), kept, truth, isSampled = false } = parts;
  const { facts } = kernel;
  const { truthShare } = config;
  const watched =
    truth === undefined || truthShare === undefined
      ? undefined
      : new WatchedSource(scraper, truth.watch, truthShare, queue, truth.onError);
  const changing = watched === undefined || truth === undefined ? [] : [new TruthMetrics(truth.watch, kept)];
  const own = new ExporterMetrics({ version, facts, reader: scraper.reader, others, changing, kept });
  const created = config.created ? facts.bootTime.toFixed(3) : undefined;
  const activity = isSampled && config.activity !== undefined ? new Activity(config.activity) : undefined;
  const source = watched ?? scraper;
  const sampled =
    activity === undefined || config.activity === undefined
      ? undefined
      : new SampledSource(source, activity, config.activity.intervalMs);
  const snapshots = new Snapshots(sampled ?? source, config.scrapeIntervalMs, queue);
  sampled?.start(() => snapshots.refresh());
  const stop = (): void => {
    sampled?.stop();
    snapshots.stop();
    watched?.stop();
  };
  const spread =
    activity === undefined || config.activity === undefined || !wantsSpread(config)
      ? undefined
      : new SpreadText(activity, config.activity.windowMs);
  const publisher = new Publisher(snapshots, own, created, spread);
  return { config, scraper, snapshots, publisher, activity, stop };
}
