/** Covers: port/sysutils/kcounter_exporter/files/kcounter_exporter.in, the rc.d script: what it runs, and the service that it starts. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { packageRoot } from '../../../src/packageRoot.js';
import { ask } from '../../support/clients.js';
import { until } from '../../support/until.js';
import { Service, user } from './service.js';

const group = execFileSync('id', ['-gn', user], { encoding: 'utf8' }).trim();

describe('the rc.d script', () => {
  let service: Service;

  before(() => {
    service = new Service();
  });
  after(() => {
    service.remove();
  });

  /** What daemon(8) is to run. */
  function command(): string[] {
    return service.words('daemon')!.slice('-c -f -P x -p x -R 5 -S -T x -l x -s x'.split(' ').length);
  }

  it('starts the exporter as root under daemon(8), which starts it anew, and gives it a user to become', () => {
    assert.deepEqual(service.run('start'), { code: 0, stdout: 'Starting kcounter_exporter.\n', stderr: '' });
    const supervisor = ['-P', service.pidfile, '-p', service.childPidfile, '-R', '5'];
    const log = ['-S', '-T', 'kcounter_exporter', '-l', 'daemon', '-s', 'info'];
    const node = [service.node, '--max-semi-space-size=1', '--v8-pool-size=1', service.main];
    const serve = ['serve', `--user=${user}`, `--group=${group}`, `--config.file=${service.config}`];
    assert.deepEqual(service.words('daemon'), [
      ...['-c', '-f', ...supervisor, ...log],
      ...[...node, ...serve, '--log.level=info'],
    ]);
  });

  it('runs the exporter with the flags of npm start', () => {
    const { scripts } = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as {
      scripts: { start: string };
    };
    service.run('start');
    const words = command();
    const said = ['exec node', ...words.slice(1, words.indexOf(service.main)), 'dist/main.js'].join(' ');
    assert.ok(scripts.start.endsWith(said), scripts.start);
  });

  it('does nothing where it is not enabled, except when it is told to', () => {
    for (const enable of ['NO', '']) {
      const { code, stdout } = service.run('start', { enable });
      assert.equal(code, 0);
      assert.match(stdout, /^Cannot 'start' kcounter_exporter\. Set kcounter_exporter_enable to YES/);
      assert.equal(service.words('daemon'), undefined);
    }
    service.run('onestart', { enable: 'NO' });
    assert.ok(service.words('daemon'));
  });

  it('keeps words of args, and a path, that have spaces in them', () => {
    const config = join(service.dir, 'of mine', 'kcounter.yaml');
    mkdirSync(join(service.dir, 'of mine'));
    writeFileSync(config, 'version: 1\npacks: [tcp]\n');
    const args = `--web.listen-address=":9970" --web.config.file '/etc/of mine/web.yml'`;
    const { code, stderr } = service.run('start', { config, args, loglevel: 'debug' });
    assert.equal(code, 0, stderr);
    assert.deepEqual(command().slice(-5), [
      `--config.file=${config}`,
      '--log.level=debug',
      '--web.listen-address=:9970',
      '--web.config.file',
      '/etc/of mine/web.yml',
    ]);
  });

  it('leaves out flags that another runtime does not know', () => {
    const bun = join(service.prefix, 'bin/bun');
    writeFileSync(bun, `#!/bin/sh\nexec "${process.execPath}" "$@"\n`, { mode: 0o755 });
    assert.equal(service.run('start', { node: bun }).code, 0);
    assert.deepEqual(command().slice(0, 3), [bun, service.main, 'serve']);
  });

  it('tests the config as the user who will read it again, and in no other group', () => {
    const { code, stdout, stderr } = service.run('configtest');
    assert.deepEqual(service.words('chroot'), [`-u ${user}`, `-g ${group}`, `-G ${group}`]);
    assert.deepEqual([code, stderr], [0, '']);
    assert.match(stdout, /kcounter\.yaml: good, 9 entries/);
  });

  const bad: readonly [what: string, variables: Record<string, string>, stderr: RegExp][] = [
    ['a config that is bad', { config: '/dev/null' }, /\/dev\/null:.*\n.*the config is not good; nothing was/s],
    ['a config that is not there', { config: '/nonexistent.yaml' }, /^\/nonexistent\.yaml: no such file\n/],
    ['no such user', { user: 'no-such-user' }, /there is no user no-such-user \(kcounter_exporter_user\)/],
    ['no such runtime', { node: '/nonexistent/node' }, /cannot run \/nonexistent\/node \(kcounter_exporter_node\)/],
  ];
  for (const [what, variables, expected] of bad) {
    it(`refuses to start with ${what}, and says so`, () => {
      const { code, stderr } = service.run('start', variables);
      assert.equal(code, 1);
      assert.match(stderr, expected);
      assert.equal(service.words('daemon'), undefined);
    });
  }

  it('says in a line that nothing runs', () => {
    assert.deepEqual(service.run('status'), { code: 1, stdout: 'kcounter_exporter is not running.\n', stderr: '' });
    const { code, stderr } = service.run('reload');
    assert.equal(code, 1);
    assert.match(stderr, /kcounter_exporter is not running \(see .*kcounter_exporter\.child\.pid\)/);
  });
});

