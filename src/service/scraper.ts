/** A scraper of a running kernel, once a way of reading is proven right for it. */
import type { Config } from '../config/model.js';
import type { RunningKernel } from '../kernel/kernel.js';
import { chooseReader } from '../kernel/live/selfTest.js';
import { measureReadCost } from '../plan/readCost.js';
import { Scraper, type ScraperOptions } from '../scrape/scraper.js';

/** Throws KvmError where no reader that the config permits gives this kernel's numbers. */
export function startScraper(kernel: RunningKernel, config: Config, options: ScraperOptions = {}): Scraper {
  const reader = chooseReader(kernel, config.reader);
  const cost = measureReadCost(kernel.memory, reader, kernel.facts.pageSize);
  return new Scraper({ kernel, config, reader, cost }, options);
}
