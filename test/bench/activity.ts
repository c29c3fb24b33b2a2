/**
 * Measures what sampling costs: servers of this exporter that nobody scrapes, one that samples nothing, one each second, and one that looks for
 * peaks every 10 ms besides; and scrapes of a thousand counters on 1,024 CPUs with `cpu: spread`, beside the same with their sums alone.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Simulator } from '../../src/simulator/simulator.js';
import { parseSimulatorSpec } from '../../src/simulator/spec.js';
import { Client } from './client.js';
import { startServer, type Programs } from './servers.js';

const ROUNDS = 3;
/** Milliseconds for which idle servers are watched in a round. */
const WATCHED = 5000;
/** Scrapes of a server in a round, and milliseconds between them: samples of 5 s are as often as they are by default for a scrape each 5 s. */
const SCRAPES = 3;
const PAUSE = 5000;
/** Milliseconds until the first window is full. */
const WINDOW = 21_000;

export interface SamplingCost {
  readonly title: string;
  /** Percent of one CPU, medians over the rounds. */
  readonly share: number;
}

export interface SpreadCost {
  readonly title: string;
  readonly series: number;
  readonly bytes: number;
  /** Milliseconds of CPU time from one scrape to the next, with the sample in between; medians over the rounds. */
  readonly cost: number;
  /** Milliseconds that the event loop was held at most. */
  readonly held: number;
}

export async function measureSampling(programs: Programs): Promise<SamplingCost[]> {
  const off = 'activity: off';
  const on = 'activity: {interval: 1s, window: 60s}';
  const variants = [
    { title: 'nothing is sampled', globals: off, entry: 'cpu: both' },
    { title: 'a sample each second', globals: on, entry: 'cpu: both' },
    { title: 'a sample each second, peaks every 10 ms', globals: on, entry: 'cpu: both, peak: true' },
  ];
  return withServers(programs, 226, 64, variants, async (clients) => {
    await delay(WATCHED);
    const shares = variants.map((): number[] => []);
    for (let round = 0; round < ROUNDS; round++) {
      for (const [index, client] of clients.entries()) {
        const before = await client.number('/usage');
        await delay(WATCHED);
        shares[index]?.push(((await client.number('/usage')) - before) / 10 / WATCHED);
      }
    }
    return variants.map(({ title }, index) => ({ title, share: median(shares[index] ?? []) }));
  });
}

export async function measureSpread(programs: Programs): Promise<SpreadCost[]> {
  const globals = 'activity: {interval: 5s, window: 20s}';
  const variants = (['sum', 'spread'] as const).map((cpu) => ({ title: `cpu: ${cpu}`, globals, entry: `cpu: ${cpu}` }));
  return withServers(programs, 1000, 1024, variants, async (clients) => {
    for (const client of clients) await client.scrape('identity');
    await delay(WINDOW);
    for (const client of clients) {
      await client.scrape('identity');
      await client.number('/delay');
    }
    const costs = variants.map((): number[] => []);
    for (let round = 0; round < ROUNDS; round++) {
      for (const [index, client] of clients.entries()) {
        const before = await client.number('/usage');
        for (let scrape = 0; scrape < SCRAPES; scrape++) {
          await client.scrape('identity');
          await delay(PAUSE);
        }
        costs[index]?.push(((await client.number('/usage')) - before) / 1000 / SCRAPES);
      }
    }
    const results: SpreadCost[] = [];
    for (const [index, client] of clients.entries()) {
      const held = await client.number('/delay');
      const series = (await client.series()).length;
      const bytes = (await client.text()).length;
      results.push({ title: variants[index]?.title ?? '', series, bytes, cost: median(costs[index] ?? []), held });
    }
    return results;
  });
}

async function withServers<T>(
  programs: Programs,
  counters: number,
  cpus: number,
  variants: readonly { readonly globals: string; readonly entry: string }[],
  work: (clients: readonly Client[]) => Promise<T>,
): Promise<T> {
  const simulator = await Simulator.start(parseSimulatorSpec(`amd64-14,cpus=${cpus},counters=${counters}`), {
    workload: 'believable',
  });
  const servers = [];
  try {
    for (const [index, { globals, entry }] of variants.entries()) {
      const config = join(simulator.dir, `activity${index}.yaml`);
      const entries = Array.from(
        { length: counters },
        (_, nth) => `  - {symbol: sim_counter_${nth}, metric: sim_${nth}_total, help: H., type: counter, ${entry}}\n`,
      );
      writeFileSync(config, `version: 1\ntruth: off\n${globals}\ncounters:\n${entries.join('')}`);
      const { library, execfile, corefile } = simulator.source;
      const environment = {
        BENCH_LIBKVM: library,
        BENCH_EXECFILE: execfile,
        BENCH_COREFILE: corefile,
        BENCH_CONFIG: config,
        BENCH_COUNTERS: '',
      };
      servers.push(await startServer('exporter', environment, programs));
    }
    const clients = servers.map(({ url }) => new Client(url));
    try {
      return await work(clients);
    } finally {
      for (const client of clients) client.close();
    }
  } finally {
    for (const server of servers) await server.stop();
    await simulator.close();
  }
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? NaN;
}
