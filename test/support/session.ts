/** A session on a kernel that is open already, as service/session.ts opens one. */
import type { Config } from '../../src/config/model.js';
import { FileError } from '../../src/yaml/diagnostics.js';
import type { NamedFiles } from '../../src/config/namedFiles.js';
import type { LiveKernel } from '../../src/kernel/live/liveKernel.js';
import type { ScraperOptions } from '../../src/scrape/scraper.js';
import { startScraper } from '../../src/service/scraper.js';
import type { Session } from '../../src/service/session.js';
import { Truth } from '../../src/service/truth.js';
import type { Logger } from '../../src/telemetry/logger.js';

/** @param options what scrapers are started with besides */
export function sessionOn(kernel: LiveKernel, files: NamedFiles, log: Logger, options: ScraperOptions = {}): Session {
  const { config, files: fileStatuses } = files.load();
  if (config instanceof FileError) throw config;
  const truth = new Truth(kernel, log);
  const scraperOf: Session['scraperOf'] = (wanted: Config, before) =>
    startScraper(kernel, wanted, {
      ...options,
      before,
      judge: wanted.truthShare === undefined ? undefined : truth.watch,
    });
  return {
    kernel,
    config,
    scraper: scraperOf(config),
    files,
    fileStatuses,
    scraperOf,
    truth,
    giveTo: () => undefined,
    close: () => Promise.resolve(),
  };
}
