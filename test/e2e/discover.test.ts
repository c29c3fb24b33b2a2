/** Covers: the commands discover and describe as they are run; test/commands tells more of what they find. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { write } from '../config/files.js';
import { runExporter } from '../support/exporter.js';

const kernel = '--simulate=amd64-14,cpus=2';

describe('discover', () => {
  it('writes a config that check finds good', () => {
    const found = runExporter('discover', kernel, '--symbols=v*');
    assert.equal(found.code, 0, found.stderr);
    assert.match(found.stdout, /^ {2}- \{symbol: vm_cnt, /m);
    assert.doesNotMatch(found.stdout, /symbol: tcp/);
    const check = runExporter('check', `--config.file=${write(found.stdout)}`);
    assert.equal(check.code, 0, check.stderr);
  });

  it('says so where nothing is found', () => {
    const { code, stderr } = runExporter('discover', '--simulate', '--symbols=nothing_*');
    assert.equal(code, 1);
    assert.match(stderr, /^kcounter_exporter: no counters were found/);
  });
});

describe('describe', () => {
  it('shows a symbol as a table, with addresses where they are asked for', () => {
    const { code, stdout } = runExporter('describe', 'vm_cnt', kernel, '--addresses');
    assert.equal(code, 0);
    assert.match(stdout, /^address 0xffffffff[0-9a-f]{8}$/m);
    assert.match(stdout, /^member +offset +sum +cpu 0 +cpu 1$/m);
  });

  it('says the same for programs, and in both ways what it did not find', () => {
    const { code, stdout, stderr } = runExporter('describe', 'no_such_symbol', '--simulate', '--json');
    assert.equal(code, 1);
    assert.match(stderr, /^kcounter_exporter: no loaded file has the symbol no_such_symbol/);
    const { name, error } = JSON.parse(stdout) as { name: string; error: string };
    assert.equal(name, 'no_such_symbol');
    assert.equal(`kcounter_exporter: ${error}\n`, stderr);
  });
});
