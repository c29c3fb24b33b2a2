/** Debian's prometheus-node-exporter, whose web-config is read by prometheus/exporter-toolkit itself. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { soon } from '../support/until.js';
import { freePort } from './prometheusServer.js';

export const NODE_EXPORTER = 'prometheus-node-exporter';

export class NodeExporter {
  private constructor(
    private readonly child: ChildProcess,
    readonly port: number,
  ) {}

  /** Undefined where it does not take the file. */
  static async start(webConfig: string): Promise<NodeExporter | undefined> {
    const port = await freePort();
    const child = spawn(
      NODE_EXPORTER,
      [`--web.listen-address=127.0.0.1:${port}`, `--web.config.file=${webConfig}`, '--collector.disable-defaults'],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    const started = new Promise<boolean>((resolve, reject) => {
      let log = '';
      child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
        log += chunk;
        // Its last word before it serves, after the file was found good.
        if (/TLS is (?:en|dis)abled/.test(log)) resolve(true);
      });
      child.once('exit', () => {
        resolve(false);
      });
      child.once('error', reject);
    });
    return (await soon(started, 'node_exporter says whether it takes the file'))
      ? new NodeExporter(child, port)
      : undefined;
  }

  async stop(): Promise<void> {
    const exit = once(this.child, 'exit');
    this.child.kill();
    await soon(exit, 'the end of node_exporter');
  }
}
