/** Covers: print --output.textfile, once and at an interval, with a real node_exporter. */
import assert from 'node:assert/strict';
import { execFileSync, spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { after, afterEach, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { packageRoot } from '../../src/packageRoot.js';
import { runExporter, type Result } from '../support/exporter.js';
import { parseSamples } from '../support/exposition.js';
import { skipUnless } from '../support/programs.js';
import { soon, until } from '../support/until.js';

const simulate = '--simulate=amd64-14,cpus=3';

let dir: string;
let file: string;
before(() => {
  dir = mkdtempSync(join(tmpdir(), 'kcounter-textfile-'));
  file = join(dir, 'kcounter.prom');
});
afterEach(() => {
  rmSync(file, { force: true });
});
after(() => {
  rmSync(dir, { recursive: true });
});

/** What node_exporter publishes of the files in a folder, and what it logs meanwhile. */
async function collected(folder: string): Promise<{ published: Map<string, bigint>; log: string }> {
  const node = spawn(
    'prometheus-node-exporter',
    [
      '--collector.disable-defaults',
      '--collector.textfile',
      `--collector.textfile.directory=${folder}`,
      '--web.listen-address=127.0.0.1:0',
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  try {
    let log = '';
    node.stderr.setEncoding('utf8').on('data', (chunk: string) => (log += chunk));
    const address = /(?:address=|Listening on.*?)(127\.0\.0\.1:\d+|\[::\]:\d+)/;
    await until(() => address.test(log), 'node_exporter listens');
    const published = parseSamples(await (await fetch(`http://${address.exec(log)![1]!}/metrics`)).text());
    return { published, log };
  } finally {
    const exit = once(node, 'exit');
    node.kill();
    await soon(exit, 'the end of node_exporter');
  }
}

describe('print --output.textfile', () => {
  /** One file, at which most of the tests look. */
  const kept = mkdtempSync(join(tmpdir(), 'kcounter-textfile-'));
  let began: number;
  let written: Result;
  let ended: number;
  let text: string;
  before(() => {
    began = Date.now() / 1000;
    written = runExporter('print', simulate, `--output.textfile=${join(kept, 'kcounter.prom')}`);
    ended = Date.now() / 1000;
    text = readFileSync(join(kept, 'kcounter.prom'), 'utf8');
  });
  after(() => {
    rmSync(kept, { recursive: true });
  });

  it('writes what a scrape gets, once, without timestamps', () => {
    const { code, stdout, stderr } = written;
    assert.equal(code, 0, stderr);
    assert.equal(stdout, '');
    assert.equal(statSync(join(kept, 'kcounter.prom')).mode & 0o7777, 0o644);
    assert.deepEqual(readdirSync(kept), ['kcounter.prom']);
    assert.match(text, /^freebsd_\w+ \d+$/m);
    assert.match(text, /^kcounter_exporter_build_info\{/m);
    for (const line of text.split('\n')) assert.match(line, /^$|^#|^\w+(\{.*\})? \S+$/);
  });

  it("tells when it read, since a file cannot know its age, and names itself in the exporter's own metrics", () => {
    const at = Number(
      /^kcounter_exporter_snapshot_timestamp_seconds\{textfile="kcounter.prom"\} (\S+)$/m.exec(text)?.[1],
    );
    assert.ok(at >= began && at <= ended, `${at} s`);
    assert.doesNotMatch(text, /snapshot_age_seconds/);
    for (const line of text.split('\n'))
      if (line.startsWith('kcounter_')) assert.match(line, /textfile="kcounter.prom"/);
    const printed = runExporter('print', simulate).stdout;
    assert.match(printed, /^kcounter_exporter_snapshot_timestamp_seconds \S+$/m);
    assert.doesNotMatch(printed, /snapshot_age_seconds|textfile=/);
  });

  it(
    'writes files of two configs that node_exporter takes side by side',
    { skip: skipUnless('prometheus-node-exporter') },
    async () => {
      const both = mkdtempSync(join(tmpdir(), 'kcounter-textfiles-'));
      try {
        for (const pack of ['tcp', 'udp']) {
          const config = join(both, `${pack}.yaml`);
          writeFileSync(config, `version: 1\npacks: [{pack: ${pack}, cpu: sum}]\n`);
          for (const command of ['print', 'verify']) {
            const { code, stderr } = runExporter(
              command,
              simulate,
              `--config.file=${config}`,
              `--output.textfile=${join(both, `${command}_${pack}.prom`)}`,
            );
            assert.equal(code, 0, stderr);
          }
        }
        const { published, log } = await collected(both);
        assert.equal(published.get('node_textfile_scrape_error'), 0n);
        for (const pack of ['tcp', 'udp']) {
          assert.ok(published.get(`kcounter_exporter_series{textfile="print_${pack}.prom"}`)! > 10n);
          assert.ok(published.get(`kcounter_exporter_verify_compared{textfile="verify_${pack}.prom"}`)! > 10n);
        }
        assert.doesNotMatch(log, /was collected before|inconsistent/);
      } finally {
        rmSync(both, { recursive: true });
      }
    },
  );

  it('writes what promtool has nothing against', { skip: skipUnless('promtool') }, () => {
    assert.equal(execFileSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' }), '');
  });

  it('writes what node_exporter publishes unchanged', { skip: skipUnless('prometheus-node-exporter') }, async () => {
    const { published } = await collected(kept);
    assert.equal(published.get('node_textfile_scrape_error'), 0n);
    const kernel = [...parseSamples(text)].filter(([series]) => series.startsWith('freebsd_'));
    assert.ok(kernel.length > 100, `${kernel.length} series`);
    // It prints numbers from 1e+06 on as floating-point ones, which parseSamples() leaves out.
    for (const [series, value] of kernel) assert.equal(published.get(series) ?? value, value, series);
    assert.ok(kernel.filter(([series]) => published.has(series)).length > 20);
  });

  const wrong: readonly [what: string, args: () => string[], code: number, stderr: RegExp][] = [
    [
      'a folder that is not there',
      () => [`--output.textfile=${join(dir, 'nowhere', 'x.prom')}`],
      1,
      /^kcounter_exporter: cannot write \S+x\.prom: the folder \S+nowhere does not exist\n$/,
    ],
    [
      'a folder that is not there, at an interval',
      () => [`--output.textfile=${join(dir, 'nowhere', 'x.prom')}`, '--output.interval=1s'],
      1,
      /^kcounter_exporter: cannot write \S+x\.prom: the folder \S+nowhere does not exist\n$/,
    ],
    [
      'another format',
      () => [`--output.textfile=${file}`, '--format=openmetrics'],
      2,
      /^kcounter_exporter: option '--output\.textfile <file>' writes text only, /,
    ],
    ['an interval alone', () => ['--output.interval=15s'], 2, /--output\.interval <time>' needs --output\.textfile\n$/],
    ['a bad interval', () => ['--output.interval=15'], 2, /"15" is not a time such as 15s/],
  ];
  for (const [what, args, code, stderr] of wrong) {
    it(`ends with ${code} for ${what}`, () => {
      const result = runExporter('print', simulate, '--log.level=error', ...args());
      assert.match(result.stderr, stderr);
      assert.equal(result.code, code);
      assert.deepEqual(readdirSync(dir), []);
    });
  }
});

describe('print --output.interval', () => {
  let child: ChildProcessByStdio<null, null, Readable>;
  let log: string;

  async function start(): Promise<void> {
    const main = join(packageRoot, 'dist', 'main.js');
    child = spawn(process.execPath, [main, 'print', simulate, `--output.textfile=${file}`, '--output.interval=100ms'], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    log = '';
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (log += chunk));
    await until(() => readdirSync(dir).includes('kcounter.prom'), 'the file');
  }

  async function stop(signal: NodeJS.Signals): Promise<number | null> {
    if (child.exitCode !== null) return child.exitCode;
    const exit = once(child, 'exit');
    child.kill(signal);
    const [code] = (await soon(exit, 'its end')) as [number | null];
    return code;
  }

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    it(`replaces the file until ${signal}, and no reader sees a part of one`, async () => {
      await start();
      try {
        const seen = new Set<string>();
        const lines = readFileSync(file, 'utf8').split('\n').length;
        // So often that a part of one would be seen, and at some of them.
        for (let look = 0; look < 300 || seen.size <= 5; look++) {
          const text = readFileSync(file, 'utf8');
          assert.ok(text.endsWith('\n'));
          assert.equal(text.split('\n').length, lines);
          seen.add(text);
          await sleep(5);
        }
      } finally {
        assert.equal(await stop(signal), 0);
      }
      assert.deepEqual(readdirSync(dir), ['kcounter.prom']);
    });
  }

  it('goes on after SIGHUP, which newsyslog and a terminal that closes send', async () => {
    await start();
    try {
      child.kill('SIGHUP');
      await until(() => log.includes('SIGHUP'), 'a word of it');
      const old = statSync(file);
      await until(() => statSync(file).mtimeMs > old.mtimeMs, 'it writes on');
    } finally {
      assert.equal(await stop('SIGTERM'), 0);
    }
  });

  it('logs a failure once however often it repeats, and goes on when the folder is back', async () => {
    await start();
    const away = `${dir}-away`;
    try {
      // Only once the first is written for good does it go on after a failure.
      const first = statSync(file);
      await until(() => statSync(file).mtimeMs > first.mtimeMs, 'it writes on');
      renameSync(dir, away);
      await until(() => log.includes('level=error'), 'a word of it');
      const old = statSync(join(away, 'kcounter.prom'));
      // Some more failures.
      await sleep(300);
      assert.equal(statSync(join(away, 'kcounter.prom')).mtimeMs, old.mtimeMs, 'the old file stays');
      assert.equal(
        log.match(/level=error msg="file not written; the old one stays" .*does not exist"/g)?.length,
        1,
        log,
      );
      renameSync(away, dir);
      await until(() => statSync(file).mtimeMs > old.mtimeMs, 'it writes again');
    } finally {
      assert.equal(await stop('SIGTERM'), 0);
    }
    assert.equal(log.match(/level=error/g)?.length, 1, log);
  });
});
