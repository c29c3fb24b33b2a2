/** Where this exporter's time goes: the functions in which a profiled server is found most often, while it is scraped. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { Client, type Encoding } from './client.js';
import { BenchKernel, type Size } from './kernel.js';
import { startServer, type Programs } from './servers.js';

const WARM_UP = 100;
const SCRAPES = 1000;
/** Microseconds between samples. */
const INTERVAL = 250;

export interface FunctionTime {
  readonly name: string;
  /** Milliseconds a scrape in the function itself, not in those that it calls. */
  readonly self: number;
}

/** Of a .cpuprofile: the call tree's nodes, and which node each sample was in and for how long. */
interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: {
      readonly functionName: string;
      readonly url: string;
      readonly lineNumber: number;
      readonly columnNumber: number;
    };
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

/** All functions, the most expensive first. Waiting for a request is left out. */
export async function profile(size: Size, encoding: Encoding, programs: Programs): Promise<FunctionTime[]> {
  const kernel = await BenchKernel.start(size);
  const folder = mkdtempSync(join(tmpdir(), 'kcounter-profile-'));
  try {
    const options = ['--cpu-prof', `--cpu-prof-dir=${folder}`, `--cpu-prof-interval=${INTERVAL}`];
    const server = await startServer('exporter', kernel.environment, programs, options);
    const client = new Client(server.url);
    for (let scrape = 0; scrape < WARM_UP + SCRAPES; scrape++) {
      await kernel.next();
      await client.scrape(encoding);
    }
    client.close();
    await server.stop();
    const [file] = readdirSync(folder);
    const text = readFileSync(join(folder, file!), 'utf8');
    return selfTimes(JSON.parse(text) as CpuProfile, WARM_UP + SCRAPES);
  } finally {
    rmSync(folder, { recursive: true });
    await kernel.close();
  }
}

function selfTimes({ nodes, samples, timeDeltas }: CpuProfile, scrapes: number): FunctionTime[] {
  const names = new Map(nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]));
  const times = new Map<string, number>();
  samples.forEach((id, index) => {
    const name = names.get(id)!;
    // A delta is the time since the sample before.
    times.set(name, (times.get(name) ?? 0) + (timeDeltas[index + 1] ?? 0) / 1000 / scrapes);
  });
  times.delete('(idle)');
  return [...times].map(([name, self]) => ({ name, self })).sort((a, b) => b.self - a.self);
}

function nameOf({ functionName, url, lineNumber, columnNumber }: CpuProfile['nodes'][number]['callFrame']): string {
  const name = functionName === '' ? '(anonymous)' : functionName;
  return url === '' ? name : `${name} ${basename(url)}:${lineNumber + 1}:${columnNumber + 1}`;
}
