/**
 * Measures what following lists costs: this exporter on a simulated kernel under load that has many interfaces, malloc types or jails, beside
 * the same exporter without them, and how long its event loop is held, also while elements come and go. The C floor at its usual size is the
 * measure of the machine.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { KernelChanges } from '../../src/simulator/changes/kernelChanges.js';
import type { ModuleName } from '../../src/simulator/model/files.js';
import { Simulator } from '../../src/simulator/simulator.js';
import { parseSimulatorSpec, type ProfileName } from '../../src/simulator/spec.js';
import { Client } from './client.js';
import type { KernelEnvironment } from './kernel.js';
import { startServer, type Programs } from './servers.js';

const ROUNDS = 5;
/** Scrapes of a server in a round, and before anything is measured. */
const SCRAPES = 15;
const WARM_UP = 25;
/** Milliseconds between an answer and the next scrape. */
const PAUSE = 30;

interface Case {
  readonly title: string;
  /** Without it amd64-14. */
  readonly profile?: ProfileName;
  readonly spec: string;
  readonly packs: string;
  /** Undefined where all of it is measured. */
  readonly without: string | undefined;
  /** Loaded before. */
  readonly module?: ModuleName;
}

const DEFAULTS = '{pack: tcp, cpu: sum}, {pack: vm, cpu: sum}';
const cases: readonly Case[] = [
  {
    title: 'defaults before, with cpu, interrupts, interfaces; 8 interfaces, 64 CPUs',
    spec: 'cpus=64,interfaces=8',
    packs: `${DEFAULTS}, {pack: cpu, cpu: sum}, {pack: interrupts, cpu: sum}, {pack: interfaces, cpu: sum}`,
    without: DEFAULTS,
  },
  {
    title: '1,000 interfaces, sums, 64 CPUs',
    spec: 'cpus=64,interfaces=1000',
    packs: '{pack: interfaces, cpu: sum}',
    without: undefined,
  },
  {
    title: '2,000 rules of pf, sums, 64 CPUs',
    spec: 'cpus=64,rules=2000',
    packs: '{pack: pf_rules, cpu: sum}',
    without: undefined,
    module: 'pf',
  },
  {
    title: '2,000 rules of ipfw, sums, 64 CPUs',
    spec: 'cpus=64,rules=2000',
    packs: '{pack: ipfw, cpu: sum}',
    without: undefined,
    module: 'ipfw',
  },
  {
    title: '500 malloc types, sums, 64 CPUs',
    spec: 'cpus=64,malloctypes=500',
    packs: '{pack: malloc, cpu: sum}',
    without: undefined,
  },
  {
    title: '99 vnets × tcp, udp, ip, sums, 64 CPUs',
    spec: 'cpus=64,jails=100',
    packs: ['tcp', 'udp', 'ip'].map((pack) => `{pack: ${pack}, cpu: sum, vnet: all}`).join(', '),
    without: undefined,
  },
  {
    title: '1,000 listeners in a hash of their own beside 100,000 connections',
    profile: 'amd64-15',
    spec: 'cpus=4,sockets=100000,listeners=1000',
    packs: 'listen',
    without: undefined,
  },
  {
    title: '1,000 listeners among 100,000 connections',
    spec: 'cpus=4,sockets=100000,listeners=1000',
    packs: 'listen',
    without: undefined,
  },
];

export interface ListCost {
  readonly title: string;
  readonly series: number;
  /** Milliseconds of CPU time a scrape, all threads: medians over the rounds; `without` what the case is compared with. */
  readonly cost: number;
  readonly without: number | undefined;
  /** Milliseconds that the event loop was held at most, while nothing came or went, and with an interface that did before each scrape. */
  readonly held: number;
  readonly heldInChange: number | undefined;
}

export async function measureLists(programs: Programs, onCase: (title: string) => void): Promise<ListCost[]> {
  const costs: ListCost[] = [];
  for (const one of cases) {
    onCase(one.title);
    costs.push(await measureCase(one, programs));
  }
  return costs;
}

async function measureCase(
  { title, profile = 'amd64-14', spec, packs, without, module }: Case,
  programs: Programs,
): Promise<ListCost> {
  const simulator = await Simulator.start(parseSimulatorSpec(`${profile},${spec}`), { workload: 'believable' });
  try {
    if (module !== undefined) simulator.image.loadModule(module);
    const both = [packs, ...(without === undefined ? [] : [without])];
    const servers = [];
    for (const [index, text] of both.entries()) {
      servers.push(await startServer('exporter', environmentFor(simulator, text, index), programs));
    }
    const clients = servers.map(({ url }) => new Client(url));
    try {
      for (const client of clients) await scrapes(client, WARM_UP);
      const [own] = clients as [Client];
      await own.number('/delay');
      const medians = await costsOf(clients);
      const held = await own.number('/delay');
      const heldInChange = spec.includes('interfaces=1000') ? await heldWhileChanging(simulator, own) : undefined;
      const series = (await own.series()).length;
      return { title, series, cost: medians[0] ?? NaN, without: medians[1], held, heldInChange };
    } finally {
      for (const client of clients) client.close();
      for (const server of servers) await server.stop();
    }
  } finally {
    await simulator.close();
  }
}

function environmentFor(simulator: Simulator, packs: string, index: number): KernelEnvironment {
  const { library, execfile, corefile } = simulator.source;
  const config = join(simulator.dir, `lists${index}.yaml`);
  writeFileSync(config, `version: 1\ntruth: off\npacks: [${packs}]\n`);
  return {
    BENCH_LIBKVM: library,
    BENCH_EXECFILE: execfile,
    BENCH_COREFILE: corefile,
    BENCH_CONFIG: config,
    BENCH_COUNTERS: '',
  };
}

/** The median over rounds of what a scrape of each costs: by turns the one goes first, and the other. */
async function costsOf(clients: readonly Client[]): Promise<number[]> {
  const costs = clients.map((): number[] => []);
  for (let round = 0; round < ROUNDS; round++) {
    const order = [...clients.keys()];
    if (round % 2 === 1) order.reverse();
    for (const index of order) costs[index]?.push(await scrapes(clients[index], SCRAPES));
  }
  return costs.map((own) => [...own].sort((a, b) => a - b)[own.length >> 1] ?? NaN);
}

/** Milliseconds of CPU time a scrape. */
async function scrapes(client: Client | undefined, count: number): Promise<number> {
  if (client === undefined) return NaN;
  const before = await client.number('/usage');
  for (let scrape = 0; scrape < count; scrape++) {
    await client.scrape('identity');
    await delay(PAUSE);
  }
  return ((await client.number('/usage')) - before) / 1000 / count;
}

async function heldWhileChanging(simulator: Simulator, client: Client): Promise<number> {
  const changes = new KernelChanges(simulator.image, simulator.spec);
  await client.number('/delay');
  for (let change = 0; change < WARM_UP; change++) {
    const name = `epair${2000 + change}a`;
    changes.addInterface(name);
    await client.scrape('identity');
    await delay(PAUSE);
    changes.removeInterface(name);
  }
  return client.number('/delay');
}
