/**
 * Which test files share a process, and in which order processes begin: `npm test` has it write an entry file for each to build/test/processes,
 * named so that node's runner, which sorts them by name, takes them in that order. To start Node.js, load the sources and warm them up is half of
 * what most files cost; so those of one folder share a process, unless they could disturb each other.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';

export interface TestFile {
  /** From build/test on, such as `ctf/elf.test.js`. */
  readonly path: string;
  readonly text: string;
}

export interface TestProcess {
  /** Its folder, or the file's own name where it is alone. */
  readonly name: string;
  readonly paths: readonly string[];
}

/**
 * What would be another file's matter, too: programs that are started and connections, clocks and functions that are stood in for, the environment,
 * umask, user and signals of the process, and hooks around all tests. A file in which one of these words stands has a process of its own.
 */
const ownProcess =
  /node:(child_process|http|https|net|tls|worker_threads)|support\/(exporter|programs|clients)\.js|\bmock\b|\bprocess\.(?!hrtime|platform|arch|execPath)|^(before|after|beforeEach|afterEach)\(/m;

/**
 * Those that take longest begin first, so that no processor is idle while the last of them ends; and those that mostly wait for browsers,
 * Prometheus and time go by turns with those that compute.
 */
const longest: readonly string[] = [
  // With the type checker and the linter.
  'test',
  'e2e/page',
  'config/packs',
  'e2e/dashboards',
  'simulator',
  'e2e/webConfig',
  'format',
  'e2e/accessibility',
  'truth',
  'e2e/defaultConfig',
  'commands',
  'e2e/prometheus',
  'torture',
  'deploy/release',
  'layouts',
  'e2e/slowClients',
  'simulator/changes',
  'e2e/process',
  'scrape',
  'e2e/reload',
  'kernel/core/coreKernel',
  'torture/fuzz',
  'e2e/exporter',
  'yaml',
  'deploy/freebsd/install',
  'plan/kinds',
  'service',
];

/** In the order in which they are to begin. */
export function processesOf(files: readonly TestFile[]): TestProcess[] {
  const processes = new Map<string, string[]>();
  for (const { path, text } of files) {
    const folder = dirname(path);
    const name = ownProcess.test(text) ? path.replace(/\.test\.js$/, '') : folder === '.' ? 'test' : folder;
    processes.set(name, [...(processes.get(name) ?? []), path]);
  }
  const rank = (name: string): number => (longest.includes(name) ? longest.indexOf(name) : longest.length);
  return [...processes]
    .map(([name, paths]) => ({ name, paths }))
    .sort((a, b) => rank(a.name) - rank(b.name) || (a.name < b.name ? -1 : 1));
}

/** What a process runs. */
export function entryOf({ paths }: TestProcess): string {
  return paths.map((path) => `import '../${path}';\n`).join('');
}

function write(root: string): void {
  const folder = join(root, 'processes');
  const paths = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.test.js'));
  const files = paths
    .filter((path) => dirname(path) !== relative(root, folder))
    .sort()
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));
  const processes = processesOf(files);
  const strays = longest.filter((name) => !processes.some((process) => process.name === name));
  if (strays.length > 0) throw new Error(`test/processes.ts: no such process among the longest: ${strays.join(', ')}`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  for (const [nth, process] of processes.entries()) {
    const name = `${String(nth).padStart(3, '0')}-${process.name.replaceAll('/', '-')}.test.js`;
    writeFileSync(join(folder, name), entryOf(process));
  }
}

const own = fileURLToPath(import.meta.url);
if (resolve(argv[1] ?? '') === own) write(dirname(own));
