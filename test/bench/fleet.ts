/**
 * `node build/test/bench/fleet.js`: what a fleet costs. Starts simulated hosts (`--hosts=100`), each with an exporter and a kernel of its
 * own, and one real Prometheus that scrapes them all every `--interval=15` seconds for `--minutes=5`, with the rules of deploy/prometheus.
 * Fails where a scrape did. Needs Linux, whose /proc tells what each process used, and `npm run build`.
 */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { packageRoot } from '../../src/packageRoot.js';
import { PrometheusServer } from '../e2e/prometheusServer.js';
import { exporterOptions } from './servers.js';

const { values: options } = parseArgs({
  options: {
    hosts: { type: 'string', default: '100' },
    interval: { type: 'string', default: '15' },
    minutes: { type: 'string', default: '5' },
    simulate: { type: 'string', default: 'amd64-14,cpus=4' },
    config: { type: 'string', default: join(packageRoot, 'config', 'kcounter.yaml') },
  },
});
const hosts = Number(options.hosts);
const interval = Number(options.interval);
const seconds = 60 * Number(options.minutes);
/** Clock ticks a second in /proc, on every Linux that Node.js runs on. */
const TICKS = 100;
const rulesFolder = join(packageRoot, 'deploy', 'prometheus');

interface Host {
  readonly child: ChildProcess;
  readonly address: string;
}

const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill();
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

console.log(
  `${cpus()[0]!.model.trim()}, ${cpus().length} CPUs, node ${process.versions.node}, ${prometheusVersion()}, ${new Date().toISOString()}`,
);
const fleet: Host[] = [];
// One after the other: a start takes more than a second of CPU time, its simulated kernel included.
for (let index = 0; index < hosts; index++) fleet.push(await startHost());
console.error(`${hosts} hosts run; scraping for ${seconds} s …`);
const prometheus = await PrometheusServer.startOn({
  config: JSON.stringify({
    global: { scrape_interval: `${interval}s`, evaluation_interval: `${interval}s` },
    rule_files: [join(rulesFolder, '*.rules.yml')],
    scrape_configs: [
      {
        job_name: 'kcounter',
        sample_limit: 150_000,
        static_configs: [{ targets: fleet.map(({ address }) => address) }],
      },
    ],
  }),
});
// Prometheus spreads the first scrapes over one interval.
await sleep(1000 * 2 * interval);
const pids = fleet.map(({ child }) => child.pid!);
const kernels = pids.flatMap(childrenOf);
const before = { exporters: cpuSeconds(pids), kernels: cpuSeconds(kernels), prometheus: cpuSeconds([prometheus.pid]) };
const began = performance.now();
await sleep(1000 * seconds);
const measured = (performance.now() - began) / 1000;
const after = { exporters: cpuSeconds(pids), kernels: cpuSeconds(kernels), prometheus: cpuSeconds([prometheus.pid]) };

const window = `${seconds}s`;
const failed = await one(`sum(count_over_time(up[${window}]) - sum_over_time(up[${window}]))`);
const scrapes = await one(`sum(count_over_time(up[${window}]))`);
const durations = (await prometheus.samples(`scrape_duration_seconds[${window}]`)).sort((a, b) => a - b);
const quantile = (q: number): number => durations[Math.ceil(q * durations.length) - 1]!;
const rss = pids.map(residentMegabytes);
const exporters = after.exporters - before.exporters;
row('hosts scraped', await one('count(up)'));
row('scrapes', scrapes);
row('scrapes that failed', failed);
row('samples of a scrape', await one('max(scrape_samples_scraped)'));
row('samples per second', (await one('sum(scrape_samples_scraped)')) / interval);
row('scrape duration, median, ms', 1000 * quantile(0.5));
row('scrape duration, p99, ms', 1000 * quantile(0.99));
row('scrape duration, worst, ms', 1000 * quantile(1));
row("exporters' CPU seconds in all", exporters);
row("an exporter's CPU ms per scrape", (1000 * exporters) / scrapes);
row("an exporter's CPU, % of one CPU", (100 * exporters) / hosts / measured);
row("exporters' memory in all, MB", sum(rss));
row("an exporter's memory, MB", sum(rss) / hosts);
row("simulated kernels' CPU seconds in all", after.kernels - before.kernels);
row("Prometheus' CPU, % of one CPU", (100 * (after.prometheus - before.prometheus)) / measured);
row("Prometheus' memory, MB", residentMegabytes(prometheus.pid));
row('series in Prometheus', await one('count({__name__!=""})'));
row('disk, MB', Number(execFileSync('du', ['-sk', prometheus.data], { encoding: 'utf8' }).split('\t')[0]) / 1024);
await prometheus.stop();
await Promise.all(fleet.map(stopHost));
if (failed > 0) throw new Error(`${failed} scrapes failed`);

async function startHost(): Promise<Host> {
  const main = join(packageRoot, 'dist', 'main.js');
  const child = spawn(
    process.execPath,
    [
      ...exporterOptions(),
      main,
      `--simulate=${options.simulate}`,
      `--config.file=${options.config}`,
      '--web.listen-address=127.0.0.1:0',
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  running.add(child);
  child.once('exit', () => running.delete(child));
  for await (const line of createInterface({ input: child.stderr })) {
    const url = /msg=listening url=(\S+)/.exec(line)?.[1];
    if (url !== undefined) {
      child.stderr.resume();
      return { child, address: new URL(url).host };
    }
  }
  throw new Error('an exporter ended before it listened');
}

async function stopHost({ child }: Host): Promise<void> {
  const exit = once(child, 'exit');
  child.kill();
  await exit;
}

async function one(expression: string): Promise<number> {
  const [sample] = await prometheus.query(expression);
  if (sample === undefined) throw new Error(`${expression} gives nothing`);
  return sample.value;
}

/** User and system time of processes that run. */
function cpuSeconds(processes: readonly number[]): number {
  return sum(
    processes.map((pid) => {
      // The name of the program, in parentheses, may have spaces.
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
        .replace(/^.*\) /s, '')
        .split(' ');
      return (Number(fields[11]) + Number(fields[12])) / TICKS;
    }),
  );
}

/** The simulated kernel of an exporter is a process of its own. */
function childrenOf(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return children === '' ? [] : children.split(' ').map(Number);
}

function residentMegabytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return (Number(/^VmRSS:\s+(\d+) kB/m.exec(status)![1]) * 1024) / 1e6;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function row(what: string, value: number): void {
  console.log(`${what.padEnd(40)} ${value >= 100 ? Math.round(value) : Number(value.toPrecision(3))}`);
}

function prometheusVersion(): string {
  return /version \S+/
    .exec(execFileSync('prometheus', ['--version'], { encoding: 'utf8' }))![0]
    .replace('version', 'Prometheus');
}
