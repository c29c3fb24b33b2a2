/** What is published of a kernel under one config: its snapshots, and the documents made of them and of the exporter's own metrics. */
import type { Config } from '../config/model.js';
import { Publisher } from '../exposition/publisher.js';
import type { Kernel } from '../kernel/kernel.js';
import { version } from '../packageRoot.js';
import type { Scraper } from '../scrape/scraper.js';
import { OnceSource } from '../snapshots/onceSource.js';
import { SerialQueue } from '../snapshots/serialQueue.js';
import { Snapshots } from '../snapshots/snapshots.js';
import { WatchedSource } from '../truth/watchedSource.js';
import { Sampling } from './sampling.js';
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
  readonly sampling: Sampling | undefined;
  /** No read begins by itself any more. */
  readonly stop: () => void;
}

export interface PublicationParts {
  readonly config: Config;
  readonly kernel: Pick<Kernel, 'facts' | 'bootTime'>;
  readonly scraper: Scraper;
  /** Metrics that outlive the config. */
  readonly others?: readonly OtherMetrics[];
  /** As in Snapshots. */
  readonly queue?: SerialQueue;
  /** As in ExporterMetrics. */
  readonly kept?: KeptDocument;
  /** Proves counters again after each read, where the config wants that; undefined where nobody does. */
  readonly truth?: Truth | undefined;
  /** Undefined where the kernel is not to be sampled; told of what is no fault of the kernel's. */
  readonly onSamplingError?: ((error: unknown) => void) | undefined;
  /** Whose place it takes. */
  readonly before?: Publication | undefined;
}

export function publish(parts: PublicationParts): Publication {
  const {
    config,
    kernel,
    scraper,
    others = [],
    queue = new SerialQueue(),
    kept,
    truth,
    onSamplingError,
    before,
  } = parts;
  const { facts } = kernel;
  const bootTime = (): number | undefined => kernel.bootTime();
  const { truthShare } = config;
  const watched =
    truth === undefined || truthShare === undefined
      ? undefined
      : new WatchedSource(scraper, truth.watch, truthShare, queue, truth.onError);
  const changing = watched === undefined || truth === undefined ? [] : [new TruthMetrics(truth.watch, kept)];
  const own = new ExporterMetrics({ version, facts, bootTime, reader: scraper.reader, others, changing, kept });
  const start = { time: () => bootTime()?.toFixed(3), inLines: config.created };
  const source = watched ?? (facts.dump === undefined ? scraper : new OnceSource(scraper));
  const sampling =
    onSamplingError === undefined || config.activity === undefined
      ? undefined
      : new Sampling(config, config.activity, scraper, source, queue, onSamplingError, before?.sampling);
  const snapshots = new Snapshots(sampling?.source ?? source, config.scrapeIntervalMs, queue);
  sampling?.start(() => snapshots.refresh());
  const stop = (): void => {
    sampling?.stop();
    snapshots.stop();
    watched?.stop();
  };
  const publisher = new Publisher(snapshots, own, start, sampling?.further);
  return { config, scraper, snapshots, publisher, sampling, stop };
}
