/** Covers: the commands serve, print and check as their users run them, and what they say about bad input. */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { packageRoot } from '../../src/packageRoot.js';
import { RunningExporter, runExporter } from '../support/exporter.js';
import { soon, until } from '../support/until.js';
import { firstOf } from '../support/clients.js';
import { assertMoving, MOVING } from '../support/movingCounters.js';
import { skipUnless } from '../support/programs.js';

const dir = mkdtempSync(join(tmpdir(), 'kcounter-e2e-'));
after(() => {
  rmSync(dir, { recursive: true });
});

function configFile(name: string, text: string): string {
  const path = join(dir, name);
  writeFileSync(path, text);
  return path;
}

describe('serve', () => {
  it('publishes moving counters whose parts add up', async () => {
    const config = configFile('both.yaml', MOVING);
    const exporter = await RunningExporter.start('--simulate=arm64-15,cpus=64', `--config.file=${config}`);
    try {
      await assertMoving(() => exporter.metrics(), 64);
    } finally {
      assert.equal(await exporter.stop(), 0);
    }
  });

  it('says in its metrics and on its page that the kernel is simulated, and which reader it took', async () => {
    const exporter = await RunningExporter.start('--simulate=arm64-14,cpus=2');
    try {
      const text = await exporter.metrics();
      assert.match(
        text,
        /^kcounter_exporter_kernel_info\{kernel="simulated",release="14\.0-CURRENT",.*machine="aarch64"\} 1$/m,
      );
      assert.match(
        text,
        /^kcounter_exporter_reader_info\{reader="direct",reason="only it agrees with vm\.stats\.sys\.v_swtch"\} 1$/m,
      );
      assert.match(exporter.log, /reader=direct reason="only it agrees/);
      const page = await (await fetch(new URL('/', exporter.url))).text();
      assert.match(page, /This kernel is simulated/);
    } finally {
      assert.equal(await exporter.stop('SIGINT'), 0);
    }
  });

  it('reads on its own where the config has an interval, and tells the age of what it shows', async () => {
    const config = configFile(
      'loop.yaml',
      'version: 1\nscrape: {interval: 300ms}\ncounters: [{symbol: dothits, metric: hits_total, help: H., type: counter}]\n',
    );
    const exporter = await RunningExporter.start('--simulate=amd64-14,cpus=2', `--config.file=${config}`);
    try {
      let text = await exporter.metrics();
      const readsIn = (): number => Number(/^kcounter_exporter_kernel_reads_total (\d+)$/m.exec(text)?.[1]);
      let more = 0;
      const readsMore = async (): Promise<boolean> => {
        const before = readsIn();
        await sleep(1000);
        text = await exporter.metrics();
        more = readsIn() - before;
        return more >= 2;
      };
      await until(readsMore, () => `${more} reads between two scrapes`);
      const age = Number(/^kcounter_exporter_snapshot_age_seconds ([\d.]+)$/m.exec(text)?.[1]);
      assert.ok(age > 0 && age < 60, `${age} s`);
    } finally {
      assert.equal(await exporter.stop(), 0);
    }
  });

  it('leaves out what cannot be read, with a gauge at 0 and one line in the log', async () => {
    const config = configFile(
      'partial.yaml',
      `version: 1
counters:
  - {symbol: dothits, metric: hits_total, help: H., type: counter}
  - {symbol: no_such_symbol, metric: missing_total, help: H., type: counter}
  - {symbol: sim_null, metric: null_total, help: H., type: counter}
`,
    );
    const exporter = await RunningExporter.start('--simulate', `--config.file=${config}`);
    try {
      for (let scrape = 0; scrape < 3; scrape++) {
        const text = await exporter.metrics();
        assert.doesNotMatch(text, /missing_total|null_total/);
        assert.match(text, /^freebsd_hits_total \d+$/m);
        assert.match(text, /^kcounter_exporter_symbol_up\{symbol="no_such_symbol",optional="false"\} 0$/m);
        assert.match(text, /^kcounter_exporter_symbol_up\{symbol="sim_null",optional="false"\} 0$/m);
        assert.match(text, /^kcounter_exporter_symbol_up\{symbol="dothits",optional="false"\} 1$/m);
      }
      assert.equal(exporter.log.match(/symbol=no_such_symbol/g)?.length, 1);
      assert.equal(exporter.log.match(/symbol=sim_null/g)?.length, 1);
      assert.doesNotMatch(exporter.log, /0x[0-9a-f]{6}/i);
    } finally {
      assert.equal(await exporter.stop(), 0);
    }
  });
});

describe('print', () => {
  it('prints one scrape that promtool has nothing against', { skip: skipUnless('promtool') }, () => {
    const { code, stdout } = runExporter('print', '--simulate=amd64-14,cpus=3,counters=100');
    assert.equal(code, 0);
    assert.match(stdout, /^freebsd_sim_99_per_cpu_total\{cpu="2"\} \d+$/m);
    assert.equal(execFileSync('promtool', ['check', 'metrics'], { input: stdout, encoding: 'utf8' }), '');
  });
});

describe('check', () => {
  it('finds the default config good', () => {
    assert.equal(runExporter('check').code, 0);
  });

  it('ends with 1 where a symbol that is not optional cannot be read, and shows all', () => {
    const config = configFile(
      'missing.yaml',
      `version: 1
counters:
  - {symbol: dothits, metric: hits_total, help: H., type: counter}
  - {symbol: no_such_symbol, metric: missing_total, help: H., type: counter}
  - {symbol: other_symbol, metric: other_total, help: H., type: counter, optional: true}
`,
    );
    const { code, stdout, stderr } = runExporter('check', '--symbols', '--simulate', `--config.file=${config}`);
    assert.equal(code, 1);
    assert.match(stdout, /^dothits +up {2}by offsets, proof types$/m);
    assert.match(stdout, /^no_such_symbol +down {2}no loaded file has this symbol$/m);
    assert.match(stderr, /^kcounter_exporter: 1 of 3 symbols cannot be read: no_such_symbol; /);
  });
});

describe('bad input', () => {
  it('is told in a line for each place, with exit code 1: of configs', () => {
    const large = configFile('large.yaml', 'version: 1\n');
    truncateSync(large, 50_000_000);
    const levels = Array.from({ length: 30 }, (_, n) => `a${n + 1}: &a${n + 1} [*a${n}, *a${n}, *a${n}, *a${n}]`);
    const files = [
      configFile('key.yaml', 'version: 1\ncounters:\n  - {symbl: dothits, metric: x, help: H.}\n'),
      configFile('type.yaml', 'version: 1\ncounters:\n  - {symbol: dothits, metric: x, help: H., cpu: 3}\n'),
      configFile(
        'twice.yaml',
        'version: 1\ncounters:\n  - {symbol: a, metric: x, help: H.}\n  - {symbol: b, metric: x, help: H.}\n',
      ),
      configFile('empty.yaml', ''),
      large,
      configFile('bomb.yaml', `a0: &a0 [x]\n${levels.join('\n')}\n`),
    ];
    const { code, stderr } = runExporter('check', ...files.map((file) => `--config.file=${file}`));
    assert.equal(code, 1, stderr);
    for (const message of [
      /key\.yaml:3:6: .*symbl.*did you mean `symbol`/,
      /type\.yaml:3:49: .*cpu.*`sum`, `per_cpu`, `both` or `spread`/,
      /twice\.yaml:4:\d+: .*freebsd_x.*twice\.yaml:3:\d+/,
      /empty\.yaml:1:1: .*empty/,
      /large\.yaml.*50000000 bytes/,
      /bomb\.yaml:\d+:\d+: .*alias/,
    ])
      assert.match(stderr, message);
    assert.doesNotMatch(stderr, /\n\s+at /, 'no stack trace');
  });

  /** One line that says what and how to mend it, and an exit code. */
  const cases: readonly { what: string; args: () => string[]; code: number; stderr: RegExp }[] = [
    {
      what: 'a config that is not there',
      args: () => ['print', '--simulate', `--config.file=${join(dir, 'nowhere.yaml')}`],
      code: 1,
      stderr: /nowhere\.yaml.*no such file/i,
    },
    {
      what: 'a kernel that is none',
      args: () => ['print'],
      code: 1,
      stderr:
        /^kcounter_exporter: this is \w+, and only FreeBSD has a kernel to read; "npm run demo" \(--simulate\) reads a simulated one, and --kvm\.core=FILE a crash dump\n$/,
    },
    {
      what: 'an unknown profile',
      args: () => ['print', '--simulate=amd64-41'],
      code: 2,
      stderr: /unknown profile "amd64-41" \(did you mean "amd64-14"\?\)/,
    },
    {
      what: 'a misspelt flag',
      args: () => ['serve', '--web.listen-adress=:1'],
      code: 2,
      stderr:
        /^kcounter_exporter: unknown option '--web\.listen-adress=:1' \(did you mean --web\.listen-address\?\)\n$/,
    },
    {
      what: 'half a flag',
      args: () => ['check', '--config=my.yaml'],
      code: 2,
      stderr:
        /^kcounter_exporter: unknown option '--config=my\.yaml' \(did you mean --config\.file or --config\.strict\?\)\n$/,
    },
    {
      what: 'a config without its flag',
      args: () => ['check', 'my.yaml'],
      code: 2,
      stderr: /too many arguments for 'check'\..* \(--config\.file FILE names a config\)\n$/,
    },
    {
      what: 'a word too many where there are no configs',
      args: () => ['metrics', 'tcp', 'udp'],
      code: 2,
      stderr: /too many arguments for 'metrics'\. Expected 1 argument but got 2\.\n$/,
    },
    {
      what: 'a bad address',
      args: () => ['serve', '--web.listen-address=9969'],
      code: 2,
      stderr: /"9969" is not HOST:PORT/,
    },
  ];
  for (const { what, args, code, stderr } of cases) {
    it(
      `is told in a line, with exit code ${code}: ${what}`,
      { skip: what === 'a kernel that is none' && process.platform === 'freebsd' ? 'this is FreeBSD' : false },
      () => {
        const result = runExporter(...args());
        assert.match(result.stderr, stderr);
        assert.equal(result.code, code, result.stderr);
        assert.doesNotMatch(result.stderr, /\n\s+at /, 'no stack trace');
      },
    );
  }

  it('is told in a line, with exit code 1, before the kernel is opened: a port in use', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    const { code, stdout, stderr } = runExporter('--kvm.core=/nowhere', `--web.listen-address=127.0.0.1:${port}`);
    server.close();
    assert.equal(code, 1);
    assert.match(
      stderr,
      new RegExp(
        `^kcounter_exporter: cannot listen on 127\\.0\\.0\\.1:${port}: the port is in use; choose another with --web\\.listen-address=127\\.0\\.0\\.1:\\d+\\n$`,
      ),
    );
    assert.equal(stdout, '');
  });

  it('is told a bad config, and nothing else, where a kernel would be simulated', () => {
    const { code, stdout } = runExporter(
      '--simulate',
      '--web.listen-address=127.0.0.1:0',
      '--config.file=/nowhere.yaml',
    );
    assert.deepEqual([code, stdout], [1, '']);
  });

  it('tells first where the page of a simulated kernel is', async () => {
    const main = join(packageRoot, 'dist', 'main.js');
    const command = `exec "${process.execPath}" "${main}" --simulate --web.listen-address=127.0.0.1:0 2>&1`;
    const child = spawn('sh', ['-c', command], { stdio: ['ignore', 'pipe', 'ignore'] });
    const first = await firstOf(child.stdout);
    const [line, url] = /^(\S+) shows a simulated kernel; Ctrl-C ends it\n/.exec(first) ?? [];
    assert.ok(line !== undefined, first);
    // Whoever clicks at once waits until the kernel is there.
    assert.match(await (await fetch(url!)).text(), /^<!DOCTYPE html>/);
    const exit = once(child, 'exit');
    child.kill('SIGTERM');
    await soon(exit, 'its end');
  });
});
