/** Covers: --user: what the exporter does as root, and what it can do after that. */
import assert from 'node:assert/strict';
import { hashSync } from 'bcryptjs';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { packageRoot } from '../../src/packageRoot.js';
import { RunningExporter, runExporter } from '../support/exporter.js';
import { parseSamples } from '../support/exposition.js';
import { soon, until } from '../support/until.js';

const user = 'nobody';
const isRoot = process.geteuid?.() === 0;

describe('started as root', { skip: isRoot ? false : 'only root can become another user' }, () => {
  let dir: string;
  let uid: number;
  let gid: number;
  const temporary = process.env['TMPDIR'];

  before(() => {
    dir = mkdtempSync(join(tmpdir(), 'kcounter-privilege-'));
    // As /tmp is: everybody may make files, and remove their own.
    chmodSync(dir, 0o1777);
    process.env['TMPDIR'] = dir;
    [uid, gid] = ['-u', '-g'].map((flag) => Number(execFileSync('id', [flag, user], { encoding: 'utf8' }))) as [
      number,
      number,
    ];
  });
  after(() => {
    if (temporary === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = temporary;
    rmSync(dir, { recursive: true });
  });

  it('becomes the user for good, and goes on reading a kernel that the user cannot open', async () => {
    const exporter = await RunningExporter.start('--simulate=amd64-14,cpus=2', `--user=${user}`);
    try {
      assert.match(
        exporter.log,
        new RegExp(`level=info msg=privileges user=${user} uid=${uid} gid=${gid} groups=${gid} kernel=read-only`),
      );
      assert.doesNotMatch(exporter.log, /running as root/);
      const [folder] = readdirSync(dir);
      const image = join(dir, folder!, 'kernel.image');
      chmodSync(image, 0o600);
      assert.notEqual(spawnSync('cat', [image], { uid, gid, stdio: 'ignore' }).status, 0);
      const first = parseSamples(await exporter.metrics());
      let moved = 0;
      const move = async (): Promise<boolean> => {
        const now = [...parseSamples(await exporter.metrics())];
        moved = now.filter(([series, value]) => series.startsWith('freebsd_') && first.get(series) !== value).length;
        return moved > 10;
      };
      await until(move, () => `more than ${moved} move`, 100);
    } finally {
      assert.equal(await exporter.stop(), 0);
    }
    assert.deepEqual(readdirSync(dir), [], 'the simulated kernel is removed');
  });

  it(
    'has no trace of root in what the system shows of it',
    { skip: process.platform !== 'linux' && 'needs /proc' },
    async () => {
      const exporter = await RunningExporter.start('--simulate=amd64-14,cpus=2', `--user=${uid}`, '--group=4242');
      try {
        const status = readFileSync(`/proc/${exporter.pid}/status`, 'utf8');
        assert.match(status, new RegExp(`^Uid:${`\\t${uid}`.repeat(4)}$`, 'm'));
        assert.match(status, new RegExp(`^Gid:${'\\t4242'.repeat(4)}$`, 'm'));
        assert.match(status, /^Groups:\t4242 *$/m);
        assert.match(status, /^CapPrm:\t0+$/m);
        assert.match(status, /^CapEff:\t0+$/m);
        // Each of its threads, too.
        for (const thread of readdirSync(`/proc/${exporter.pid}/task`)) {
          const own = readFileSync(`/proc/${exporter.pid}/task/${thread}/status`, 'utf8');
          assert.match(own, new RegExp(`^Uid:${`\\t${uid}`.repeat(4)}$`, 'm'), `thread ${thread}`);
        }
        // And the simulated kernel's workload, once it has read who to be.
        const [child] = readFileSync(`/proc/${exporter.pid}/task/${exporter.pid}/children`, 'utf8').split(' ');
        const ids = (): string => /^Uid:.*$/m.exec(readFileSync(`/proc/${child}/status`, 'utf8'))![0];
        await until(() => !ids().includes('\t0'), 'it has become somebody', 50);
        assert.equal(ids(), `Uid:${`\t${uid}`.repeat(4)}`);
      } finally {
        assert.equal(await exporter.stop(), 0);
      }
    },
  );

  it('listens on a port below 1024 before that', async () => {
    const port = await freeLowPort();
    const exporter = await RunningExporter.start(
      '--simulate=amd64-14,cpus=2',
      `--user=${user}`,
      `--web.listen-address=127.0.0.1:${port}`,
    );
    try {
      const response = await fetch(`http://127.0.0.1:${port}/metrics`);
      assert.match(await response.text(), /^freebsd_/m);
    } finally {
      assert.equal(await exporter.stop(), 0);
    }
  });

  it('reloads as that user', async () => {
    const exporter = await RunningExporter.start('--simulate=amd64-14,cpus=2', `--user=${user}`);
    try {
      exporter.signal('SIGHUP');
      await until(() => exporter.log.includes('reloaded'), 'a word of the reload', 50);
      // A checkout in root's own folder is not for others to read: then it says so, and goes on.
      const config = join(packageRoot, 'config', 'kcounter.yaml');
      const canRead = spawnSync('cat', [config], { uid, gid, stdio: 'ignore' }).status === 0;
      assert.match(exporter.log, canRead ? /msg="config reloaded"/ : /msg="config not reloaded/);
      assert.match(await exporter.metrics(), /^freebsd_/m);
    } finally {
      assert.equal(await exporter.stop(), 0);
    }
  });

  it('says that it stays root, and how to give it up, where no user is named', async () => {
    const exporter = await RunningExporter.start('--simulate=amd64-14,cpus=2');
    try {
      assert.match(exporter.log, /level=warn msg="running as root and staying so; --user NAME gives it up/);
    } finally {
      assert.equal(await exporter.stop(), 0);
    }
  });

  it('writes the text file as that user', () => {
    const file = join(dir, 'kcounter.prom');
    const { code, stderr } = runExporter('print', '--simulate', `--user=${user}`, `--output.textfile=${file}`);
    assert.equal(code, 0, stderr);
    assert.equal(execFileSync('stat', ['-c', '%u:%g:%a', file], { encoding: 'utf8' }), `${uid}:${gid}:644\n`);
    rmSync(file);
  });

  it('says in a line that the user may not write to the folder', () => {
    const own = join(dir, 'own');
    execFileSync('mkdir', ['-m', '755', own]);
    const file = join(own, 'kcounter.prom');
    const args = ['print', '--simulate', `--user=${user}`, `--output.textfile=${file}`, '--log.level=error'];
    const { code, stderr } = runExporter(...args);
    assert.equal(code, 1);
    assert.equal(stderr, `kcounter_exporter: cannot write ${file}: user ${uid} may not write to the folder ${own}\n`);
  });

  it('needs none of the files that only root can read, as a strict umask leaves them', async () => {
    const own = join(dir, 'package');
    for (const part of ['dist', 'config', 'src/simulator/native', 'node_modules/koffi', 'node_modules/@koromix']) {
      if (!existsSync(join(packageRoot, part))) continue;
      cpSync(join(packageRoot, part), join(own, part), { recursive: true });
    }
    cpSync(join(packageRoot, 'package.json'), join(own, 'package.json'));
    execFileSync('chmod', ['-R', 'go=', own]);
    const config = join(dir, 'config.yaml');
    writeFileSync(config, 'version: 1\npacks: [{pack: tcp, cpu: sum}]\n');
    const web = join(dir, 'web.yml');
    writeFileSync(web, `basic_auth_users: {u: ${hashSync('pw', 5)}}\n`);
    for (const file of [config, web]) chmodSync(file, 0o644);
    const child = spawn(
      process.execPath,
      [
        join(own, 'dist', 'main.js'),
        '--simulate=amd64-14,cpus=2',
        `--user=${user}`,
        `--config.file=${config}`,
        `--web.config.file=${web}`,
        '--web.listen-address=127.0.0.1:0',
      ],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    try {
      let log = '';
      child.stderr.setEncoding('utf8').on('data', (chunk: string) => (log += chunk));
      const logged = async (line: RegExp): Promise<RegExpExecArray> => {
        await until(
          () => line.test(log),
          () => `${line.source} in\n${log}`,
          50,
        );
        return line.exec(log)!;
      };
      const [, url] = await logged(/msg=listening url=(\S+)/);
      const headers = { Authorization: `Basic ${Buffer.from('u:pw').toString('base64')}` };
      for (const path of ['/metrics', '/', '/-/page.js', '/-/page.css', '/-/alerts.json']) {
        assert.equal((await fetch(new URL(path, url), { headers })).status, 200, path);
      }
      child.kill('SIGHUP');
      await logged(/config reloaded/);
      assert.doesNotMatch(log, /level=error/);
    } finally {
      const exit = once(child, 'exit');
      child.kill();
      await soon(exit, 'its end');
    }
    rmSync(own, { recursive: true });
    rmSync(config);
    rmSync(web);
  });

  const wrong: readonly [args: string[], code: number, stderr: string][] = [
    [['--user=no-such-user'], 1, 'there is no user no-such-user; --user takes a name or a number'],
    [
      [`--user=${user}`, '--group=no-such-group'],
      1,
      'there is no group no-such-group; --group takes a name or a number',
    ],
    [['--user=root'], 1, '--user root is root itself; name a user without privileges'],
    [['--user=4242'], 1, 'the group of user 4242 cannot be told, so name it, too, with --group'],
    [[`--group=${user}`], 2, "option '--group <group>' needs --user"],
  ];
  for (const [args, code, stderr] of wrong) {
    it(`ends with ${code} for ${args.join(' ')}`, () => {
      assert.deepEqual(runExporter('--simulate', ...args), {
        code,
        stdout: '',
        stderr: `kcounter_exporter: ${stderr}\n`,
      });
    });
  }
});

describe('started by somebody else', { skip: isRoot ? 'this is root' : false }, () => {
  it('says in a line that only root can become another user', () => {
    assert.deepEqual(runExporter('--simulate', `--user=${user}`), {
      code: 1,
      stdout: '',
      stderr: 'kcounter_exporter: only root can become another user; leave out --user\n',
    });
  });
});

async function freeLowPort(): Promise<number> {
  for (let port = 1023; port > 512; port--) {
    const server = createServer().listen(port, '127.0.0.1');
    const [isFree] = await Promise.race([
      once(server, 'listening').then(() => [true]),
      once(server, 'error').then(() => [false]),
    ]).catch(() => [false]);
    if (isFree !== true) continue;
    server.close();
    await once(server, 'close');
    return port;
  }
  throw new Error('no port below 1024 is free');
}
