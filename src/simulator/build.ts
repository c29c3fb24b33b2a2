/** Compiles the simulated libkvm and the workload with the machine's C compiler, once for each version of their sources. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { packageRoot } from '../packageRoot.js';
import { SimulatorError } from './errors.js';

export interface NativeFiles {
  /** The shared library with libkvm's calls, kldsym(2), kldnext(2), kldstat(2) and sysctl(3). */
  readonly library: string;
  readonly workload: string;
  /** Has sockets come and go. */
  readonly socketChurn: string;
}

const sources = join(packageRoot, 'src', 'simulator', 'native');
const flags = ['-std=gnu11', '-O2', '-Wall', '-Wextra'];
const librarySources = [
  'image.c',
  'hook.c',
  'kvm.c',
  'nlist.c',
  'elf.c',
  'minidump.c',
  'dumps.c',
  'pcpu.c',
  'own_process.c',
  'kernel.c',
  'interfaces.c',
  'streams.c',
  'malloc_stats.c',
  'interrupts.c',
  'zone_stats.c',
  'sums.c',
];
const workloadSources = ['image.c', 'moves.c', 'sockets.c', 'workload.c'];
const socketChurnSources = ['image.c', 'sockets.c', 'socket_churn.c'];
const REMEDY =
  "install one (Debian: apt-get install gcc libc6-dev; macOS: xcode-select --install; FreeBSD's base system has it)";

/**
 * Returns the compiled files, from the package's build/simulator/HASH where they are or can be written, else from `fallback`.
 * Two builds at once do not meet: each compiles in a folder of its own and then renames it.
 */
export async function buildNative(fallback: string): Promise<NativeFiles> {
  const shared = join(packageRoot, 'build', 'simulator');
  const name = hashOfSources();
  const finished = [shared, fallback].map((parent) => join(parent, name)).find((folder) => isUsable(folder));
  if (finished !== undefined) return filesIn(finished);
  // What lies there and cannot be used, such as another user's, stays there.
  const parent = !existsSync(join(shared, name)) && isWritable(shared) ? shared : fallback;
  const target = join(parent, name);
  const temporary = mkdtempSync(join(parent, '.build-'));
  try {
    const built = filesIn(temporary);
    await compile(['-fPIC', '-fvisibility=hidden', '-shared', '-o', built.library], librarySources, []);
    await compile(['-o', built.workload], workloadSources, ['-lm']);
    await compile(['-o', built.socketChurn], socketChurnSources, []);
    // For every user of the machine, whatever the umask.
    for (const path of [temporary, built.library, built.workload, built.socketChurn]) chmodSync(path, 0o755);
    try {
      renameSync(temporary, target);
    } catch (error) {
      // Somebody else was faster, with the same result.
      if (!isUsable(target)) throw error;
    }
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
  return filesIn(target);
}

/** True where all files are there for this user, and were made by this user or by root: whoever made them runs code in this process. */
function isUsable(folder: string): boolean {
  const { library, workload, socketChurn } = filesIn(folder);
  try {
    for (const path of [folder, library, workload, socketChurn]) {
      const { uid } = statSync(path);
      if (uid !== 0 && uid !== process.geteuid?.()) return false;
    }
    accessSync(library, constants.R_OK);
    for (const program of [workload, socketChurn]) accessSync(program, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function filesIn(folder: string): NativeFiles {
  const extension = process.platform === 'darwin' ? 'dylib' : 'so';
  return {
    library: join(folder, `libkvmsim.${extension}`),
    workload: join(folder, 'workload'),
    socketChurn: join(folder, 'socket_churn'),
  };
}

/** Everything that decides what comes out. */
function hashOfSources(): string {
  const commands = [flags, librarySources, workloadSources, socketChurnSources]
    .map((words) => words.join(' '))
    .join('; ');
  const hash = createHash('sha256').update(`${process.platform} ${process.arch} ${commands}`);
  for (const name of readdirSync(sources).sort()) hash.update(name).update(readFileSync(join(sources, name)));
  return hash.digest('hex').slice(0, 16);
}

function isWritable(folder: string): boolean {
  try {
    const first = mkdirSync(folder, { recursive: true });
    // What it has made is for every user, too.
    if (first !== undefined)
      for (let made = folder; made.length >= first.length; made = dirname(made)) chmodSync(made, 0o755);
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

async function compile(before: readonly string[], names: readonly string[], after: readonly string[]): Promise<void> {
  const compiler = process.env['CC'] ?? 'cc';
  const args = [...flags, ...before, ...names.map((name) => join(sources, name)), ...after];
  try {
    await promisify(execFile)(compiler, args);
  } catch (error) {
    const { code, stderr } = error as { code?: unknown; stderr?: string };
    if (code === 'ENOENT') {
      throw new SimulatorError(
        `the simulated kernel is written in C, and there is no compiler "${compiler}"; ${REMEDY}`,
      );
    }
    const first = (stderr ?? String(error)).split('\n').find((line) => line.includes('error')) ?? String(error);
    throw new SimulatorError(`the simulated kernel does not compile with "${compiler}": ${first.trim()}; ${REMEDY}`);
  }
}