const isRoot = process.geteuid?.() === 0;

describe('the service that it starts', { skip: isRoot ? false : 'only root can become another user' }, () => {
  let service: Service;
  let socketPath: string;
  let variables: Record<string, string>;
  const entry = (symbol: string): string =>
    `  - { symbol: ${symbol}, metric: ${symbol}_total, type: counter, help: ${symbol} }\n`;

  before(() => {
    service = new Service();
    writeFileSync(service.config, `version: 1\ncounters:\n${entry('numneghits')}`);
    const folder = join(service.dir, 'a folder');
    mkdirSync(folder);
    socketPath = join(folder, 'exporter.sock');
    variables = { args: `--simulate=amd64-14,cpus=2 --web.listen-address="unix:${socketPath}"` };
  });
  after(() => {
    service.run('stop', variables);
    service.remove();
  });

  const metrics = async (): Promise<string> => (await ask('http://localhost/metrics', { socketPath }))?.body ?? '';
  const pidIn = (file: string): number => Number(readFileSync(file, 'utf8'));

  /** Waits until a scrape has this in it. */
  async function scrapeWith(expected: RegExp): Promise<void> {
    await until(
      async () => expected.test(await metrics()),
      () => `${expected.source} in a scrape: ${service.output}`,
      50,
    );
  }

  it('answers scrapes as a user without privileges', async () => {
    assert.equal(service.run('start', variables, true).code, 0);
    await scrapeWith(/^freebsd_numneghits_total \d+$/m);
    assert.match(service.output, new RegExp(`msg=privileges user=${user} `));
    const pid = pidIn(service.childPidfile);
    assert.deepEqual(service.run('status', variables), {
      code: 0,
      stdout: `kcounter_exporter is running as pid ${pid}, under daemon(8) as pid ${pidIn(service.pidfile)}.\n`,
      stderr: '',
    });
  });

  it('is not started a second time', () => {
    const { code, stderr } = service.run('start', variables);
    assert.equal(code, 1);
    assert.match(stderr, /already running\? \(pid=\d+\)/);
  });

  it('takes in a changed config without a restart', async () => {
    const pid = pidIn(service.childPidfile);
    writeFileSync(service.config, `version: 1\ncounters:\n${entry('numneghits')}${entry('dothits')}`);
    assert.deepEqual(service.run('reload', variables), {
      code: 0,
      stdout: 'Reloading kcounter_exporter.\n',
      stderr: '',
    });
    await scrapeWith(/^freebsd_dothits_total \d+$/m);
    assert.equal(pidIn(service.childPidfile), pid);
  });

  it('goes on when reload and restart are asked for with a config that is bad', async () => {
    const pid = pidIn(service.childPidfile);
    writeFileSync(service.config, 'version: 1\npacks: [tpc]\n');
    for (const command of ['reload', 'restart']) {
      const { code, stdout, stderr } = service.run(command, variables, true);
      assert.deepEqual([code, stdout], [1, '']);
      assert.match(stderr, /found the text `tpc`.*nothing was started, stopped or reloaded/s);
    }
    assert.equal(pidIn(service.childPidfile), pid);
    assert.doesNotMatch(service.output, /msg=stopping|config not reloaded/);
    assert.match(await metrics(), /^freebsd_dothits_total \d+$/m);
  });

  it('is another process after a restart', async () => {
    const pid = pidIn(service.childPidfile);
    writeFileSync(service.config, `version: 1\ncounters:\n${entry('numneghits')}`);
    assert.equal(service.run('restart', variables, true).code, 0);
    await scrapeWith(/^freebsd_numneghits_total \d+$/m);
    assert.notEqual(pidIn(service.childPidfile), pid);
    assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' });
  });

  it('does not pass for running while only its supervisor does', async () => {
    process.kill(pidIn(service.childPidfile), 'SIGKILL');
    await until(() => service.run('status', variables).code !== 0, 'its end is seen', 50);
    const { code, stdout } = service.run('status', variables);
    assert.equal(code, 1);
    assert.match(stdout, /is not running: it ended, and daemon\(8\), pid \d+, starts it every 5 s\.\n$/);
  });

  it('stops, and the exporter has ended by then', async () => {
    service.run('stop', variables);
    assert.equal(service.run('start', variables, true).code, 0);
    await scrapeWith(/^freebsd_/m);
    const pid = pidIn(service.childPidfile);
    assert.deepEqual(service.run('stop', variables), { code: 0, stdout: 'Stopping kcounter_exporter.\n', stderr: '' });
    assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' });
    assert.equal(service.run('status', variables).code, 1);
  });
});
