/** Starts the servers that are compared, each a process of its own on the same kernel. */
import { execFile, execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { packageRoot } from '../../src/packageRoot.js';
import type { KernelEnvironment } from './kernel.js';

export const serverNames = ['exporter', 'straightforward', 'floor'] as const;
export type ServerName = (typeof serverNames)[number];

export interface Floor {
  readonly program: string;
  /** What it packs with, for people. */
  readonly gzip: 'libdeflate' | 'zlib' | 'none';
}

/** What is not ended yet, so that nothing outlives the benchmark however it ends. */
const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

export class ServerProcess {
  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
  ) {}

  /** Resolves when the server says where it listens. */
  static async start(command: string, args: readonly string[], environment: KernelEnvironment): Promise<ServerProcess> {
    const child = spawn(command, args, {
      env: { ...process.env, ...environment, NODE_ENV: 'production' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    running.add(child);
    child.once('exit', () => running.delete(child));
    const ended = once(child, 'exit').then(() => {
      throw new Error(`${[command, ...args].join(' ')} ended before it listened`);
    });
    const lines = createInterface({ input: child.stdout });
    const [line] = (await Promise.race([once(lines, 'line'), ended])) as [string];
    ended.catch(() => undefined);
    const url = /^listening (\S+)$/.exec(line)?.[1];
    if (url === undefined) throw new Error(`${command} says "${line}", not where it listens`);
    return new ServerProcess(child, url);
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = once(this.child, 'exit');
    this.child.kill();
    await ended;
  }

  /** Resident memory in MB. */
  rss(): number {
    const { pid } = this.child;
    try {
      const status = readFileSync(`/proc/${pid}/status`, 'utf8');
      return (Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) * 1024) / 1e6;
    } catch {
      return (Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })) * 1024) / 1e6;
    }
  }
}

/** What the servers are run from. */
export interface Programs {
  readonly floor: Floor;
  /** This exporter's server in one file, as it is shipped. */
  readonly exporter: string;
}

export async function buildPrograms(): Promise<Programs> {
  return { floor: await compileFloor(), exporter: await bundleServer() };
}

/** Node's options for this exporter: those of `npm start`. */
export function exporterOptions(): string[] {
  const { scripts } = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as {
    scripts: { start: string };
  };
  return scripts.start.split(' ').filter((word) => word.startsWith('--'));
}

export function startServer(
  name: ServerName,
  environment: KernelEnvironment,
  { floor, exporter }: Programs,
  nodeOptions: readonly string[] = [],
): Promise<ServerProcess> {
  switch (name) {
    case 'floor': {
      const { BENCH_LIBKVM, BENCH_EXECFILE, BENCH_COREFILE, BENCH_COUNTERS } = environment;
      const args = [BENCH_LIBKVM, BENCH_EXECFILE, BENCH_COREFILE, BENCH_COUNTERS];
      return ServerProcess.start(floor.program, args, environment);
    }
    case 'exporter':
      return ServerProcess.start(process.execPath, [...exporterOptions(), ...nodeOptions, exporter], environment);
    case 'straightforward':
      return ServerProcess.start(process.execPath, [pathOf('straightforward.js')], environment);
  }
}

function pathOf(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}

/** As bundle.js makes dist/main.js. */
async function bundleServer(): Promise<string> {
  const { bundle } = (await import(pathToFileURL(join(packageRoot, 'bundle.js')).href)) as {
    bundle: (entryPoints: Readonly<Record<string, string>>, outdir: string) => Promise<void>;
  };
  await bundle({ server: pathOf('server.js') }, pathOf('bundled'));
  return pathOf('bundled/server.js');
}

/** Compiles the floor with the best gzip that this machine has headers for. */
async function compileFloor(): Promise<Floor> {
  const folder = mkdtempSync(join(tmpdir(), 'kcounter-floor-'));
  process.once('exit', () => {
    rmSync(folder, { recursive: true });
  });
  const program = join(folder, 'floor');
  const sources = ['floor.c', 'floorHttp.c'].map((name) => join(packageRoot, 'test', 'bench', name));
  const flags = ['-std=gnu11', '-O2', '-o', program, ...sources];
  const ways = [
    { gzip: 'libdeflate', more: ['-DWITH_LIBDEFLATE', '-ldeflate'] },
    { gzip: 'zlib', more: ['-DWITH_ZLIB', '-lz'] },
  ] as const;
  const compiler = process.env['CC'] ?? 'cc';
  for (const { gzip, more } of ways) {
    try {
      await promisify(execFile)(compiler, [...flags, ...more]);
      return { program, gzip };
    } catch {
      // The header or the library is not there.
    }
  }
  await promisify(execFile)(compiler, flags);
  return { program, gzip: 'none' };
}
