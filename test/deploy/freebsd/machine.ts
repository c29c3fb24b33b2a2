/** A FreeBSD machine for install.sh: a folder for what is below /usr/local, and stand-ins for what would change the rest. */
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { tmpdir } from 'node:os';
import { packageRoot } from '../../../src/packageRoot.js';
import { buildNative } from '../../../src/simulator/build.js';
import type { Result } from '../../support/exporter.js';

const stub = join(packageRoot, 'test/deploy/freebsd/stubs/machine');
const installer = join(packageRoot, 'deploy/freebsd/install.sh');

const stoodInFor = ['uname', 'id', 'pw', 'sysrc', 'service', 'pkg', 'fetch', 'newsyslog', 'cc'];
/** What install.sh and its stand-ins take of the base system. Node is not among it. */
const real =
  'sh mktemp sed cmp diff find install cp mv rm mkdir rmdir chmod cat dirname ln ls grep head readlink sleep touch env';

/** What FreeBSD has below /usr/local, of what matters here. */
const folders = ['bin', 'etc/rc.d', 'etc/newsyslog.conf.d', 'etc/syslog.d', 'share/man/man5', 'share/man/man8', 'lib'];

export class Machine {
  readonly prefix: string;
  private readonly bin: string;
  private readonly state: string;

  private constructor(
    private readonly dir: string,
    /** Where the simulated kernel's C parts are, compiled: its compiler gives these, once is enough for all machines. */
    private readonly compiled: string,
  ) {
    this.prefix = join(dir, 'usr/local');
    this.bin = join(dir, 'bin');
    this.state = join(dir, 'state');
    for (const folder of folders) mkdirSync(join(this.prefix, folder), { recursive: true });
    for (const folder of [this.bin, this.state]) mkdirSync(folder);
    for (const name of stoodInFor) symlinkSync(stub, join(this.bin, name));
    for (const name of real.split(' ')) {
      const place = (process.env['PATH'] ?? '').split(delimiter).find((folder) => existsSync(join(folder, name)));
      if (place !== undefined) symlinkSync(join(place, name), join(this.bin, name));
    }
    for (const file of ['users', 'rc.conf', 'calls']) writeFileSync(join(this.state, file), '');
  }

  static async make(): Promise<Machine> {
    const dir = mkdtempSync(join(tmpdir(), 'kcounter-machine-'));
    const { library } = await buildNative(dir);
    return new Machine(dir, dirname(library));
  }

  /** Runs install.sh, this checkout's or another one. */
  install(
    words: readonly string[] = [],
    environment: Readonly<Record<string, string>> = {},
    script = installer,
  ): Result {
    writeFileSync(join(this.state, 'calls'), '');
    const { status, stdout, stderr } = spawnSync('sh', [script, ...words], {
      encoding: 'utf8',
      timeout: 240_000,
      env: {
        PATH: this.bin,
        PREFIX: this.prefix,
        TMPDIR: this.dir,
        MACHINE: this.state,
        MACHINE_NODE: process.execPath,
        MACHINE_COMPILED: this.compiled,
        ...environment,
      },
    });
    return { code: status, stdout, stderr };
  }

  /** What was changed besides files by the last install(), a command each. */
  get calls(): string[] {
    return this.lines('calls');
  }

  get rcConf(): string[] {
    return this.lines('rc.conf');
  }

  addUser(line: string): void {
    writeFileSync(join(this.state, 'users'), `${line}\n`);
  }

  /** Puts a Node.js there that is of another version, and is good for nothing but to say so. */
  addNode(version: string): void {
    const program = `#!/bin/sh\n[ "$*" = --version ] && echo v${version}\n`;
    writeFileSync(join(this.bin, 'node'), program, { mode: 0o755 });
  }

  setRcConf(line: string): void {
    writeFileSync(join(this.state, 'rc.conf'), `${line}\n`);
  }

  /** A file below /usr/local. */
  path(name: string): string {
    return join(this.prefix, name);
  }

  read(name: string): string {
    return readFileSync(this.path(name), 'utf8');
  }

  /** Everything below /usr/local with its mode, and of files also the size and when they were written. */
  tree(): Record<string, string> {
    const names = readdirSync(this.prefix, { recursive: true, encoding: 'utf8' }).sort();
    return Object.fromEntries(names.map((name) => [name, describe(this.path(name))]));
  }

  remove(): void {
    rmSync(this.dir, { recursive: true });
  }

  private lines(file: string): string[] {
    return readFileSync(join(this.state, file), 'utf8').split('\n').slice(0, -1);
  }
}

function describe(path: string): string {
  const stat = lstatSync(path);
  const mode = (stat.mode & 0o7777).toString(8);
  if (stat.isSymbolicLink()) return `-> ${readlinkSync(path)}`;
  return stat.isDirectory() ? mode : `${mode} ${stat.size} ${stat.mtimeMs}`;
}
