/** Covers: what verify prints, as a table and as JSON, and its --output.textfile. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { runExporter } from '../support/exporter.js';

describe('verify --output.textfile', () => {
  let dir: string;
  let file: string;

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'kcounter-verify-'));
    file = join(dir, 'verify.prom');
  });
  afterEach(() => {
    rmSync(dir, { recursive: true });
  });

  function configFile(text: string): string {
    const path = join(dir, 'config.yaml');
    writeFileSync(path, `version: 1\n${text}\n`);
    return path;
  }

  function told(name: string): number {
    const match = new RegExp(`^kcounter_exporter_verify_${name}\\{textfile="verify\\.prom"\\} (\\S+)$`, 'm').exec(
      readFileSync(file, 'utf8'),
    );
    return Number(match?.[1]);
  }

  it('tells the collector, and programs, what the table tells people', () => {
    const before = Date.now() / 1000;
    const config = `--config.file=${configFile('packs: [tcp, udp, ip, icmp, vm]')}`;
    const { code, stdout, stderr } = runExporter('verify', '--simulate', config, `--output.textfile=${file}`);
    assert.equal(code, 0, stderr);
    assert.equal(stderr, '');
    const [, agreeing, all] = /^(\d+) of (\d+) values lie between/m.exec(stdout)!;
    assert.equal(agreeing, all);
    assert.ok(Number(all) >= 250, `${all} compared`);
    assert.equal(told('compared'), Number(all));
    assert.equal(told('mismatches'), Number(all) - Number(agreeing));
    assert.ok(told('timestamp_seconds') >= before && told('timestamp_seconds') <= Date.now() / 1000);
    assert.equal(statSync(file).mode & 0o7777, 0o644);
    assert.deepEqual(readdirSync(dir), ['config.yaml', 'verify.prom']);
    const json = runExporter('verify', '--simulate', '--json', config);
    const { comparisons } = JSON.parse(json.stdout) as { comparisons: { agrees: boolean; read: string }[] };
    assert.equal(comparisons.length, Number(all));
    assert.ok(comparisons.every((one) => one.agrees && /^-?\d+$/.test(one.read)));
  });

  it('names what it could not read', () => {
    const config = configFile('counters: [{symbol: vm_cnt, cpu: sum}, {symbol: nonesuch, metric: n, help: h}]');
    const { code, stdout } = runExporter('verify', '--simulate', `--config.file=${config}`);
    assert.equal(code, 0);
    assert.match(stdout, /^1 not compared: it could not be read: nonesuch$/m);
  });

  it('tells that nothing was compared, and fails all the same', () => {
    const config = configFile('counters: [{symbol: sim_rest}]');
    const { code, stderr } = runExporter(
      'verify',
      '--simulate',
      `--config.file=${config}`,
      `--output.textfile=${file}`,
    );
    assert.equal(code, 1);
    assert.match(stderr, /nothing was compared/);
    assert.equal(told('compared'), 0);
    assert.equal(told('mismatches'), 0);
  });

  it('leaves the file as it was where it could not run', () => {
    writeFileSync(file, 'old\n');
    const config = configFile('counters: [{symbl: sim_rest}]');
    const { code } = runExporter('verify', '--simulate', `--config.file=${config}`, `--output.textfile=${file}`);
    assert.equal(code, 1);
    assert.equal(readFileSync(file, 'utf8'), 'old\n');
  });

  it('fails where it cannot write, after the table', () => {
    const nowhere = join(dir, 'nowhere', 'verify.prom');
    const { code, stdout, stderr } = runExporter('verify', '--simulate', `--output.textfile=${nowhere}`);
    assert.equal(code, 1);
    assert.match(stdout, /values lie between/);
    assert.match(stderr, /^kcounter_exporter: cannot write \S+: the folder \S+nowhere does not exist\n$/);
  });

  it('warns of a name that the collector does not read', () => {
    const { code, stderr } = runExporter('verify', '--simulate', `--output.textfile=${join(dir, 'verify.txt')}`);
    assert.equal(code, 0);
    assert.match(stderr, /level=warn msg="the textfile collector reads only files whose names end with \.prom"/);
  });
});
