/** Measures what a scrape of each server costs on a kernel of one size. */
import { setTimeout as delay } from 'node:timers/promises';
import { agree } from './agreement.js';
import { Client, type Encoding } from './client.js';
import { BenchKernel, type Size } from './kernel.js';
import { serverNames, startServer, type Programs, type ServerName, type ServerProcess } from './servers.js';

export const encodings = ['identity', 'gzip'] as const satisfies readonly Encoding[];

/**
 * Scrapes before anything is measured: so many and for so long at least, for the compiler of a fast server needs more of them; but not
 * longer than the other time.
 */
const WARM_UP = 50;
const WARM_UP_SECONDS = 3;
const LONGEST_WARM_UP_SECONDS = 60;
/** All servers take turns in each round, so that what disturbs the machine for a while disturbs all of them. */
const ROUNDS = 5;
/** Scrapes of a server and encoding in a round: as many as fit into the time, within bounds. */
const ROUND_MS = 700;
const MIN_PER_ROUND = 2;
const MAX_PER_ROUND = 60;
/** The part of the series that must change from one scrape to the next, for the scrapes to be worth measuring. */
const LEAST_CHANGE = 0.95;
/** Milliseconds in which a server comes to rest. */
const REST = 50;
/** Scrapes in each encoding during which the event loop is watched. */
const WATCHED = 20;

/** What the scrapes of one server in one encoding cost. */
export interface Cost {
  /** Milliseconds of CPU time a scrape, user and system, all threads: the median over the rounds. */
  readonly cpu: number;
  /** Milliseconds from the request to the last byte of the answer. */
  readonly p50: number;
  readonly p99: number;
  readonly scrapes: number;
  readonly bytes: number;
  /** False where gzip was asked for and not given. */
  readonly honoured: boolean;
}

export interface Result {
  readonly size: Size;
  /** Kernel series in a scrape. */
  readonly series: number;
  /** The part of the series whose value a step changed. */
  readonly changed: number;
  readonly costs: Readonly<Record<ServerName, Readonly<Record<Encoding, Cost>>>>;
  /** MB, after all scrapes. */
  readonly rss: Readonly<Record<ServerName, number>>;
  /** Scrapes before the first that was measured. */
  readonly warmUp: Readonly<Record<ServerName, number>>;
  /** How often this exporter read the kernel for each scrape that was measured: less than once where scrapes share a read. */
  readonly reads: number;
  /** Milliseconds that this exporter's event loop was held at most. */
  readonly delay: number;
}

interface Running {
  readonly server: ServerProcess;
  readonly client: Client;
}

/** @param pause milliseconds between an answer and the next scrape */
export async function measure(size: Size, programs: Programs, pause: number): Promise<Result> {
  const kernel = await BenchKernel.start(size, pause);
  const started: [ServerName, Running][] = [];
  try {
    for (const name of serverNames) {
      const server = await startServer(name, kernel.environment, programs);
      started.push([name, { server, client: new Client(server.url) }]);
    }
    const all = Object.fromEntries(started) as Record<ServerName, Running>;
    await agree(all.exporter.client, all.straightforward.client, all.floor.client);
    const { series, changed } = await lookForChange(kernel, all.exporter.client);
    const warmUp = await eachServer((name) => warm(kernel, all[name].client));
    const readsBefore = await all.exporter.client.kernelReads();
    const rounds = await runRounds(kernel, all, warmUp);
    const reads = (await all.exporter.client.kernelReads()) - readsBefore;
    const rss = await eachServer((name) => all[name].server.rss());
    const delay = await watchLoop(kernel, all.exporter.client);
    const costs = await eachServer((name) => ({
      identity: costOf(rounds.filter((one) => one.name === name && one.encoding === 'identity')),
      gzip: costOf(rounds.filter((one) => one.name === name && one.encoding === 'gzip')),
    }));
    const { identity, gzip } = costs.exporter;
    return {
      size,
      series,
      changed,
      costs,
      rss,
      warmUp: await eachServer((name) => warmUp[name].scrapes),
      reads: reads / (identity.scrapes + gzip.scrapes + 1),
      delay,
    };
  } finally {
    for (const [, { server, client }] of started) {
      client.close();
      await server.stop();
    }
    await kernel.close();
  }
}

