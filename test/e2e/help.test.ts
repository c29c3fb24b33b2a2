/** Covers: --help of each command, and what becomes of output that cannot be written. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { packageRoot, version } from '../../src/packageRoot.js';
import { runExporter } from '../support/exporter.js';

describe('--help', () => {
  const overview = runExporter('--help').stdout;
  const commands = [...overview.matchAll(/^ {2}(\w+) .*(?:\[options\]|<shell>)/gm)].map(([, command]) => command!);

  it('lists the commands and says where their flags are', () => {
    assert.ok(commands.length >= 8, commands.join(' '));
    assert.match(overview, /^Without a command, the flags are those of serve\./m);
  });

  for (const command of ['', ...commands]) {
    it(`of ${command || 'the program'} tells each flag, the exit codes, and ends with 0`, () => {
      const { code, stdout, stderr } = runExporter(...(command === '' ? [] : [command]), '--help');
      assert.equal(code, 0);
      assert.equal(stderr, '');
      assert.match(stdout, /^Exit codes: 0 good, 1 something failed or was found bad, 2 the command line is wrong\.$/m);
      // A description may begin on the next line, but it is there.
      assert.doesNotMatch(stdout, /^ {2}-\S+(?:, -\S+)?(?: <\S+>)?\n {2}\S/m);
      assert.ok(
        stdout.split('\n').every((line) => line.length <= 120),
        stdout,
      );
    });
  }

  it('is given of the command that help names, and asks about one that is misspelt', () => {
    assert.match(runExporter('help', 'serve').stdout, /^Usage: kcounter_exporter serve /);
    const { code, stdout, stderr } = runExporter('help', 'serv');
    assert.deepEqual([code, stdout], [2, '']);
    assert.equal(stderr, "kcounter_exporter: unknown command 'serv' (did you mean serve?)\n");
  });

  it('is followed by --version, which tells the commit only where it is known', () => {
    const { code, stdout, stderr } = runExporter('--version');
    assert.deepEqual([code, stderr], [0, '']);
    const [release, ...rest] = stdout.split('\n');
    assert.match(release!, /^kcounter_exporter, version \S+( \(revision: [0-9a-f]{12,}(-dirty)?\))?$/);
    assert.ok(release!.startsWith(`kcounter_exporter, version ${version}`), release);
    if (!existsSync(join(packageRoot, '.git'))) assert.doesNotMatch(release!, /revision/);
    assert.deepEqual(rest, [
      `  platform: ${process.platform}/${process.arch}`,
      `  runtime:  node ${process.versions.node}`,
      '',
    ]);
  });
});

describe('output that cannot be written', () => {
  /** What is said on standard error where the output goes there. */
  function said(where: string, ...args: readonly string[]): string {
    const line = `main=$1; shift; { "$0" "$main" "$@" ${where}; } 2>&1 >/dev/null`;
    const words = ['-c', line, process.execPath, join(packageRoot, 'dist', 'main.js'), ...args];
    return execFileSync('sh', words, { encoding: 'utf8' });
  }
  const print = ['print', '--simulate=amd64-14,counters=3000', '--log.level=error'];

  it('is no fault where the reader has seen enough', () => {
    assert.equal(said('| head -n 1', ...print), '');
    assert.equal(said('| true', 'completion', 'bash'), '');
  });

  it('is told in a line where the disk is full', { skip: process.platform !== 'linux' && 'needs /dev/full' }, () => {
    assert.match(
      said('>/dev/full || true', ...print),
      /^kcounter_exporter: cannot write the output: ENOSPC: no space left on device, write\n$/,
    );
  });
});
