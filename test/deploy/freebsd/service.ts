/** The rc.d script, installed into a folder of its own, with stand-ins for rc.subr(8), daemon(8) and chroot(8). */
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../../src/packageRoot.js';
import type { Result } from '../../support/exporter.js';

const stubs = join(packageRoot, 'test', 'deploy', 'freebsd', 'stubs');
const rcScript = join(packageRoot, 'deploy/freebsd/port/sysutils/kcounter_exporter/files/kcounter_exporter.in');

/** There is one on every system that runs the tests. */
export const user = 'nobody';

export class Service {
  readonly dir = mkdtempSync(join(tmpdir(), 'kcounter-rc-'));
  readonly prefix = join(this.dir, 'usr/local');
  readonly node = join(this.prefix, 'bin/node');
  readonly main = join(this.prefix, 'lib/node_modules/kcounter-exporter/dist/main.js');
  readonly config = join(this.prefix, 'etc/kcounter_exporter/kcounter.yaml');
  readonly pidfile = join(this.dir, 'run/kcounter_exporter.pid');
  readonly childPidfile = join(this.dir, 'run/kcounter_exporter.child.pid');
  private readonly script = join(this.dir, 'kcounter_exporter');
  private readonly log = join(this.dir, 'log');

  constructor() {
    // Others look into it, too, where the exporter becomes one of them.
    chmodSync(this.dir, 0o755);
    for (const folder of ['run', 'usr/local/bin', 'usr/local/lib/node_modules', 'usr/local/etc/kcounter_exporter']) {
      mkdirSync(join(this.dir, folder), { recursive: true });
    }
    symlinkSync(process.execPath, this.node);
    symlinkSync(packageRoot, join(this.prefix, 'lib/node_modules/kcounter-exporter'));
    cpSync(join(packageRoot, 'config/kcounter.yaml'), this.config);
    const text = readFileSync(rcScript, 'utf8')
      .replaceAll('%%PREFIX%%', this.prefix)
      .replace('. /etc/rc.subr', `. ${join(stubs, 'rc.subr')}`)
      .replaceAll('/var/run/', join(this.dir, 'run/'));
    writeFileSync(this.script, text, { mode: 0o755 });
  }

  /**
   * Runs the script with one command.
   *
   * @param variables of rc.conf(5), without their `kcounter_exporter_`
   */
  run(command: string, variables: Readonly<Record<string, string>> = {}, runsDaemon = false): Result {
    const conf = { enable: 'YES', user, program: join(stubs, 'daemon'), ...variables };
    const rcConf = join(this.dir, 'rc.conf');
    const lines = Object.entries(conf).map(([key, value]) => `kcounter_exporter_${key}=${shellWord(value)}\n`);
    writeFileSync(rcConf, lines.join(''));
    rmSync(this.file('daemon'), { force: true });
    rmSync(this.file('chroot'), { force: true });
    const { status, stdout, stderr } = spawnSync(this.script, [command], {
      encoding: 'utf8',
      timeout: 240_000,
      env: {
        PATH: `${stubs}:${process.env['PATH'] ?? ''}`,
        RC_CONF: rcConf,
        DAEMON_WORDS: this.file('daemon'),
        CHROOT_WORDS: this.file('chroot'),
        ...(runsDaemon && { DAEMON_LOG: this.log }),
      },
    });
    return { code: status, stdout, stderr };
  }

  /** What a stand-in was called with, line by line; undefined where it was not called. */
  words(standIn: 'daemon' | 'chroot'): string[] | undefined {
    try {
      return readFileSync(this.file(standIn), 'utf8').trimEnd().split('\n');
    } catch {
      return undefined;
    }
  }

  /** What the exporter wrote under daemon(8). */
  get output(): string {
    return readFileSync(this.log, 'utf8');
  }

  remove(): void {
    rmSync(this.dir, { recursive: true });
  }

  private file(standIn: string): string {
    return join(this.dir, `${standIn}.words`);
  }
}

function shellWord(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
