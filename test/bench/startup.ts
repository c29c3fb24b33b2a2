/** How long this exporter takes from its start to its first answer, and the memory that it needs, with the default config. */
import { join } from 'node:path';
import { packageRoot } from '../../src/packageRoot.js';
import { Simulator } from '../../src/simulator/simulator.js';
import { parseSimulatorSpec } from '../../src/simulator/spec.js';
import { Client } from './client.js';
import { quantile } from './measure.js';
import { startServer, type Programs } from './servers.js';

const STARTS = 9;
const SCRAPES = 200;

export interface StartUp {
  /** Milliseconds from the start of the process to the last byte of the first answer. */
  readonly median: number;
  readonly worst: number;
  /** MB after SCRAPES scrapes. */
  readonly rss: number;
  readonly bytes: number;
  readonly cpus: number;
}

export async function measureStartUp(programs: Programs): Promise<StartUp> {
  // The simulated kernel is there before the first start: building it is no work of the exporter's.
  const simulator = await Simulator.start(parseSimulatorSpec(''));
  try {
    const { library, execfile, corefile } = simulator.source;
    const environment = {
      BENCH_LIBKVM: library,
      BENCH_EXECFILE: execfile,
      BENCH_COREFILE: corefile,
      BENCH_CONFIG: join(packageRoot, 'config', 'kcounter.yaml'),
      BENCH_COUNTERS: '',
    };
    const times: number[] = [];
    let rss = NaN;
    let bytes = NaN;
    for (let nth = 1; nth <= STARTS; nth++) {
      const start = performance.now();
      const server = await startServer('exporter', environment, programs);
      const client = new Client(server.url);
      ({ bytes } = await client.scrape('identity'));
      times.push(performance.now() - start);
      if (nth === STARTS) {
        for (let scrape = 1; scrape < SCRAPES; scrape++) await client.scrape('identity');
        rss = server.rss();
      }
      client.close();
      await server.stop();
    }
    return { median: quantile(times, 0.5), worst: Math.max(...times), rss, bytes, cpus: simulator.spec.cpus };
  } finally {
    await simulator.close();
  }
}
