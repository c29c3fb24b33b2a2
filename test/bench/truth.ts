/** Measures what the proofs that follow each read cost: two servers of this exporter take turns, one of which proves nothing. */
import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from './client.js';
import { BenchKernel, type Size } from './kernel.js';
import { startServer, type Programs } from './servers.js';

const ROUNDS = 8;
/** Scrapes of a server in a round. */
const SCRAPES = 30;
/** Scrapes before anything is measured. */
const WARM_UP = 60;
/** Milliseconds between an answer and the next scrape: the proofs have been made by then, as they are between a Prometheus' scrapes. */
const PAUSE = 60;
/** Seconds between scrapes as Prometheus makes them. */
const INTERVAL = 15;

export interface TruthCost {
  readonly size: Size;
  /** Milliseconds of CPU time a scrape, all threads, without and with proofs: the medians over the rounds. */
  readonly off: number;
  readonly on: number;
  /** Proofs that were decided, a scrape. */
  readonly checks: number;
  /** How long ago the oldest proof would be if a scrape came every INTERVAL: seconds. */
  readonly oldest: number;
}

export async function measureTruth(size: Size, programs: Programs): Promise<TruthCost> {
  const kernel = await BenchKernel.start(size, PAUSE);
  const { BENCH_CONFIG } = kernel.environment;
  const without = `${BENCH_CONFIG}.off`;
  writeFileSync(without, `${readFileSync(BENCH_CONFIG, 'utf8')}truth: off\n`);
  const servers = {
    off: await startServer('exporter', { ...kernel.environment, BENCH_CONFIG: without }, programs),
    on: await startServer('exporter', kernel.environment, programs),
  };
  const clients = { off: new Client(servers.off.url), on: new Client(servers.on.url) };
  try {
    const cost = async (client: Client, scrapes: number): Promise<number> => {
      const before = await client.number('/usage');
      for (let scrape = 0; scrape < scrapes; scrape++) {
        await client.scrape('identity');
        await delay(PAUSE);
        kernel.step();
      }
      return ((await client.number('/usage')) - before) / 1000 / scrapes;
    };
    await cost(clients.off, WARM_UP);
    await cost(clients.on, WARM_UP);
    const costs = { off: [] as number[], on: [] as number[] };
    const checksBefore = await checksOf(clients.on);
    const began = performance.now();
    for (let round = 0; round < ROUNDS; round++) {
      // By turns the one goes first, and the other.
      const order = round % 2 === 0 ? (['off', 'on'] as const) : (['on', 'off'] as const);
      for (const name of order) costs[name].push(await cost(clients[name], SCRAPES));
    }
    const perScrape = (performance.now() - began) / 1000 / (2 * ROUNDS * SCRAPES);
    const text = await clients.on.text();
    const age = valueOf(text, 'kcounter_exporter_truth_oldest_proof_age_seconds');
    return {
      size,
      off: median(costs.off),
      on: median(costs.on),
      checks: (checksIn(text) - checksBefore) / (ROUNDS * SCRAPES),
      // Half of the time the other server was scraped.
      oldest: (age / perScrape / 2) * INTERVAL,
    };
  } finally {
    for (const client of Object.values(clients)) client.close();
    for (const server of Object.values(servers)) await server.stop();
    await kernel.close();
  }
}

async function checksOf(client: Client): Promise<number> {
  return checksIn(await client.text());
}

function checksIn(text: string): number {
  const lines = text.matchAll(/^kcounter_exporter_truth_checks_total\{[^}]*\} (\d+)$/gm);
  return [...lines].reduce((sum, [, count]) => sum + Number(count), 0);
}

function valueOf(text: string, name: string): number {
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!;
}
