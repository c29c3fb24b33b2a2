/** Covers: check and discover with --json. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { write } from '../config/files.js';
import { runExporter } from '../support/exporter.js';

const kernel = '--simulate=amd64-14,cpus=2';

/** As far as it is looked at. */
interface Checked {
  readonly files: readonly string[];
  readonly faults: readonly { readonly line: number; readonly column: number; readonly message: string }[];
  readonly entries?: number;
  readonly symbols?: readonly { readonly symbol: string; readonly state: string; readonly bases: readonly unknown[] }[];
  readonly groups?: readonly { readonly group: string; readonly series: number }[];
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

  it('tells of each symbol whether it is read, and by what it is known', () => {
    const good = write('version: 1\npacks: [{pack: vm, cpu: sum}]\n');
    assert.deepEqual(checked(`--config.file=${good}`), {
      code: 0,
      found: { files: [good], faults: [], entries: checked(`--config.file=${good}`).found.entries },
    });
    const { code, found } = checked(`--config.file=${good}`, kernel);
    assert.equal(code, 0);
    const symbol = found.symbols!.find((one) => one.symbol === 'vm_cnt')!;
    assert.equal(symbol.state, 'up');
    assert.deepEqual(symbol.bases, [{ source: 'ctf', proof: 'build_id' }]);
    assert.ok(found.groups!.some(({ group, series }) => group === 'vm' && series > 0));
    const bad = write('version: 1\ncounters: [{symbol: nosuch}]\n');
    const wrong = checked(`--config.file=${bad}`, kernel);
    assert.equal(wrong.code, 1);
    assert.equal(wrong.found.symbols!.find((one) => one.symbol === 'nosuch')!.state, 'fault');
  });

  it('is no form of a plan', () => {
    assert.equal(runExporter('check', '--json', '--plan', kernel).code, 2);
  });
});

it('discover --json tells of each symbol what it is, with the entry that the config has', () => {
  const { code, stdout } = runExporter('discover', '--json', '--symbols=tcp*', kernel);
  assert.equal(code, 0);
  const { release, files } = JSON.parse(stdout) as {
    release: string;
    files: { file: string; counters: { symbol: string; counters: number; readable: number; entry: string | null }[] }[];
  };
  assert.match(release, /^14\./);
  const tcpstat = files[0]!.counters.find(({ symbol }) => symbol === 'tcpstat')!;
  assert.ok(tcpstat.counters > 100 && tcpstat.readable > 100);
  const text = runExporter('discover', '--symbols=tcp*', kernel).stdout;
  assert.ok(tcpstat.entry !== null && text.includes(`\n  ${tcpstat.entry.slice(0, 50)}`), text);
});
