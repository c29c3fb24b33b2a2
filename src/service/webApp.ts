/** The web interface to what an exporter publishes at any time. */
import type { RequestListener, ServerResponse } from 'node:http';
import { groupsOf } from '../config/groups.js';
import { createApp, type ReloadOutcome } from '../http/app.js';
import { configPage } from '../http/pages/configPage.js';
import { configText } from '../http/pages/configText.js';
import { livePage } from '../http/pages/livePage.js';
import { symbolsPage } from '../http/pages/symbolsPage.js';
import { loopbackNames } from '../http/request/sameSite.js';
import type { ListenAddress } from '../http/server/listenAddress.js';
import { KvmError } from '../kernel/errors.js';
import type { Facts } from '../kernel/facts.js';
import { LiveFeed, type LiveSource } from '../live/feed.js';
import { version } from '../packageRoot.js';
import type { Logger } from '../telemetry/logger.js';
import type { Publication } from './publication.js';

/** How it answers. */
export interface WebOptions {
  readonly listenAddress?: readonly ListenAddress[];
  readonly telemetryPath: string;
  /** Seconds. */
  readonly timeoutOffset: number;
  /** Scrapes at once; 0 for no limit. */
  readonly maxRequests?: number;
  readonly enableLifecycle?: boolean;
  readonly debugAddresses?: boolean;
  /** Told of each scrape. */
  readonly onScrape?: (response: ServerResponse) => void;
}

/** What is served, at any time. */
interface Served {
  readonly facts: Facts;
  readonly current: Publication;
  reload?(): Promise<ReloadOutcome>;
}

/** @param stopping tells when answers that do not end by themselves are to end */
export function makeApp(served: Served, options: WebOptions, log: Logger, stopping?: AbortSignal): RequestListener {
  const { telemetryPath, timeoutOffset } = options;
  const { facts } = served;
  const onError = (error: unknown): void => {
    logFailure(log, error);
  };
  return createApp({
    telemetryPath,
    timeoutOffset,
    names: loopbackNames(options.listenAddress ?? []),
    document: (format, wanted, client) => {
      served.current.sampling?.askers.asked(client);
      return served.current.publisher.document(format, wanted);
    },
    groups: () => groupsOf(served.current.config),
    onScrape: options.onScrape,
    page: () => {
      const { reader } = served.current.scraper;
      return livePage({ version, telemetryPath, facts, reader });
    },
    feed: new LiveFeed(() => liveSource(served.current), onError),
    stopping,
    symbolsPage: () => {
      const { symbols, groups, addresses } = served.current.scraper;
      return symbolsPage(
        { version, telemetryPath, facts },
        { symbols, groups },
        options.debugAddresses === true ? addresses : undefined,
      );
    },
    configText: () => configText(served.current.config),
    configPage: () => configPage({ version, telemetryPath, facts }, configText(served.current.config)),
    unready: () => unready(served.current),
    reload: options.enableLifecycle === true ? served.reload?.bind(served) : undefined,
    ...(options.maxRequests !== undefined && { maxRequests: options.maxRequests }),
    onError,
  });
}

export function logFailure(log: Logger, error: unknown): void {
  log.error({ error: error instanceof Error ? error.message : String(error) }, 'request failed');
}

function liveSource({ snapshots, scraper, config, sampling }: Publication): LiveSource {
  const { reader, reason } = scraper.reader;
  const look = (): void => sampling?.look();
  return { snapshots, reader, reason, interval: config.scrapeIntervalMs, activity: sampling?.activity, look };
}

/** Why a scrape would get nothing of the kernel; undefined where it would. */
async function unready({ snapshots, scraper }: Publication): Promise<string | undefined> {
  try {
    await snapshots.refresh();
  } catch (error) {
    if (error instanceof KvmError) return `the kernel cannot be read: ${error.message}`;
    throw error;
  }
  return scraper.symbols.some(({ up }) => up) ? undefined : 'no symbol of the config can be read';
}
