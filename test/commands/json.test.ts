/** Covers: check and discover with --json, as they are run; check.test.ts and discover.test.ts tell more of what they find. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { loadConfig } from '../../src/config/load.js';
import { write } from '../config/files.js';
import { runExporter } from '../support/exporter.js';

const kernel = '--simulate=amd64-14,cpus=2';

/** As far as it is looked at. */
interface Checked {
  readonly files: readonly string[];
  readonly faults: readonly { readonly line: number; readonly column: number; readonly message: string }[];
  readonly symbols?: readonly { readonly symbol: string; readonly state: string }[];
}

function checked(...args: string[]): { code: number | null; found: Checked } {
  const { code, stdout } = runExporter('check', '--json', ...args);
  return { code, found: JSON.parse(stdout) as Checked };
}

describe('check --json', () => {
  it('tells where a config is wrong', () => {
    const file = write('version: 1\npacks: [tpc]\n');
    const { code, found } = checked(`--config.file=${file}`);
    assert.equal(code, 1);
    assert.deepEqual(found.files, [file]);
    const [fault] = found.faults;
    assert.ok(fault !== undefined && fault.line > 0 && fault.column > 0);
    assert.match(fault.message, /did you mean `tcp`\?$/);
  });

  it('tells that a config is good, and of a kernel what it has of it', () => {
    const good = write('version: 1\npacks: [{pack: vm, cpu: sum}]\n');
    assert.deepEqual(checked(`--config.file=${good}`), {
      code: 0,
      found: { files: [good], faults: [], entries: loadConfig([good]).entries.length },
    });
    const bad = write('version: 1\ncounters: [{symbol: nosuch}]\n');
    const wrong = checked(`--config.file=${bad}`, kernel);
    assert.equal(wrong.code, 1);
    assert.equal(wrong.found.symbols!.find((one) => one.symbol === 'nosuch')!.state, 'fault');
  });

  it('is no form of a plan', () => {
    assert.equal(runExporter('check', '--json', '--plan', kernel).code, 2);
  });
});

it('discover --json tells of the symbols that were asked for, with their entries', () => {
  const { code, stdout } = runExporter('discover', '--json', '--symbols=tcps_*', kernel);
  assert.equal(code, 0);
  const { files } = JSON.parse(stdout) as { files: { counters: { symbol: string; entry: string | null }[] }[] };
  assert.ok(files.some(({ counters }) => counters.some(({ symbol, entry }) => symbol === 'tcps_states' && entry)));
  const symbols = files.flatMap(({ counters }) => counters.map(({ symbol }) => symbol));
  assert.ok(
    symbols.every((symbol) => symbol.startsWith('tcps_')),
    symbols.join(),
  );
});
