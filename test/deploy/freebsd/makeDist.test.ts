/** Covers: make-dist.sh: the package that it makes holds all that the exporter needs, and can be installed without a registry. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { packageRoot, version } from '../../../src/packageRoot.js';
import { skipUnless } from '../../support/programs.js';

/** What the ELF header of a koffi.node says: which system's (9 is FreeBSD) and for which machine. */
const FREEBSD = 9;
const machines = { x64: 0x3e, arm64: 0xb7 };

const here = `${process.platform}-${process.arch}`;

/** It is made of what is committed. */
const skip = existsSync(join(packageRoot, '.git')) ? skipUnless('git') : 'this is no git checkout';

describe('the offline package', { skip }, () => {
  let dir: string;
  let unpacked: string;

  before(() => {
    dir = mkdtempSync(join(tmpdir(), 'kcounter-dist-'));
    // For FreeBSD, as the port's, and for this system, too, so that it can be run here.
    const platforms = ['freebsd-x64', 'freebsd-arm64', here];
    execFileSync(join(packageRoot, 'deploy/freebsd/make-dist.sh'), ['-d', dir, ...platforms], { stdio: 'pipe' });
    execFileSync('tar', ['-xzf', join(dir, `kcounter-exporter-${version}.tgz`), '-C', dir]);
    unpacked = join(dir, 'package');
  });
  after(() => {
    rmSync(dir, { recursive: true });
  });

  for (const [cpu, machine] of Object.entries(machines)) {
    it(`holds koffi's binary for FreeBSD on ${cpu}, on whatever system it was made`, () => {
      const name = `node_modules/@koromix/koffi-freebsd-${cpu}/freebsd_${cpu}/koffi.node`;
      const binary = readFileSync(join(unpacked, name));
      assert.equal(binary.toString('latin1', 1, 4), 'ELF');
      assert.equal(binary[7], FREEBSD);
      assert.equal(binary.readUInt16LE(18), machine);
    });
  }

  it('depends on nothing that it does not hold', () => {
    const manifest = JSON.parse(readFileSync(join(unpacked, 'package.json'), 'utf8')) as {
      dependencies: Record<string, string>;
      optionalDependencies: Record<string, string>;
      bundleDependencies: string[];
    };
    const names = [...Object.keys(manifest.dependencies), ...Object.keys(manifest.optionalDependencies)];
    assert.deepEqual(names, manifest.bundleDependencies);
    for (const name of names) assert.ok(readFileSync(join(unpacked, 'node_modules', name, 'package.json')));
  });

  it('runs from where it was unpacked', () => {
    const main = join(unpacked, 'dist/main.js');
    assert.match(
      execFileSync(process.execPath, [main, '--version'], { encoding: 'utf8' }),
      /revision: [0-9a-f]{12}\)$/m,
    );
    const { status, stdout, stderr } = spawnSync(process.execPath, [main, 'print', '--simulate'], { encoding: 'utf8' });
    assert.equal(status, 0, stderr);
    assert.match(stdout, /^freebsd_vm_/m);
  });

  it('is installed by npm without a registry, and runs by its name', () => {
    const prefix = join(dir, 'prefix');
    const file = join(dir, `kcounter-exporter-${version}.tgz`);
    execFileSync('npm', ['install', '--global', '--offline', '--ignore-scripts', `--prefix=${prefix}`, file], {
      stdio: 'pipe',
    });
    const program = join(prefix, 'bin/kcounter_exporter');
    const { status, stdout, stderr } = spawnSync(program, ['check', '--simulate'], { encoding: 'utf8' });
    assert.equal(status, 0, stderr);
    assert.match(stdout, /^vm_cnt +up {2}by ctf, proof build_id$/m);
  });
});
