/** Covers: check.ts, of sessions that are open already. */
import assert from 'node:assert/strict';
import { basename, join } from 'node:path';
import { describe, it } from 'node:test';
import { checkSession } from '../../src/commands/check.js';
import { packageRoot } from '../../src/packageRoot.js';
import { profileNames } from '../../src/simulator/spec.js';
import { write } from '../config/files.js';
import { told, withSession, type Told } from '../support/opened.js';

/** As far as it is looked at. */
interface Checked {
  readonly symbols: readonly { readonly symbol: string; readonly state: string; readonly bases: readonly unknown[] }[];
  readonly groups: readonly { readonly group: string; readonly series: number }[];
}

function checked(file: string, spec = 'amd64-14', form: { readonly json?: boolean } = {}): Promise<Told> {
  return withSession(spec, [file], (session) => told((print) => checkSession(session, form, print)));
}

describe('check', () => {
  for (const profile of profileNames) {
    it(`finds every symbol of the default config on the kernels that it is for: ${profile}`, async () => {
      const { stdout, error } = await checked(join(packageRoot, 'config', 'kcounter.yaml'), profile);
      assert.equal(error, undefined, stdout);
      assert.match(stdout, /^tcps_states +up {2}by offsets, proof types$/m);
    });
  }

  it('asks of a symbol that is missing whether it is one of a pack, misspelt', async () => {
    const config = write(`version: 1
counters:
  - {symbol: tcpsta, metric: some_*}
  - {symbol: tcpsta_, metric: other_*, optional: true}
  - {symbol: nothing_like_it}
  - {symbol: rip6stat}
`);
    const { stdout, error } = await checked(config);
    assert.match(String(error), /^3 of 4 symbols cannot be read: tcpsta, nothing_like_it, rip6stat;/);
    assert.match(stdout, /^tcpsta +down {2}no loaded file has this symbol, did you mean `tcpstat`\?$/m);
    assert.match(stdout, /^tcpsta_ +down {2}no loaded file has this symbol \(optional\)$/m);
    assert.match(stdout, /^nothing_like_it +down {2}no loaded file has this symbol$/m);
    assert.match(stdout, /^rip6stat +down {2}no loaded file has this symbol$/m);
  });

  it('finds no fault in a counter that is not allocated, and names one that this release never counts', async () => {
    const config = write(`version: 1
counters:
  - {symbol: sim_null, metric: null_total, help: H., type: counter, optional: true}
  - {symbol: sim_early, metric: early_total, help: H., type: counter, optional: true}
  - {symbol: udpstat, struct: udpstat, members: [udps_fastout]}
`);
    const { stdout, error } = await checked(config);
    assert.equal(error, undefined);
    assert.match(stdout, /^sim_null +down .*NULL.*\(optional\)$/m);
    assert.match(stdout, /^udpstat\.udps_fastout: declared, but never counted by this release; leave it out$/m);
  });

  it('says of which file nothing is read, and finds fault with it where the kernel has something of it', async () => {
    for (const [symbol, isFault, reason] of [
      ['no_such_symbol', false, 'none of its symbols exists here'],
      ['pfsyncstats', true, 'pfsyncstats: its type is '],
    ] as const) {
      const config = write(
        `version: 1\npacks: [udp]\ncounters: [{symbol: ${symbol}, metric: x, help: H., optional: true}]\n`,
      );
      const group = basename(config, '.yaml');
      const { stdout, error } = await checked(config);
      assert.ok(stdout.includes(`\n${group}: nothing of it is read: ${reason}`), stdout);
      if (isFault) assert.ok(error!.startsWith(`nothing can be read of ${group}, although `), error);
      else assert.equal(error, undefined);
    }
  });

  it('does not advise to mark optional what is', async () => {
    const config = write(
      'version: 1\ncounters: [{symbol: sim_unmapped, metric: u_total, help: H., type: counter, optional: true}]\n',
    );
    const { error } = await checked(config);
    assert.match(error!, /1 of 1 symbols cannot be read: sim_unmapped; correct them in the config$/);
  });

  it('tells programs of each symbol whether it is read, and by what it is known', async () => {
    const json = async (file: string): Promise<{ found: Checked; error: string | undefined }> => {
      const { stdout, error } = await checked(file, 'amd64-14,cpus=2', { json: true });
      return { found: JSON.parse(stdout) as Checked, error };
    };
    const { found, error } = await json(write('version: 1\npacks: [{pack: vm, cpu: sum}]\n'));
    assert.equal(error, undefined);
    const symbol = found.symbols.find((one) => one.symbol === 'vm_cnt')!;
    assert.equal(symbol.state, 'up');
    assert.deepEqual(symbol.bases, [{ source: 'ctf', proof: 'build_id' }]);
    assert.ok(found.groups.some(({ group, series }) => group === 'vm' && series > 0));
    const wrong = await json(write('version: 1\ncounters: [{symbol: nosuch}]\n'));
    assert.notEqual(wrong.error, undefined);
    assert.equal(wrong.found.symbols.find((one) => one.symbol === 'nosuch')!.state, 'fault');
  });
});
