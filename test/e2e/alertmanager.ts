/** A real Alertmanager by itself, which keeps what it is sent and tells nobody. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { soon } from '../support/until.js';
import { freePort, untilReady } from './prometheusServer.js';

export const ALERTMANAGER = 'prometheus-alertmanager';

export interface Alert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

export class Alertmanager {
  private constructor(
    private readonly child: ChildProcess,
    private readonly dir: string,
    /** HOST:PORT */
    readonly address: string,
  ) {}

  static async start(): Promise<Alertmanager> {
    const dir = mkdtempSync(join(tmpdir(), 'kcounter-alertmanager-'));
    const config = join(dir, 'alertmanager.yml');
    writeFileSync(config, 'route: { receiver: nobody }\nreceivers: [{ name: nobody }]\n');
    const address = `127.0.0.1:${await freePort()}`;
    const child = spawn(
      ALERTMANAGER,
      [
        `--config.file=${config}`,
        `--storage.path=${join(dir, 'data')}`,
        `--web.listen-address=${address}`,
        '--cluster.listen-address=',
        '--log.level=error',
      ],
      { stdio: ['ignore', 'ignore', 'inherit'] },
    );
    const failed = once(child, 'error').then(([error]) => {
      throw error as Error;
    });
    await Promise.race([untilReady('Alertmanager', `http://${address}`), failed]);
    return new Alertmanager(child, dir, address);
  }

  /** What it shows to people. */
  alerts(): Alert[] {
    const args = ['alert', 'query', `--alertmanager.url=http://${this.address}`, '--output=json'];
    return JSON.parse(execFileSync('amtool', args, { encoding: 'utf8' })) as Alert[];
  }

  async stop(): Promise<void> {
    const exit = once(this.child, 'exit');
    this.child.kill();
    await soon(exit, 'the end of Alertmanager');
    rmSync(this.dir, { recursive: true });
  }
}
