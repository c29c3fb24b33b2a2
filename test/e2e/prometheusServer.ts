/** A real Prometheus that scrapes, records and alerts, or an agent that scrapes and sends; and the queries that tests put to it. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { soon, until } from '../support/until.js';

export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const FIRST_PORT = 20_000;
const PORTS = 12_000;
/** Of this process: it takes no more than a hundred. */
let nextPort = (process.pid * 100) % PORTS;

interface Setup {
  /** The text of its config file. */
  readonly config: string;
  /** What lies beside it, by name. */
  readonly files?: Readonly<Record<string, string>>;
  readonly flags?: readonly string[];
  readonly agent?: boolean;
}

export class PrometheusServer {
  private constructor(
    private readonly child: ChildProcess,
    private readonly dir: string,
    readonly url: string,
  ) {}

  /** @param targets each HOST:PORT is scraped once a second at /metrics */
  static start(...targets: readonly string[]): Promise<PrometheusServer> {
    return PrometheusServer.startWith({ static_configs: [{ targets }] });
  }

  /** @param scrape what a job says in Prometheus' config, but for its name */
  static startWith(scrape: object): Promise<PrometheusServer> {
    // JSON is YAML, too.
    const config = JSON.stringify({
      global: { scrape_interval: '1s' },
      scrape_configs: [{ job_name: 'kcounter', ...scrape }],
    });
    return PrometheusServer.startOn({ config });
  }

  static async startOn({ config, files = {}, flags = [], agent = false }: Setup): Promise<PrometheusServer> {
    const dir = mkdtempSync(join(tmpdir(), 'kcounter-prometheus-'));
    const path = join(dir, 'prometheus.yml');
    writeFileSync(path, config);
    for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), text);
    const address = `127.0.0.1:${await freePort()}`;
    const data = join(dir, 'data');
    const child = spawn(
      'prometheus',
      [
        `--config.file=${path}`,
        ...(agent ? ['--enable-feature=agent', `--storage.agent.path=${data}`] : [`--storage.tsdb.path=${data}`]),
        `--web.listen-address=${address}`,
        '--log.level=error',
        ...flags,
      ],
      { stdio: ['ignore', 'ignore', 'inherit'] },
    );
    const failed = once(child, 'error').then(([error]) => {
      throw error as Error;
    });
    const server = new PrometheusServer(child, dir, `http://${address}`);
    await Promise.race([untilReady('Prometheus', server.url), failed]);
    return server;
  }

  get pid(): number {
    return this.child.pid!;
  }

  /** Where it keeps its samples. */
  get data(): string {
    return join(this.dir, 'data');
  }

  /** An instant query. */
  async query(expression: string): Promise<Sample[]> {
    const result = (await this.ask(expression)) as { metric: Record<string, string>; value: [number, string] }[];
    return result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
  }

  /** As soon as the answer is not empty: after a scrape that took longer than the interval, a gauge is gone until the next. */
  async some(expression: string): Promise<Sample[]> {
    let found: Sample[] = [];
    await until(async () => (found = await this.query(expression)).length > 0, `a series of ${expression}`, 250);
    return found;
  }

  /** Every value that a range such as `up[5m]` has, of all its series. */
  async samples(range: string): Promise<number[]> {
    const result = (await this.ask(range)) as { values: [number, string][] }[];
    return result.flatMap(({ values }) => values.map(([, value]) => Number(value)));
  }

  /** Waits until it has scraped so many targets, each so many times: it takes some seconds before it scrapes one for the first time. */
  async untilScraped(targets: number, times: number): Promise<void> {
    // A scrape that takes longer than the interval is a matter of the machine.
    const scraped = async (): Promise<boolean> =>
      (await this.query(`sum_over_time(up[1h]) >= ${times}`)).length === targets;
    await until(scraped, `${targets} targets, each scraped ${times} times`, 250);
  }

  /** The values that a label has in the series that are selected. */
  async labelValues(label: string, selector: string): Promise<string[]> {
    const path = `/api/v1/label/${label}/values?match[]=${encodeURIComponent(selector)}`;
    const answer = (await (await fetch(this.url + path)).json()) as { status: string; error?: string; data: string[] };
    if (answer.status !== 'success') throw new Error(`${selector}: ${answer.error}`);
    return answer.data;
  }

  async stop(): Promise<void> {
    const exit = once(this.child, 'exit');
    this.child.kill();
    await soon(exit, 'the end of Prometheus');
    rmSync(this.dir, { recursive: true });
  }

  private async ask(expression: string): Promise<unknown> {
    const response = await fetch(`${this.url}/api/v1/query?query=${encodeURIComponent(expression)}`);
    const answer = (await response.json()) as { status: string; error?: string; data: { result: unknown } };
    if (answer.status !== 'success') throw new Error(`${expression}: ${answer.error}`);
    return answer.data.result;
  }
}

/** Waits for the page by which Prometheus and Alertmanager tell that they serve. */
export async function untilReady(what: string, url: string): Promise<void> {
  const isReady = (): Promise<boolean> =>
    fetch(`${url}/-/ready`).then(
      (response) => response.ok,
      () => false,
    );
  await until(isReady, `${what} is ready`, 100);
}

/**
 * A port for a program that cannot be told to choose one and say which. It is below those that systems give to whoever asks for any, and
 * processes with numbers near each other, such as test files that run at once, begin at others: nobody takes it before the program does.
 */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < PORTS; tries++) {
    const port = FIRST_PORT + (nextPort++ % PORTS);
    const server = createServer().listen(port, '127.0.0.1');
    const isFree = await once(server, 'listening').then(
      () => true,
      () => false,
    );
    if (!isFree) continue;
    server.close();
    await once(server, 'close');
    return port;
  }
  throw new Error(`no port is free from ${FIRST_PORT} to ${FIRST_PORT + PORTS - 1}`);
}
