/**
 * `npm run bench`: what a scrape costs this exporter, the straightforward way and a C program that does the least, on one simulated kernel
 * whose counters all move between scrapes; and this exporter's start-up time and memory. `--large` adds a kernel of a million series;
 * `--size=COUNTERSxCPUS` measures that size alone; `--profile` shows instead where this exporter's time goes, at 500 × 64 or that size.
 * `--truth` measures only what proofs cost, `--lists` what following lists does, `--activity` what sampling and `cpu: spread` do.
 * `--pause=MS` waits between an answer and the next scrape, in which caches go cold as they do between a Prometheus' scrapes.
 */
import { execFile } from 'node:child_process';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import type { HeapReport } from './heap.js';
import type { Size } from './kernel.js';
import { measureSampling, measureSpread } from './activity.js';
import { measureLists } from './lists.js';
import { encodings, measure, type Result } from './measure.js';
import { profile } from './profile.js';
import {
  costTable,
  heapTable,
  listTable,
  samplingTable,
  spreadTable,
  loopTable,
  profileTable,
  ratioTable,
  startUpTable,
  truthTable,
} from './report.js';
import { buildPrograms, exporterOptions } from './servers.js';
import { measureStartUp } from './startup.js';
import { measureTruth, type TruthCost } from './truth.js';

const usual: readonly Size[] = [
  { counters: 226, cpus: 4 },
  { counters: 500, cpus: 64 },
  { counters: 1000, cpus: 256 },
];
const large: Size = { counters: 1000, cpus: 1024 };

const { values } = parseArgs({
  options: {
    large: { type: 'boolean', default: false },
    size: { type: 'string' },
    profile: { type: 'boolean', default: false },
    truth: { type: 'boolean', default: false },
    lists: { type: 'boolean', default: false },
    activity: { type: 'boolean', default: false },
    pause: { type: 'string', default: '0' },
  },
});
const pause = Number(values.pause);
const began = performance.now();
console.log(
  `${cpus()[0]?.model.trim() ?? 'unknown CPU'}, ${cpus().length} CPUs, ${process.platform} ${process.arch}, node ${process.versions.node}, this exporter with ${exporterOptions().join(' ') || 'no options'}\n`,
);
const programs = await buildPrograms();
if (values.profile) await profileScrapes();
else if (values.truth) print(truthTable(await measureProofs()));
else if (values.lists) await compareLists();
else if (values.activity) await compareActivity();
else await compare();
console.error(`done in ${((performance.now() - began) / 1000).toFixed(0)} s`);

async function compare(): Promise<void> {
  // First of all: a process that holds a million series takes long to start another.
  const startUp = values.size === undefined ? await measureStartUp(programs) : undefined;
  const results: Result[] = [];
  for (const size of sizes()) {
    console.error(`measuring ${size.counters} × ${size.cpus} …`);
    results.push(await measure(size, programs, pause));
  }
  print(costTable(results, programs.floor));
  print(ratioTable(results));
  print(loopTable(results));
  print(truthTable(await measureProofs()));
  if (startUp === undefined) return;
  print(startUpTable(startUp));
  console.error('scraping 10,000 times …');
  print(heapTable(await measureHeap()));
}

async function compareLists(): Promise<void> {
  const yardstick = await measure({ counters: 500, cpus: 64 }, programs, pause);
  print(costTable([yardstick], programs.floor));
  print(
    listTable(
      await measureLists(programs, (title) => {
        console.error(`measuring ${title} …`);
      }),
    ),
  );
}

async function compareActivity(): Promise<void> {
  const yardstick = await measure({ counters: 500, cpus: 64 }, programs, pause);
  print(costTable([yardstick], programs.floor));
  console.error('measuring samples …');
  print(samplingTable(await measureSampling(programs)));
  console.error('measuring cpu: spread …');
  print(spreadTable(await measureSpread(programs)));
}

async function measureProofs(): Promise<TruthCost[]> {
  const costs: TruthCost[] = [];
  for (const size of sizes()) {
    console.error(`measuring proofs, ${size.counters} × ${size.cpus} …`);
    costs.push(await measureTruth(size, programs));
  }
  return costs;
}

async function profileScrapes(): Promise<void> {
  const size = values.size === undefined ? usual[1]! : sizes()[0]!;
  for (const encoding of encodings) {
    console.log(`${size.counters} × ${size.cpus}, ${encoding}`);
    print(profileTable(await profile(size, encoding, programs)));
  }
}

function sizes(): readonly Size[] {
  if (values.size === undefined) return values.large ? [...usual, large] : usual;
  const match = /^(\d+)x(\d+)$/.exec(values.size);
  if (match === null) throw new Error('--size takes COUNTERSxCPUS, such as 500x64');
  return [{ counters: Number(match[1]), cpus: Number(match[2]) }];
}

function print(table: string): void {
  console.log(`${table}\n`);
}

/** In a process of its own, which can collect its garbage and has seen nothing else. */
async function measureHeap(): Promise<HeapReport> {
  const script = fileURLToPath(new URL('heap.js', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [...exporterOptions(), '--expose-gc', script]);
  return JSON.parse(stdout) as HeapReport;
}
