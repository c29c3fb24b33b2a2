/** A scraper of a running kernel, once a way of reading is proven right for it. */
import type { Config } from '../config/model.js';
import type { RunningKernel } from '../kernel/kernel.js';
import { chooseReader } from '../kernel/live/selfTest.js';
import { ProvenLayouts } from '../layouts/provenLayouts.js';
import { measureReadCost } from '../plan/readCost.js';
import { Scraper, type ScraperOptions } from '../scrape/scraper.js';

/** Throws KvmError where no reader that the config permits gives this kernel's numbers. */
export function startScraper(kernel: RunningKernel, config: Config, options: ScraperOptions = {}): Scraper {
  const reader = chooseReader(kernel, config.reader);
  const cost = measureReadCost(kernel.memory, reader, kernel.facts.pageSize);
  const layouts = new ProvenLayouts(kernel, reader);
  return new Scraper({ kernel, config, reader, cost, layouts }, options);
}

/** What stands in for types that the files of a running kernel do not tell. Throws KvmError as startScraper() does. */
export function openLayouts(kernel: RunningKernel): ProvenLayouts {
  return new ProvenLayouts(kernel, chooseReader(kernel, 'auto'));
}