async function eachServer<T>(make: (name: ServerName) => T | Promise<T>): Promise<Record<ServerName, T>> {
  const made: [ServerName, T][] = [];
  for (const name of serverNames) made.push([name, await make(name)]);
  return Object.fromEntries(made) as Record<ServerName, T>;
}

async function lookForChange(kernel: BenchKernel, client: Client): Promise<{ series: number; changed: number }> {
  const before = await client.series();
  // Who asks again at once may share the read before.
  await delay(REST);
  kernel.step();
  const after = await client.series();
  const changed = after.filter((line, index) => line !== before[index]).length / after.length;
  if (changed < LEAST_CHANGE)
    throw new Error(`only ${(100 * changed).toFixed(1)} % of the series changed between scrapes`);
  return { series: after.length, changed };
}

interface WarmUp {
  readonly scrapes: number;
  /** Milliseconds that the last scrapes took, by encoding. */
  readonly wall: Readonly<Record<Encoding, number>>;
}

async function warm(kernel: BenchKernel, client: Client): Promise<WarmUp> {
  const start = performance.now();
  const wall = { identity: 0, gzip: 0 };
  let scrapes = 0;
  for (let seconds = 0; seconds < LONGEST_WARM_UP_SECONDS; seconds = (performance.now() - start) / 1000) {
    if (scrapes >= WARM_UP && seconds >= WARM_UP_SECONDS) break;
    for (const encoding of encodings) {
      await kernel.next();
      wall[encoding] = (await client.scrape(encoding)).wall;
      scrapes++;
    }
  }
  return { scrapes, wall };
}

/** The scrapes of one server and encoding in one round. */
interface Round {
  readonly name: ServerName;
  readonly encoding: Encoding;
  readonly cpu: number;
  readonly walls: readonly number[];
  readonly bytes: number;
  readonly honoured: boolean;
}

async function runRounds(
  kernel: BenchKernel,
  all: Readonly<Record<ServerName, Running>>,
  warmUp: Readonly<Record<ServerName, WarmUp>>,
): Promise<Round[]> {
  const rounds: Round[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    for (const encoding of encodings) {
      for (const name of serverNames) {
        const fit = Math.floor(ROUND_MS / warmUp[name].wall[encoding]);
        const count = Math.min(MAX_PER_ROUND, Math.max(MIN_PER_ROUND, fit));
        rounds.push({ name, encoding, ...(await runRound(kernel, all[name].client, encoding, count)) });
      }
    }
  }
  return rounds;
}

async function runRound(
  kernel: BenchKernel,
  client: Client,
  encoding: Encoding,
  count: number,
): Promise<Pick<Round, 'cpu' | 'walls' | 'bytes' | 'honoured'>> {
  const walls: number[] = [];
  let bytes = 0;
  let honoured = true;
  const before = await client.number('/usage');
  for (let scrape = 0; scrape < count; scrape++) {
    await kernel.next();
    const answer = await client.scrape(encoding);
    walls.push(answer.wall);
    ({ bytes } = answer);
    honoured &&= answer.packed === (encoding === 'gzip');
  }
  const cpu = ((await client.number('/usage')) - before) / 1000 / count;
  return { cpu, walls, bytes, honoured };
}

function costOf(rounds: readonly Round[]): Cost {
  const walls = rounds.flatMap((round) => round.walls);
  return {
    cpu: quantile(
      rounds.map((round) => round.cpu),
      0.5,
    ),
    p50: quantile(walls, 0.5),
    p99: quantile(walls, 0.99),
    scrapes: walls.length,
    bytes: rounds.at(-1)!.bytes,
    honoured: rounds.every((round) => round.honoured),
  };
}

async function watchLoop(kernel: BenchKernel, client: Client): Promise<number> {
  await client.number('/delay');
  for (const encoding of encodings) {
    for (let scrape = 0; scrape < WATCHED; scrape++) {
      await kernel.next();
      await client.scrape(encoding);
    }
  }
  return client.number('/delay');
}

export function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))]!;
}
