/** Covers: commands/top, top/terminal, top/report: `top` as it is run, printed and on a terminal. */
import assert from 'node:assert/strict';
import { execFileSync, spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { packageRoot } from '../../src/packageRoot.js';
import { ImageFile } from '../../src/simulator/image.js';
import { runExporter } from '../support/exporter.js';
import { skipUnless } from '../support/programs.js';
import { soon, until as patiently } from '../support/until.js';

const main = join(packageRoot, 'dist', 'main.js');
const kernel = '--simulate=amd64-14,cpus=4';
const ESCAPE = '\x1b';

let dir: string;
let config: string;
before(() => {
  dir = mkdtempSync(join(tmpdir(), 'kcounter-top-'));
  config = join(dir, 'top.yaml');
  writeFileSync(
    config,
    'version: 1\npacks: [vm]\ncounters:\n  - {symbol: nonesuch, metric: none_total, type: counter}\n  - {symbol: dothits, metric: hits_total, type: counter}\n',
  );
});
after(() => {
  rmSync(dir, { recursive: true });
});

interface JsonSeries {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly type: string;
  readonly value: string | null;
  readonly unit?: string;
  readonly rate?: number | null;
  readonly change?: string;
  readonly hot_cpu?: number | null;
  readonly per_cpu?: readonly number[];
}

interface JsonRead {
  readonly seconds: number;
  readonly cpus: readonly number[];
  readonly down: readonly unknown[];
  readonly series: readonly JsonSeries[];
}

describe('top, printed', () => {
  it('has one head for each read where the output is no terminal, and no colours', () => {
    const { code, stdout, stderr } = runExporter('top', kernel, `--config.file=${config}`, '-n', '2', '-s', '200ms');
    assert.deepEqual([code, stderr], [0, '']);
    const heads = stdout.match(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d; rates over \d+\.\d\ds, averages later; .*$/gm);
    assert.equal(heads?.length, 2, stdout);
    assert.equal(stdout.match(/^NAME +VALUE +RATE\/s +AVERAGE\/s +UNIT +HOT CPU$/gm)?.length, 2);
    assert.match(stdout, /^freebsd_vm_context_switches_total +\d{4,} +[1-9]\d* +- +(\d +\d+%)?$/m);
    assert.match(stdout, /^freebsd_vm_wired_pages +\d+ +[+-]\d+ +pages$/m);
    assert.match(stdout, /^nonesuch +- no loaded file has this symbol$/m);
    assert.ok(!stdout.includes(ESCAPE));
  });

  it('has an object in a line for each read with --json, whose rates are those of its values', () => {
    const args = ['--json', '-n', '3', '-s', '200ms', '--cpus', '-o', 'name', '-f', 'VM_ t'];
    const { code, stdout } = runExporter('top', kernel, `--config.file=${config}`, ...args);
    assert.equal(code, 0);
    const reads = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as JsonRead);
    assert.equal(reads.length, 3);
    const [before, now] = reads.slice(1) as [JsonRead, JsonRead];
    assert.deepEqual(now.cpus, [0, 1, 2, 3]);
    assert.deepEqual(now.down, [{ symbol: 'nonesuch', reason: 'no loaded file has this symbol', optional: false }]);
    const names = now.series.map(({ name }) => name);
    assert.deepEqual(names, [...names].sort());
    assert.ok(names.length > 10 && names.every((name) => name.startsWith('freebsd_vm_')), names.join(' '));
    const unitsOf = (name: string): (string | undefined)[] =>
      now.series.filter((one) => one.name === name).map(({ unit }) => unit);
    assert.deepEqual(unitsOf('freebsd_vm_faults_total'), ['faults']);
    assert.deepEqual(unitsOf('freebsd_vm_traps_total'), [undefined]);
    now.series.forEach(({ type, value, rate, per_cpu: parts }, index) => {
      if (type !== 'counter') return;
      const counted = Number(BigInt(value!) - BigInt(before.series[index]!.value!));
      const exact = counted / now.seconds;
      assert.ok(Math.abs(rate! - exact) <= 1e-6 * exact, `${rate} is not ${exact}`);
      assert.ok(Math.abs(parts!.reduce((sum, part) => sum + part, 0) - exact) <= 1e-6 * exact);
    });
  });

  it('names no CPU where the config has libkvm tell sums alone', () => {
    const sums = join(dir, 'sums.yaml');
    writeFileSync(sums, 'version: 1\nreader: libkvm\npacks: [{pack: tcp, cpu: sum}]\n');
    const args = [`--config.file=${sums}`, '--json', '-P', '-n', '1', '-s', '100ms', '-I', '-f', 'segments'];
    const { stdout } = runExporter('top', kernel, ...args);
    const { series } = JSON.parse(stdout) as JsonRead;
    assert.ok(series.length > 0);
    for (const one of series) assert.deepEqual([one.hot_cpu, one.per_cpu], [null, null]);
  });

  const mistakes: readonly (readonly [string, RegExp])[] = [
    ['--interval=fast', /--interval.*"fast" is not a time such as 2s/],
    ['--reads=0', /--reads.*"0" is not a number of reads/],
    ['--sort=size', /--sort.*Allowed choices are rate, name, value, skew/],
  ];
  for (const [argument, message] of mistakes) {
    it(`refuses ${argument}`, () => {
      const { code, stderr } = runExporter('top', argument);
      assert.equal(code, 2);
      assert.match(stderr, message);
    });
  }

  it('ends with one line where the kernel can no longer be read', async () => {
    const temporary = mkdtempSync(join(dir, 'lost-'));
    const child = spawn(process.execPath, [main, 'top', kernel, `--config.file=${config}`, '-s', '100ms', '-b'], {
      env: { ...process.env, TMPDIR: temporary },
    });
    let [stdout, stderr] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk));
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
    const exit = once(child, 'exit');
    await until(() => stdout.includes('NAME'));
    const image = new ImageFile(join(temporary, readdirSync(temporary)[0]!, 'kernel.image'));
    for (const symbol of ['dothits', 'vm_cnt']) image.unmap(image.copyAddress(symbol, 0, 0) & ~0xfffn, 4096);
    const [code] = (await soon(exit, 'the end of top')) as [number | null];
    image.close();
    assert.equal(code, 1);
    assert.match(stderr, /^kcounter_exporter: kvm_read.*\n$/);
  });
});

