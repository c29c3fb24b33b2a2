/** A real Prometheus that scrapes one target, and the queries that the tests put to it. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export class PrometheusServer {
  private constructor(
    private readonly child: ChildProcess,
    private readonly dir: string,
    private readonly url: string,
  ) {}

  /** @param targets each HOST:PORT is scraped once a second at /metrics */
  static start(...targets: readonly string[]): Promise<PrometheusServer> {
    return PrometheusServer.startWith({ static_configs: [{ targets }] });
  }

  /** @param scrape what a job says in Prometheus' config, but for its name */
  static async startWith(scrape: object): Promise<PrometheusServer> {
    const dir = mkdtempSync(join(tmpdir(), 'kcounter-prometheus-'));
    const config = join(dir, 'prometheus.yml');
    writeFileSync(
      config,
      // JSON is YAML, too.
      JSON.stringify({ global: { scrape_interval: '1s' }, scrape_configs: [{ job_name: 'kcounter', ...scrape }] }),
    );
    const address = `127.0.0.1:${await freePort()}`;
    const child = spawn(
      'prometheus',
      [
        `--config.file=${config}`,
        `--storage.tsdb.path=${join(dir, 'data')}`,
        `--web.listen-address=${address}`,
        '--log.level=error',
      ],
      { stdio: ['ignore', 'ignore', 'inherit'] },
    );
    const failed = once(child, 'error').then(([error]) => {
      throw error as Error;
    });
    const server = new PrometheusServer(child, dir, `http://${address}`);
    await Promise.race([server.ready(), failed]);
    return server;
  }

  /** An instant query. */
  async query(expression: string): Promise<Sample[]> {
    const response = await fetch(`${this.url}/api/v1/query?query=${encodeURIComponent(expression)}`);
    const answer = (await response.json()) as {
      status: string;
      error?: string;
      data: { result: { metric: Record<string, string>; value: [number, string] }[] };
    };
    if (answer.status !== 'success') throw new Error(`${expression}: ${answer.error}`);
    return answer.data.result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
  }

  async stop(): Promise<void> {
    const exit = once(this.child, 'exit');
    this.child.kill();
    await exit;
    rmSync(this.dir, { recursive: true });
  }

  private async ready(): Promise<void> {
    for (let attempt = 0; attempt < 200; attempt++) {
      const up = await fetch(`${this.url}/-/ready`).then(
        (response) => response.ok,
        () => false,
      );
      if (up) return;
      await sleep(100);
    }
    throw new Error('Prometheus did not get ready within 20 s');
  }
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
