/**
 * Covers: release.sh, sbom.js and freebsd/make-dist.sh: the package holds all that the exporter needs, can be installed without a registry, and runs; what
 * is in it is listed.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { packageRoot, version } from '../../src/packageRoot.js';
import { ask } from '../support/clients.js';
import { listening } from '../support/exporter.js';
import { skipUnless } from '../support/programs.js';
import { Machine } from './freebsd/machine.js';

/** What the ELF header of a koffi.node says: which system's (9 is FreeBSD) and for which machine. */
const FREEBSD = 9;
const machines = { x64: 0x3e, arm64: 0xb7 };

/** It is made of what is committed. */
const skip = existsSync(join(packageRoot, '.git')) ? skipUnless('git') : 'this is no git checkout';

const release = join(packageRoot, 'deploy/release.sh');
const name = `kcounter-exporter-${version}`;

describe('a release', { skip }, () => {
  let dir: string;
  let unpacked: string;

  before(() => {
    dir = mkdtempSync(join(tmpdir(), 'kcounter-dist-'));
    execFileSync(release, ['-d', dir, '-t', `v${version}`], { stdio: 'pipe' });
    execFileSync('tar', ['-xzf', join(dir, `${name}.tgz`), '-C', dir]);
    unpacked = join(dir, 'package');
  });
  after(() => {
    rmSync(dir, { recursive: true });
  });

  for (const [cpu, machine] of Object.entries(machines)) {
    it(`holds koffi's binary for FreeBSD on ${cpu}, on whatever system it was made`, () => {
      const file = `node_modules/@koromix/koffi-freebsd-${cpu}/freebsd_${cpu}/koffi.node`;
      const binary = readFileSync(join(unpacked, file));
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

  it('runs from where it was unpacked, and tells the commit that it was made of', () => {
    const main = join(unpacked, 'dist/main.js');
    const commit = execFileSync('git', ['-C', packageRoot, 'rev-parse', '--short=12', 'HEAD'], { encoding: 'utf8' });
    const said = execFileSync(process.execPath, [main, '--version'], { encoding: 'utf8' });
    assert.equal(said.split('\n')[0], `kcounter_exporter, version ${version} (revision: ${commit.trim()})`);
    const { status, stdout, stderr } = spawnSync(process.execPath, [main, 'print', '--simulate'], { encoding: 'utf8' });
    assert.equal(status, 0, stderr);
    assert.match(stdout, /^freebsd_vm_/m);
  });

  it('is made a service by its own install.sh, with no build and no npm', async () => {
    const machine = await Machine.make();
    try {
      const { code, stdout, stderr } = machine.install([], {}, join(unpacked, 'deploy/freebsd/install.sh'));
      assert.deepEqual([code, stderr], [0, '']);
      assert.match(stdout, /answers with \d+ series of the kernel/);
      assert.doesNotMatch(machine.calls.join('\n'), /npm/);
    } finally {
      machine.remove();
    }
  });

  describe('that npm installs without a registry', () => {
    let prefix: string;
    let program: string;

    before(() => {
      prefix = join(dir, 'prefix');
      program = join(prefix, 'bin/kcounter_exporter');
      const words = ['install', '--global', '--offline', `--prefix=${prefix}`];
      execFileSync('npm', [...words, join(dir, `${name}.tgz`)], { stdio: 'pipe' });
    });

    it('runs by its name, and nothing was built for that', () => {
      assert.ok(!existsSync(join(prefix, 'lib/node_modules/kcounter-exporter/node_modules/koffi/build')));
      const { status, stdout, stderr } = spawnSync(program, ['check', '--simulate'], { encoding: 'utf8' });
      assert.equal(status, 0, stderr);
      assert.match(stdout, /^vm_cnt +up {2}by ctf, proof build_id$/m);
    });

    it('serves metrics and pages', async () => {
      const words = ['serve', '--simulate', '--web.listen-address=127.0.0.1:0'];
      const child = spawn(program, words, { stdio: ['ignore', 'ignore', 'pipe'] });
      try {
        const metrics = await listening(child);
        for (const [path, expected] of [
          ['/metrics', /^freebsd_vm_/m],
          ['/', /<html/],
          ['/symbols', /vm_cnt/],
          ['/-/page.js', /./],
        ] as const) {
          const answer = await ask(new URL(path, metrics).href);
          assert.equal(answer?.status, 200, path);
          assert.match(answer.body, expected, path);
        }
      } finally {
        child.kill();
      }
    });

    it('brings its manual pages, configs, licences, and what FreeBSD and Prometheus want', () => {
      for (const page of ['man5/kcounter.yaml.5', 'man8/kcounter_exporter.8']) {
        assert.match(readFileSync(join(prefix, 'share/man', page), 'utf8'), /^\.Dt /m);
      }
      const files = ['LICENSE', 'CHANGELOG.md', 'README.md', 'config/kcounter.yaml', 'config/packs/tcp.yaml'];
      const deployed = ['freebsd/install.sh', 'prometheus/alerts.rules.yml', 'grafana/README.md'];
      for (const file of [...files, 'dist/THIRD_PARTY_NOTICES.txt', ...deployed.map((file) => `deploy/${file}`)]) {
        assert.ok(existsSync(join(prefix, 'lib/node_modules/kcounter-exporter', file)), file);
      }
    });

    it('takes less than 30 MB', () => {
      const [kilobytes] = execFileSync('du', ['-sk', prefix], { encoding: 'utf8' }).split('\t');
      assert.ok(Number(kilobytes) < 30_000, kilobytes);
    });
  });

  it('has checksums that are right', () => {
    execFileSync('sha256sum', ['-c', 'SHA256SUMS'], { cwd: dir, stdio: 'pipe' });
    const named = readFileSync(join(dir, 'SHA256SUMS'), 'utf8').match(/\S+$/gm);
    assert.deepEqual(named, [`${name}.tgz`, `${name}.cdx.json`]);
  });

  it('lists what is in the package, bundled or carried, and nothing else', () => {
    const bom = JSON.parse(readFileSync(join(dir, `${name}.cdx.json`), 'utf8')) as Bom;
    assert.equal(bom.bomFormat, 'CycloneDX');
    assert.deepEqual(bom.metadata.component.purl, `pkg:npm/kcounter-exporter@${version}`);
    assert.equal(bom.metadata.component.name, 'kcounter-exporter');
    const names = bom.components.map((component) => component.name);
    for (const part of [
      'express',
      'zod',
      'vary',
      'koffi',
      '@koromix/koffi-freebsd-x64',
      '@koromix/koffi-freebsd-arm64',
    ]) {
      assert.ok(names.includes(part), part);
    }
    for (const part of ['typescript', 'esbuild', 'body-parser', '@koromix/koffi-win32-x64']) {
      assert.ok(!names.includes(part), part);
    }
    for (const { purl, licenses, hashes, scope } of bom.components) {
      assert.ok(purl.startsWith('pkg:npm/') && licenses.length > 0 && hashes.length > 0 && scope === 'required', purl);
    }
    const refs = [bom.metadata.component, ...bom.components].map((component) => component['bom-ref']);
    assert.deepEqual(bom.dependencies.map(({ ref }) => ref).sort(), refs.sort());
    for (const other of bom.dependencies.flatMap(({ dependsOn }) => dependsOn)) assert.ok(refs.includes(other), other);
  });

  it('is refused for a tag that is of another version', () => {
    const { status, stderr } = spawnSync(release, ['-d', dir, '-t', 'v99.0.0'], { encoding: 'utf8' });
    assert.equal(status, 1);
    assert.equal(stderr, `release.sh: the tag is v99.0.0, but this is version ${version}\n`);
  });
});

interface Component {
  readonly 'bom-ref': string;
  readonly name: string;
  readonly purl: string;
  readonly scope: string;
  readonly licenses: readonly object[];
  readonly hashes: readonly object[];
}

/** Of CycloneDX's format, what is looked at here. */
interface Bom {
  readonly bomFormat: string;
  readonly metadata: { readonly component: Component };
  readonly components: readonly Component[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}
