/** The exporter as its users run it: a process of its own. */
import { spawn, spawnSync, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { packageRoot } from '../../src/packageRoot.js';
import { PATIENCE_MS, soon, until } from './until.js';

/** The program as it is shipped. */
const main = join(packageRoot, 'dist', 'main.js');

export interface Result {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command that ends by itself. A server that does not start takes no port that it is not told to: its own may be another's. */
export function runExporter(...args: readonly string[]): Result {
  const isServer = args[0] === undefined || args[0] === 'serve' || /^--(?!help|version)/.test(args[0]);
  const isToldWhere = args.some((arg) => arg.startsWith('--web.listen-address'));
  const all = isServer && !isToldWhere ? [...args, '--web.listen-address=127.0.0.1:0'] : args;
  const { status, stdout, stderr, error } = spawnSync(process.execPath, [main, ...all], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    timeout: PATIENCE_MS,
  });
  if (error !== undefined) throw error;
  return { code: status, stdout, stderr };
}

export class RunningExporter {
  private constructor(
    private readonly child: ChildProcessByStdio<null, null, Readable>,
    /** Where its metrics are. */
    readonly url: string,
    private readonly lines: string[],
  ) {}

  /** Starts a server on a free port of this machine and waits until it listens. */
  static async start(...args: readonly string[]): Promise<RunningExporter> {
    const child = spawn(process.execPath, [main, '--web.listen-address=127.0.0.1:0', ...args], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const lines: string[] = [];
    const started = new Promise<string>((resolve, reject) => {
      let text = '';
      child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
        const complete = text.split('\n');
        text = complete.pop()!;
        lines.push(...complete);
        const match = /msg=listening url=(\S+)/.exec(complete.join('\n'));
        if (match !== null) resolve(match[1]!);
      });
      child.once('exit', (code) => {
        reject(new Error(`it ended with ${code}:\n${lines.join('\n')}\n${text}`));
      });
    });
    const url = await soon(started, 'an exporter that listens');
    return new RunningExporter(child, url, lines);
  }

  get pid(): number {
    return this.child.pid!;
  }

  /** The log up to now. */
  get log(): string {
    return this.lines.join('\n');
  }

  async metrics(): Promise<string> {
    const response = await fetch(this.url);
    if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
    return response.text();
  }

  /** The metrics as soon as something is in them. */
  async metricsWith(what: RegExp): Promise<string> {
    let all = '';
    const isThere = async (): Promise<boolean> => what.test((all = await this.metrics()));
    await until(isThere, () => `${what.source} in\n${all}`, 200);
    return all;
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Asks it to stop; the exit code. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    if (this.child.exitCode !== null) return this.child.exitCode;
    const exit = once(this.child, 'exit');
    this.child.kill(signal);
    const [code] = (await soon(exit, 'the end of an exporter')) as [number | null];
    return code;
  }
}

/** Where a server that was just started has its metrics. */
export function listening(child: ChildProcessByStdio<null, null, Readable>): Promise<string> {
  const started = new Promise<string>((resolve, reject) => {
    let log = '';
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      log += chunk;
      const [, found] = /msg=listening url=(\S+)/.exec(log) ?? [];
      if (found !== undefined) resolve(found);
    });
    child.once('exit', () => {
      reject(new Error(log));
    });
  });
  return soon(started, 'an exporter that listens');
}
