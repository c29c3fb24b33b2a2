/** Covers: install.sh on a made-up machine; and that shellcheck finds no fault in any of the shell scripts. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  accessSync,
  appendFileSync,
  constants,
  cpSync,
  mkdirSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { isInRange, rangeText } from '../../../src/nodeRange.js';
import { packageRoot, version } from '../../../src/packageRoot.js';
import { engines, versionsToTry } from '../../support/engines.js';
import { skipUnless } from '../../support/programs.js';
import { Machine } from './machine.js';

const config = 'etc/kcounter_exporter/kcounter.yaml';
const rc = 'etc/rc.d/kcounter_exporter';
const smoke = 'test/deploy/freebsd/smoke.sh';
const rcScript = 'deploy/freebsd/port/sysutils/kcounter_exporter/files/kcounter_exporter.in';

describe('install.sh', () => {
  let machine: Machine;

  beforeEach(async () => {
    machine = await Machine.make();
  });
  afterEach(() => {
    machine.remove();
  });

  /** Runs it to a good end. */
  function install(...words: readonly string[]): string {
    const { code, stdout, stderr } = machine.install(words);
    assert.deepEqual([code, stderr], [0, '']);
    return stdout;
  }

  it('brings a fresh machine to a service that answers, and says so', () => {
    const said = install();
    assert.deepEqual(machine.calls, [
      'pkg install -y node24',
      'pw useradd kcounter -c kcounter_exporter (install.sh) -d /nonexistent -s /usr/sbin/nologin',
      'newsyslog -CN',
      'service syslogd reload',
      'sysrc kcounter_exporter_enable=YES',
      'service kcounter_exporter start',
    ]);
    assert.match(said, /^http:\/\/localhost:9969\/metrics answers with 3\d\d series of the kernel, such as:$/m);
    assert.match(said, /^freebsd_\w+(\{.*\})? \d+$/m);
    assert.doesNotMatch(machine.read(rc), /%%/);
    assert.match(
      machine.read(rc),
      new RegExp(`main="${machine.prefix}/lib/node_modules/kcounter-exporter/dist/main.js"`),
    );
    accessSync(machine.path(rc), constants.X_OK);
    assert.equal(machine.read(config), machine.read(`${config}.sample`));
    for (const file of ['docs/troubleshooting.md', 'README.md', 'CHANGELOG.md'])
      assert.equal(
        machine.read(`lib/node_modules/kcounter-exporter/${file}`),
        readFileSync(join(packageRoot, file), 'utf8'),
      );
    const { stdout } = spawnSync(machine.path('bin/kcounter_exporter'), ['--version'], { encoding: 'utf8' });
    assert.ok(stdout.startsWith(`kcounter_exporter, version ${version}`), stdout);
  });

  it('lets the user that the exporter becomes read all of it, and write nothing', () => {
    const before = process.umask(0o077);
    try {
      install();
    } finally {
      process.umask(before);
    }
    const installed = Object.keys(machine.tree()).filter((name) => name.includes('kcounter'));
    for (const name of installed.filter((name) => name !== rc && !name.includes('/build'))) {
      const { mode } = statSync(machine.path(name));
      assert.equal(mode & 0o044, 0o044, name);
      assert.equal(mode & 0o022, 0, name);
    }
  });

  it('changes nothing when it is run again', () => {
    install();
    const tree = machine.tree();
    install();
    assert.deepEqual(machine.calls, []);
    assert.deepEqual(machine.tree(), tree);
  });

  it('repairs what is not as it should be, and restarts the service for that', () => {
    install();
    const tree = machine.tree();
    const pack = 'lib/node_modules/kcounter-exporter/config/packs/tcp.yaml';
    appendFileSync(machine.path(pack), '# edited\n');
    writeFileSync(machine.path('lib/node_modules/kcounter-exporter/config/packs/old.yaml'), 'version: 1\n');
    install();
    assert.deepEqual(machine.calls, ['service kcounter_exporter restart']);
    assert.deepEqual(Object.keys(machine.tree()), Object.keys(tree));
    assert.doesNotMatch(machine.read(pack), /edited/);
  });

  it('leaves an edited config alone, and a service that is switched off', () => {
    install();
    writeFileSync(machine.path(config), 'version: 1\npacks: [tcp, vm, udp]\n');
    machine.setRcConf('kcounter_exporter_enable=NO');
    const said = install();
    assert.equal(said, 'kcounter_exporter_enable is NO, so it was not started.\n');
    assert.deepEqual(machine.calls, []);
    assert.equal(machine.read(config), 'version: 1\npacks: [tcp, vm, udp]\n');
  });

  it('takes a newer sample for a config that never was edited', () => {
    install();
    for (const name of [config, `${config}.sample`]) writeFileSync(machine.path(name), 'version: 1\npacks: [tcp]\n');
    install();
    assert.deepEqual(machine.calls, ['service kcounter_exporter restart']);
    assert.match(machine.read(config), /pack: interfaces/);
  });

  it('fails where a symbol of the config cannot be read, and names it', () => {
    install();
    const missing = '{ symbol: no_such, metric: no_such_total, type: counter, help: Nothing. }';
    writeFileSync(machine.path(config), `version: 1\npacks: [vm]\ncounters: [${missing}]\n`);
    const { code, stdout, stderr } = machine.install();
    assert.equal(code, 1);
    assert.match(stdout, /^kcounter_exporter_symbol_up\{symbol="no_such",optional="false"\} 0$/m);
    assert.match(stderr, /these symbols of the config could not be read/);
  });

  it('is undone by --uninstall, which leaves the machine as it was', () => {
    const before = machine.tree();
    install();
    install('--uninstall');
    assert.deepEqual(machine.calls, [
      'service kcounter_exporter stop',
      'sysrc -x kcounter_exporter_enable',
      'service syslogd reload',
      'pw userdel kcounter',
    ]);
    assert.deepEqual(machine.tree(), before);
    assert.deepEqual(machine.rcConf, []);
    install('--uninstall');
    assert.deepEqual(machine.calls, []);
  });

  it('is undone by the copy that it installed, too', () => {
    const before = machine.tree();
    install();
    const copy = machine.path('lib/node_modules/kcounter-exporter/deploy/freebsd/install.sh');
    assert.equal(machine.install(['--uninstall'], {}, copy).code, 0);
    assert.deepEqual(machine.tree(), before);
  });

  it('keeps an edited config at --uninstall unless it is told to --purge', () => {
    const before = machine.tree();
    install();
    appendFileSync(machine.path(config), '# mine\n');
    assert.match(install('--uninstall'), /kcounter\.yaml was edited and stays; --purge would remove it\.\n$/);
    assert.match(machine.read(config), /# mine\n$/);
    install('--uninstall', '--purge');
    assert.deepEqual(machine.tree(), before);
  });

  it('never removes a user whom it did not make', () => {
    machine.addUser('kcounter:*:1001:1001::0:0:Somebody:/home/kcounter:/bin/sh');
    install();
    install('--uninstall');
    assert.ok(!machine.calls.some((call) => call.startsWith('pw')), machine.calls.join('\n'));
  });

  it('only prints with --dry-run', () => {
    const before = machine.tree();
    const said = install('--dry-run');
    for (const command of [
      'pkg install -y node24',
      'pw useradd kcounter',
      `mv ${machine.path('lib')}`,
      'sysrc kcounter',
    ]) {
      assert.ok(
        said.split('\n').some((line) => line.startsWith(command)),
        command,
      );
    }
    assert.deepEqual(machine.calls, []);
    assert.deepEqual(machine.tree(), before);
    install();
    const installed = machine.tree();
    assert.match(install('--uninstall', '--dry-run'), /^rm .*kcounter\.yaml$/m);
    assert.deepEqual(machine.calls, []);
    assert.deepEqual(machine.tree(), installed);
  });

  it('builds a checkout that is newer than what was built of it', () => {
    const checkout = machine.path('checkout');
    for (const folder of ['deploy', 'config']) {
      cpSync(join(packageRoot, folder), join(checkout, folder), { recursive: true });
    }
    for (const folder of ['src', 'dist', 'node_modules/koffi']) mkdirSync(join(checkout, folder), { recursive: true });
    for (const file of ['bundle.js', 'package-lock.json', 'src/main.ts', 'dist/main.js']) {
      writeFileSync(join(checkout, file), '');
      utimesSync(join(checkout, file), 1_700_000_000, 1_700_000_000);
    }
    const script = join(checkout, 'deploy/freebsd/install.sh');
    utimesSync(join(checkout, 'src'), 1_600_000_000, 1_600_000_000);
    assert.doesNotMatch(machine.install(['--dry-run'], {}, script).stdout, /npm/);
    utimesSync(join(checkout, 'src/main.ts'), 1_800_000_000, 1_800_000_000);
    const { code, stdout } = machine.install(['--dry-run'], {}, script);
    assert.equal(code, 0);
    assert.match(stdout, /^pkg install -y npm-node24\ncd .*\/checkout && npm ci$/m);
  });

  it('fetches koffi, and builds nothing, for a package that does not carry it', () => {
    const unpacked = machine.path('package');
    for (const folder of ['deploy', 'config', 'dist']) {
      cpSync(join(packageRoot, folder), join(unpacked, folder), { recursive: true });
    }
    const script = join(unpacked, 'deploy/freebsd/install.sh');
    const { code, stdout } = machine.install(['--dry-run'], {}, script);
    assert.equal(code, 0);
    assert.match(
      stdout,
      /^pkg install -y npm-node24\ncd .*\/package && npm install --omit=dev --ignore-scripts --no-package-lock$/m,
    );
    mkdirSync(join(unpacked, 'node_modules/koffi'), { recursive: true });
    assert.doesNotMatch(machine.install(['--dry-run'], {}, script).stdout, /npm/);
  });

  for (const version of versionsToTry) {
    const runs = isInRange(version, engines);
    it(`${runs ? 'takes' : 'refuses'} Node.js ${version}, as package.json says`, () => {
      machine.addNode(version);
      const before = machine.tree();
      const { code, stderr } = machine.install(['--dry-run']);
      assert.equal(code, runs ? 0 : 1);
      const words = `is v${version}, and ${rangeText(engines)} is needed; pkg install node24\n`;
      assert.ok(runs ? stderr === '' : stderr.endsWith(words), stderr);
      assert.deepEqual(machine.calls, []);
      assert.deepEqual(machine.tree(), before);
    });
  }

  const refused: readonly [what: string, words: string[], environment: Record<string, string>, expected: RegExp][] = [
    ['another system', [], { MACHINE_SYSTEM: 'Linux' }, /this is for FreeBSD/],
    ['another user than root', [], { MACHINE_UID: '1001' }, /has to be run as root/],
    ['a word it does not know', ['--unistall'], {}, /^usage: install\.sh/],
    ['--purge alone', ['--purge'], {}, /^usage: install\.sh/],
  ];
  for (const [what, words, environment, expected] of refused) {
    it(`refuses ${what}, and does nothing`, () => {
      const before = machine.tree();
      const { code, stderr } = machine.install(words, environment);
      assert.notEqual(code, 0);
      assert.match(stderr, expected);
      assert.deepEqual(machine.calls, []);
      assert.deepEqual(machine.tree(), before);
    });
  }
});

describe('the shell scripts', { skip: skipUnless('shellcheck') }, () => {
  const stubs = ['rc.subr', 'daemon', 'chroot', 'machine'].map((name) => `test/deploy/freebsd/stubs/${name}`);
  const shipped = ['deploy/release.sh', 'deploy/freebsd/install.sh', 'deploy/freebsd/make-dist.sh'];
  for (const script of [...shipped, rcScript, smoke, ...stubs]) {
    it(`have no fault that shellcheck finds: ${script}`, () => {
      const { status, stdout } = spawnSync('shellcheck', [script], { encoding: 'utf8', cwd: packageRoot });
      assert.equal(stdout, '');
      assert.equal(status, 0);
    });
  }
});