/** `top` on a terminal of its own, made by script(1). */
class OnTerminal {
  text = '';
  private readonly exit: Promise<unknown>;

  private constructor(readonly child: ChildProcessWithoutNullStreams) {
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (this.text += chunk));
    this.exit = once(child, 'exit');
  }

  /** It says first which terminal it is and which process. */
  static async start(args: readonly string[] = [], env: Readonly<Record<string, string>> = {}): Promise<OnTerminal> {
    const words = [process.execPath, main, 'top', kernel, `--config.file=${config}`, '-s', '200ms', ...args];
    const line = `stty cols 80 rows 24; tty; echo "pid $$"; exec ${words.join(' ')}`;
    const all = { ...process.env, TERM: 'xterm', ...env };
    const top = new OnTerminal(spawn('script', ['-qec', line, '/dev/null'], { env: all }));
    await until(() => /^pid \d+/m.test(top.text));
    return top;
  }

  get tty(): string {
    return /^\/dev\/\S+/m.exec(this.text)![0];
  }

  get pid(): number {
    return Number(/^pid (\d+)/m.exec(this.text)![1]);
  }

  type(keys: string): void {
    this.child.stdin.write(keys);
  }

  /** The exit code, which script passes on. */
  async ended(): Promise<number | null> {
    await soon(this.exit, 'the end of top');
    return this.child.exitCode;
  }
}

function until(what: () => boolean): Promise<void> {
  return patiently(what, what.toString(), 25);
}

const ENTER = '\x1b[?1049h\x1b[?25l';
const LEAVE = '\x1b[2J\x1b[H\x1b[?7h\x1b[?25h\x1b[?1049l';
const noScript = process.platform === 'linux' ? skipUnless('script', 'stty') : "FreeBSD's script(1) is another one";

describe('top, on a terminal', { skip: noScript }, () => {
  it('draws on the other screen, does what keys say, and leaves the terminal as it was', async () => {
    const top = await OnTerminal.start();
    await until(() => top.text.includes('vm_context_switches'));
    assert.ok(top.text.includes(ENTER) && !top.text.includes(LEAVE));
    assert.ok(top.text.includes(`${ESCAPE}[7mNAME`));
    assert.match(execFileSync('stty', ['-F', top.tty, '-a'], { encoding: 'utf8' }), /-icanon/);
    top.type('/syscalls\r');
    await until(() => top.text.includes('with "syscalls"'));
    top.type('q');
    assert.equal(await top.ended(), 0);
    assert.ok(top.text.trimEnd().endsWith(LEAVE));
  });

  it('fills the terminal when that gets another size', async () => {
    const top = await OnTerminal.start();
    await until(() => top.text.includes('\x1b[24;1H'));
    assert.ok(!top.text.includes('\x1b[30;1H'));
    execFileSync('stty', ['-F', top.tty, 'cols', '120', 'rows', '30']);
    await until(() => top.text.includes('\x1b[30;1H'));
    top.type('\x03');
    assert.equal(await top.ended(), 0);
  });

  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    it(`leaves the terminal as it was on ${signal}`, async () => {
      const top = await OnTerminal.start();
      await until(() => top.text.includes('NAME'));
      process.kill(top.pid, signal);
      assert.equal(await top.ended(), 0);
      assert.ok(top.text.trimEnd().endsWith(LEAVE));
    });
  }

  const plain: readonly (readonly [string, readonly string[], Readonly<Record<string, string>>])[] = [
    ['NO_COLOR', [], { NO_COLOR: '1' }],
    ['--no-color', ['--no-color'], {}],
  ];
  for (const [title, args, env] of plain) {
    it(`has no colours with ${title}`, async () => {
      const top = await OnTerminal.start([...args, '-n', '1'], env);
      assert.equal(await top.ended(), 0);
      assert.ok(top.text.includes(ENTER) && top.text.includes('NAME'));
      assert.deepEqual(top.text.match(new RegExp(`${ESCAPE}\\[[1-9][\\d;]*m`, 'g')), null);
    });
  }

  it('prints where the terminal is dumb, in as many columns as it has', async () => {
    const top = await OnTerminal.start(['-n', '1'], { TERM: 'dumb' });
    assert.equal(await top.ended(), 0);
    assert.match(top.text, /^vm_context_switches_total +\d/m);
    assert.ok(!top.text.includes(ESCAPE));
    // Some go on in the next line as soon as the last column is written to.
    const [, ...lines] = top.text.split(/\r?\n/).filter((line) => !line.startsWith('pid '));
    const longest = Math.max(...lines.map(({ length }) => length));
    assert.ok(longest > 60 && longest < 80, `${longest} columns`);
  });
});
