/**
 * Shows that nothing grows: the heap after a full collection, every thousand of ten thousand scrapes with all counters moving; and what one
 * read of a kernel allocates, for kernels of different sizes. Prints JSON. Run with --expose-gc, as main.ts does.
 */
import { getHeapStatistics } from 'node:v8';
import { text } from '../../src/exposition/formats/text.js';
import { publish, type Publication } from '../../src/service/publication.js';
import { loadConfig } from '../../src/config/load.js';
import { openLiveKernel } from '../../src/kernel/live/liveKernel.js';
import type { Scraper } from '../../src/scrape/scraper.js';
import { startScraper } from '../../src/service/scraper.js';
import { BenchKernel, type Size } from './kernel.js';

const SCRAPES = 10_000;
const EVERY = 1000;
const SMALL = { counters: 226, cpus: 4 };
const LARGE = { counters: 500, cpus: 64 };
/** Reads whose allocations are counted: few enough that no collection comes in between. */
const READS = 20;

/** Megabytes after a full collection. */
export interface HeapSample {
  readonly scrapes: number;
  readonly used: number;
  readonly external: number;
  readonly arrayBuffers: number;
  readonly rss: number;
}

/** What one read of the kernel, without rendering, leaves behind on the heap. */
export interface ReadAllocation extends Size {
  readonly bytes: number;
}

export interface HeapReport {
  readonly size: Size;
  readonly samples: readonly HeapSample[];
  readonly allocations: readonly ReadAllocation[];
}

const gc = (): void => {
  if (globalThis.gc === undefined) throw new Error('start this program with --expose-gc');
  globalThis.gc();
};

async function withKernel<T>(size: Size, run: (parts: Parts) => Promise<T>): Promise<T> {
  const bench = await BenchKernel.start(size);
  const { BENCH_LIBKVM: library, BENCH_EXECFILE: execfile, BENCH_COREFILE: corefile, BENCH_CONFIG } = bench.environment;
  const kernel = openLiveKernel({ library, execfile, corefile, origin: 'simulated' });
  try {
    const config = loadConfig([BENCH_CONFIG]);
    const scraper = startScraper(kernel, config);
    return await run({ bench, scraper, publish: () => publish({ config, kernel, scraper }) });
  } finally {
    kernel.close();
    await bench.close();
  }
}

interface Parts {
  readonly bench: BenchKernel;
  readonly scraper: Scraper;
  readonly publish: () => Publication;
}

/** Bytes that a read allocates, all counters moved or not. */
async function allocationOf({ bench, scraper }: Parts): Promise<number> {
  for (let read = 0; read < 50; read++) {
    bench.step();
    await scraper.read();
  }
  let bytes = 0;
  for (let read = 0; read < READS; read++) {
    bench.step();
    const before = getHeapStatistics().used_heap_size;
    await scraper.read();
    bytes += getHeapStatistics().used_heap_size - before;
  }
  return bytes / READS;
}

function sample(scrapes: number): HeapSample {
  gc();
  const { external, arrayBuffers, rss } = process.memoryUsage();
  const mb = (bytes: number): number => bytes / 1e6;
  return {
    scrapes,
    used: mb(getHeapStatistics().used_heap_size),
    external: mb(external),
    arrayBuffers: mb(arrayBuffers),
    rss: mb(rss),
  };
}

async function sampleScrapes({ bench, publish }: Parts): Promise<HeapSample[]> {
  const { publisher, snapshots } = publish();
  const samples: HeapSample[] = [];
  for (let scrapes = 1; scrapes <= SCRAPES; scrapes++) {
    bench.step();
    (await publisher.document(text)).release();
    if (scrapes % EVERY === 0) samples.push(sample(scrapes));
  }
  snapshots.stop();
  return samples;
}

const allocations: ReadAllocation[] = [];
allocations.push({ ...SMALL, bytes: await withKernel(SMALL, allocationOf) });
const samples = await withKernel(LARGE, async (parts) => {
  allocations.push({ ...LARGE, bytes: await allocationOf(parts) });
  return sampleScrapes(parts);
});
console.log(JSON.stringify({ size: LARGE, samples, allocations } satisfies HeapReport));
