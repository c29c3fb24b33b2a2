/** A simulated FreeBSD kernel that runs beside this process: its memory's image, the libkvm that reads it, and its workload. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { StandIn } from '../kernel/source.js';
import { buildNative } from './build.js';
import { SimulatorError } from './errors.js';
import { ImageFile } from './image.js';
import { bootKernel } from './memory/bootKernel.js';
import { kernelFile } from './memory/kernelFile.js';
import type { KernelImage } from './memory/kernelImage.js';
import { sysctlNodes } from './memory/sysctls.js';
import { writeImage } from './memory/writeImage.js';
import { fileNames } from './model/files.js';
import { checkSimulatorSpec, type SimulatorSpec } from './spec.js';

/** `believable`: a host under changing load; `steady`: constant rates that ImageFile.steadyRates() tells; `none`: nothing moves. */
export type Workload = 'believable' | 'steady' | 'none';

export interface SimulatorOptions {
  /** Where its files go; made if it is not there, and left there. Without it, a temporary folder that close() removes. */
  readonly dir?: string;
  readonly workload?: Workload;
  /** How its memory is made, if not by bootKernel() alone: of a kernel of another build, or of one that was booted before. */
  readonly boot?: (spec: SimulatorSpec) => KernelImage;
}

/** How long a workload may take to end by itself. */
const END_MS = 2000;

export class Simulator {
  private closing: Promise<void> | undefined;

  private constructor(
    readonly spec: SimulatorSpec,
    readonly dir: string,
    readonly source: StandIn,
    /** A config that lists the made-up counters; undefined where there are none. */
    readonly configFile: string | undefined,
    /** The kernel's memory as it is, without libkvm in between. */
    readonly image: ImageFile,
    private readonly workload: ChildProcess | undefined,
    private readonly removeDir: () => void,
  ) {}

  /** Builds what is needed and starts it. Throws SimulatorError, whose message says what to do. */
  static async start(spec: SimulatorSpec, options: SimulatorOptions = {}): Promise<Simulator> {
    const checked = checkSimulatorSpec(spec);
    const { dir, removeDir } = makeDir(options.dir);
    try {
      const native = await buildNative(dir);
      const path = join(dir, 'kernel.image');
      const boot = join(dir, 'boot', 'kernel');
      mkdirSync(boot, { recursive: true });
      const bootfile = join(boot, 'kernel');
      const kernel = (options.boot ?? bootKernel)(checked);
      kernel.memory.storeText(kernel.addressOf('kernelname'), bootfile);
      writeImage(kernel, sysctlNodes(kernel, bootfile), path);
      for (const name of fileNames) {
        writeFileSync(name === 'kernel' ? bootfile : join(boot, `${name}.ko`), kernelFile(kernel, name));
      }
      const image = new ImageFile(path);
      for (const name of checked.modules ?? []) image.loadModule(name);
      const configFile = checked.counters > 0 ? writeConfig(checked, dir) : undefined;
      const mode = options.workload ?? 'believable';
      const workload = mode === 'none' ? undefined : await startWorkload(native.workload, path, mode);
      const source: StandIn = {
        library: native.library,
        execfile: bootfile,
        corefile: path,
        origin: 'simulated',
      };
      return new Simulator(checked, dir, source, configFile, image, workload, removeDir);
    } catch (error) {
      removeDir();
      throw error;
    }
  }

  /**
   * The folder is theirs from now on, whatever the modes of the files in it: the kernel's own file can be read, and close() can remove all.
   * The workload, which has its memory open already, becomes this user, too.
   */
  giveTo(uid: number, gid: number): void {
    for (const folder of [this.dir, join(this.dir, 'boot'), join(this.dir, 'boot', 'kernel')])
      chownSync(folder, uid, gid);
    this.workload?.stdin?.write(`become ${uid} ${gid}\n`);
  }

  /** Ends the workload and removes what start() made. A second call waits for the first. */
  close(): Promise<void> {
    this.closing ??= this.end();
    return this.closing;
  }

  private async end(): Promise<void> {
    if (this.workload !== undefined) await endWorkload(this.workload);
    this.image.close();
    this.removeDir();
  }
}

function makeDir(wanted: string | undefined): { dir: string; removeDir: () => void } {
  try {
    if (wanted !== undefined) {
      mkdirSync(wanted, { recursive: true, mode: 0o755 });
      requireOwn(wanted);
      return { dir: wanted, removeDir: () => undefined };
    }
    const dir = mkdtempSync(join(tmpdir(), 'kcounter-simulator-'));
    const remove = (): void => {
      try {
        rmSync(dir, { recursive: true, force: true });
      } catch {
        // The process has become a user who may not remove what is in the folder for temporary files.
      }
    };
    // Also where the process ends without close().
    process.once('exit', remove);
    return {
      dir,
      removeDir: () => {
        process.off('exit', remove);
        remove();
      },
    };
  } catch (error) {
    throw new SimulatorError(`the simulated kernel needs a folder for its memory: ${(error as Error).message}`);
  }
}

/** Throws where somebody else could have put links into the folder, through which this process would write to any file. */
function requireOwn(dir: string): void {
  const { uid, mode } = statSync(dir);
  if (uid !== process.geteuid?.()) throw new Error(`${dir} belongs to user ${uid}; name a folder of your own`);
  if ((mode & 0o022) !== 0)
    throw new Error(`others may write to ${dir}; name a folder to which only you can (chmod go-w)`);
  for (const name of readdirSync(dir, { recursive: true, encoding: 'utf8' })) {
    if (lstatSync(join(dir, name)).isSymbolicLink()) throw new Error(`${join(dir, name)} is a link; remove it`);
  }
}

async function startWorkload(program: string, image: string, mode: Workload): Promise<ChildProcess> {
  const child = spawn(program, [image, mode], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(child, 'exit').then(() => 'ended' as const);
  const outcome = await Promise.race([once(child.stdout, 'data').then(() => 'ready' as const), ended]).catch(
    (error: unknown) => error as Error,
  );
  if (outcome !== 'ready') {
    const why = outcome === 'ended' ? 'it ended at once' : outcome.message;
    throw new SimulatorError(`the simulated kernel's workload could not be started: ${why}`);
  }
  // It ends when this process does, by its standard input; until then it does not keep this process from ending.
  child.unref();
  // Node's are sockets; Bun's are not, and keep nothing alive.
  for (const stream of [child.stdin, child.stdout]) if (stream instanceof Socket) stream.unref();
  return child;
}

async function endWorkload(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.ref();
  child.stdin?.end();
  const timer = new AbortController();
  const late = delay(END_MS, undefined, { signal: timer.signal }).then(() => child.kill('SIGKILL'));
  late.catch(() => undefined);
  await ended;
  timer.abort();
}

function writeConfig(spec: SimulatorSpec, dir: string): string {
  const path = join(dir, 'simulated.yaml');
  const entries = Array.from(
    { length: spec.counters },
    (_, i) =>
      `  - {symbol: sim_counter_${i}, metric: sim_${i}_total, help: Made-up counter ${i} of the simulated kernel., type: counter}\n`,
  );
  writeFileSync(path, `# The made-up counters of the simulated kernel.\nversion: 1\ncounters:\n${entries.join('')}`);
  return path;
}
