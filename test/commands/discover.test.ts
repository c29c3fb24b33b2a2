import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkSession } from '../../src/commands/check.js';
import { discoverIn } from '../../src/commands/discover.js';
import { loadConfig } from '../../src/config/load.js';
import { profileNames } from '../../src/simulator/spec.js';
import { write } from '../config/files.js';
import { parseSamples } from '../support/exposition.js';
import { printed, told, withOpened, withSession } from '../support/opened.js';
import { packConfigs } from '../support/shippedPacks.js';

describe('discover', () => {
  it('writes a config that is good and that publishes every counter it found', async () => {
    const found = await withOpened('amd64-14,cpus=2,counters=50', (kernel) => discoverIn(kernel, packConfigs, {}));
    const config = write(found);
    assert.ok(loadConfig([config]).entries.length > 0);
    const counters = Number(/^# (\d+) counters that can be read now/m.exec(found)?.[1]);
    assert.ok(counters > 1400);
    assert.ok(!found.includes('v_pdpages'));
    const document = await withSession('amd64-14,cpus=2', [config], printed);
    // What is made up for --simulate with counters is named by another file; here those symbols are not in the kernel.
    assert.match(document, /kcounter_exporter_symbol_up\{symbol="sim_counter_7",optional="false"\} 0/);
    const sums = [...parseSamples(document).keys()].filter((name) => /^freebsd_(?!\w*_per_cpu)/.test(name));
    const inLists = Number(
      /^# \d+ counters that can be read now, and (\d+) in the elements of 2 lists\./m.exec(found)?.[1],
    );
    // Of the interfaces, and of the two zones that are but caches, which have one name.
    assert.equal(inLists, 8 * 12 + 2 * 4);
    assert.equal(sums.filter((name) => name.startsWith('freebsd_ifnet_counters_total{')).length, 8 * 12);
    assert.equal(sums.length, counters - 50 + inLists);
    assert.deepEqual(
      sums.filter((name) => /spare|_pad/.test(name)),
      [],
    );
    assert.match(
      found,
      /^ {2}# Without what only fills the struct, or is never counted\.\n {2}- \{symbol: arpstat, .*members: \[/m,
    );
    assert.match(
      found,
      /^ {2}- \{symbol: vm_cnt, type: counter, members: \[v_swtch, .*, \{name: v_wire_count, type: gauge\}.*\]\}$/m,
    );
  });

  for (const profile of profileNames) {
    it(`writes lists alone where nothing else is asked for, which a kernel serves whole: ${profile}`, async () => {
      const found = await withOpened(`${profile},cpus=2,jails=2,interfaces=30`, (kernel) =>
        discoverIn(kernel, packConfigs, { symbols: 'ifn*' }),
      );
      assert.doesNotMatch(found, /counters:$/m);
      assert.match(found, /^ {2}# The pack interfaces publishes it, by better names\.$/m);
      await withSession(`${profile},cpus=2,interfaces=30`, [write(found)], async (session) => {
        const check = await told((print) => checkSession(session, {}, print));
        assert.equal(check.error, undefined);
        assert.match(check.stdout, /^ifnet +up /m);
      });
    });
  }

  it('tells programs of each symbol what it is, with the entry that the config has', async () => {
    const ask = { symbols: 'tcp*' };
    const [json, text] = await withOpened('amd64-14,cpus=2', async (kernel) => [
      await discoverIn(kernel, packConfigs, { ...ask, json: true }),
      await discoverIn(kernel, packConfigs, ask),
    ]);
    const { release, files } = JSON.parse(json) as {
      release: string;
      files: {
        file: string;
        counters: { symbol: string; counters: number; readable: number; entry: string | null }[];
      }[];
    };
    assert.match(release, /^14\./);
    const tcpstat = files[0]!.counters.find(({ symbol }) => symbol === 'tcpstat')!;
    assert.ok(tcpstat.counters > 100 && tcpstat.readable > 100);
    assert.ok(tcpstat.entry !== null && text.includes(`\n  ${tcpstat.entry.slice(0, 50)}`), text);
  });
});
