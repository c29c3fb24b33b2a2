/** A scraper of a kernel, once a way of reading is proven right for it. */
import type { Config } from '../config/model.js';
import { chooseReader } from '../kernel/live/selfTest.js';
import type { ProvenReader } from '../kernel/reader.js';
import { ProvenLayouts } from '../layouts/provenLayouts.js';
import { measureReadCost } from '../plan/readCost.js';
import { Scraper, type ScraperOptions } from '../scrape/scraper.js';
import { isRunning, type OpenedKernel } from './openKernel.js';

/** Throws KvmError where no reader that the config permits gives this kernel's numbers. */
export function startScraper(kernel: OpenedKernel, config: Config, options: ScraperOptions = {}): Scraper {
  const reader = readerOf(kernel, config.reader);
  const cost = measureReadCost(kernel.memory, reader, kernel.facts.pageSize);
  return new Scraper({ kernel, config, reader, cost, layouts: layoutsOf(kernel, reader) }, options);
}

/** What stands in for types that a kernel's files do not tell. Throws KvmError as startScraper() does. */
export function openLayouts(kernel: OpenedKernel): ProvenLayouts {
  return layoutsOf(kernel, readerOf(kernel, 'auto'));
}

function readerOf(kernel: OpenedKernel, wanted: Config['reader']): ProvenReader {
  return isRunning(kernel) ? chooseReader(kernel, wanted) : kernel.chooseReader(wanted);
}

/** No sysctl bears out the layouts of a dump: what is not known of its release by itself is not read. */
function layoutsOf(kernel: OpenedKernel, reader: ProvenReader): ProvenLayouts {
  const { facts, memory } = kernel;
  const told = isRunning(kernel) ? kernel : { facts, memory, sysctls: { bytes: () => undefined } };
  return new ProvenLayouts(told, reader);
}
