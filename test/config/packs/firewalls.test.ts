/** Covers: config/packs/pf_rules.yaml and ipfw.yaml: what they publish of each simulated kernel is what its rules, interfaces and tables have counted. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { KernelChanges } from '../../../src/simulator/changes/kernelChanges.js';
import { profileNames } from '../../../src/simulator/spec.js';
import { firewallTruth } from '../../support/firewallTruth.js';
import { beforeReads } from '../../support/kernelCalls.js';
import { comparePack } from '../../support/packValues.js';
import { publishedIn, seriesName } from '../../support/published.js';
import { Simulated } from '../../support/simulated.js';

const MAIN = { anchor: '', ruleset: 'filter' } as const;

/** With pf.ko and ipfw.ko loaded. */
async function withFirewalls(
  spec: string,
  yaml: string,
  use: (simulated: Simulated, changes: KernelChanges, read: () => Promise<Map<string, bigint>>) => Promise<void>,
): Promise<void> {
  const simulated = await Simulated.open(spec, yaml);
  try {
    for (const module of ['pf', 'ipfw'] as const) simulated.image.loadModule(module);
    const changes = new KernelChanges(simulated.image, simulated.simulator.spec);
    await use(simulated, changes, async () => {
      const published = publishedIn(await simulated.scraper.read());
      return new Map(published.map((each) => [seriesName(each), each.value]));
    });
  } finally {
    await simulated.close();
  }
}

describe('the packs pf_rules and ipfw', () => {
  for (const profile of profileNames) {
    it(`tell of each rule, interface and table what it has counted, while all move: ${profile}`, async (context) => {
      let changes: KernelChanges | undefined;
      // What goes up on one CPU and down on another may have been more meanwhile than before and after.
      const isGauge = (series: string): boolean => series.startsWith('pf_rule_states{');
      const compared = await comparePack(
        `${profile},cpus=3,absent=1,rules=24,modules=pf+ipfw`,
        'pf_rules, ipfw',
        (_, { image, simulator }) => {
          changes ??= new KernelChanges(image, simulator.spec);
          return new Map([...firewallTruth(changes)].filter(([series]) => !isGauge(series)));
        },
        isGauge,
      );
      context.diagnostic(`${compared} values compared`);
    });

    it(`leave a rule that took another's number out of one read, and go on with one that says the same: ${profile}`, async () => {
      await withFirewalls(`${profile},cpus=2,rules=20`, 'packs: [pf_rules]', async (_, { packetFilter: pf }, read) => {
        pf.reload(MAIN, [
          { mark: 'a', says: 'a' },
          { mark: 'b', says: 'b' },
        ]);
        await read();
        await read();
        pf.reload(MAIN, [
          { mark: 'again', says: 'a' },
          { mark: 'c', says: 'c' },
        ]);
        const series = [0, 1].map((rule) => `pf_rule_evaluations{ruleset=filter,rule=${rule}}`);
        const first = await read();
        // 12 keeps no digest: nobody knows that it is the same rule.
        const isKnown = profile !== 'amd64-12';
        assert.deepEqual(
          series.map((name) => first.has(name)),
          [isKnown, false],
        );
        const second = await read();
        const rules = pf.rulesAt(MAIN);
        for (const [nth, name] of series.entries()) {
          assert.equal(second.get(name), pf.values('rule', rules[nth]!.address)[0]);
        }
      });
    });
  }

  it('take a rule in the memory of one with the same number and label for another one, though a ticket came again', async () => {
    await withFirewalls(
      'amd64-12,cpus=2,rules=20',
      'packs: [pf_rules]',
      async ({ kernel }, { packetFilter: pf }, read) => {
        const nat = { anchor: '', ruleset: 'nat' } as const;
        const evaluations = 'pf_rule_evaluations{ruleset=filter,rule=0,label=web}';
        pf.reload(nat, []);
        pf.reload(MAIN, [{ mark: 'first', labels: ['web'] }]);
        // Each counts the ticket up that is in use, which the loads below come to again.
        pf.insert(MAIN, 1, { mark: 'second' });
        pf.remove(MAIN, 1);
        await read();
        await read();
        const { address } = pf.rulesAt(MAIN)[0]!;
        const between = [
          () => {
            pf.reload(MAIN, [{ mark: 'other', labels: ['web'] }]);
            pf.reload(nat, [{ mark: 'nat', labels: ['web'] }]);
            assert.equal(pf.rulesAt(nat)[0]!.address, address, 'what was freed is used again');
          },
          () => {
            pf.reload(nat, []);
            pf.reload(MAIN, [{ mark: 'last', labels: ['web'] }]);
            assert.equal(pf.rulesAt(MAIN)[0]!.address, address);
          },
        ];
        const bytes = BigInt(pf.filter.bytesOf('rule'));
        let looks = 0;
        const stop = beforeReads(kernel, ({ address: from, length }) => {
          const isOfRule = from < address + bytes && address < from + BigInt(length);
          if (isOfRule) looks++;
          // The first is the walk's.
          if (looks > 1) between.shift()?.();
        });
        const during = await read();
        stop();
        assert.deepEqual([between.length, during.get(evaluations)], [0, undefined]);
        await read();
        assert.equal((await read()).get(evaluations), pf.values('rule', address)[0]);
      },
    );
  });

  it('have all that a table counted since it was set to zero, and nothing of it where one of the two cannot be read', async () => {
    await withFirewalls(
      'amd64-14,cpus=2,rules=4',
      'packs: [pf_rules]',
      async ({ image }, { packetFilter: pf }, read) => {
        const table = pf.tables().find(({ name }) => name === 'bogons')!;
        pf.mark('table', table.address, 'counted');
        const name = 'pf_table_matches{table=bogons}';
        const whole = (await read()).get(name)!;
        assert.ok(whole > 2n ** 50n);
        pf.zeroTable('bogons');
        assert.equal((await read()).get(name), 0n);
        const item = image.read(pf.filter.at(pf.filter.types.table, table.address, 'pfrkt_kts.pfrkts_match'), 16);
        assert.equal(item.readBigUInt64LE(8), whole);
        // Once more than what is taken off is counted, once less: that would be a moment that never was.
        const zero = pf.filter.at(pf.filter.types.table, table.address, 'pfrkt_kts.pfrkts_match.pkc_zero');
        const put = (value: bigint): void => {
          const bytes = Buffer.alloc(8);
          bytes.writeBigUInt64LE(value);
          image.write(zero, bytes);
        };
        put(whole - 2n ** 33n - 5n);
        assert.equal((await read()).get(name), 2n ** 33n + 5n);
        put(whole + 1n);
        assert.equal((await read()).get(name), undefined);
        assert.equal((await read()).get('pf_table_misses{table=bogons}'), 0n, 'others are there');
      },
    );
  });

  it('have nothing of groups of interfaces, which pf does not count for, and of tables that only stand for those of anchors', async () => {
    await withFirewalls('amd64-14,cpus=2,rules=4', 'packs: [pf_rules]', async (_, { packetFilter: pf }, read) => {
      const { interface: interfaceType } = pf.filter.types;
      const inTree = pf.filter.interfaces().map((at) => pf.filter.text(interfaceType, at, 'pfik_name'));
      assert.ok(['all', 'lo', 'egress'].every((group) => inTree.includes(group)));
      assert.ok(pf.filter.tables().length > pf.tables().length);
      const names = [...(await read()).keys()];
      const labelled = (metric: string): string[] => names.filter((name) => name.startsWith(metric));
      assert.deepEqual(
        [...new Set(labelled('pf_interface_').map((name) => /interface=(\w+)/.exec(name)?.[1]))].sort(),
        ['lagg0', 'lo0', 'mce0', 'mce1', 'vlan7'],
      );
      assert.deepEqual(labelled('pf_table_addresses').sort(), [
        'pf_table_addresses{anchor=blacklistd,table=port22}',
        'pf_table_addresses{anchor=relayd/web,table=hosts}',
        'pf_table_addresses{table=bogons}',
        'pf_table_addresses{table=bruteforce}',
      ]);
    });
  });

  it('cost no look-up for each rule: whether its module is there is asked once for all', async () => {
    await withFirewalls('amd64-14,cpus=2,rules=200', 'packs: [ipfw]', async ({ kernel }, _, read) => {
      const { modules } = kernel;
      const isCurrent = modules.isCurrent.bind(modules);
      let asked = 0;
      modules.isCurrent = (origin, now) => {
        asked++;
        return isCurrent(origin, now);
      };
      await read();
      asked = 0;
      assert.equal((await read()).size, 2 * 201);
      assert.ok(asked <= 2, `${asked} times`);
    });
  });

  it("have the rules of a jail's network stack with its labels", async () => {
    await withFirewalls(
      'amd64-14,cpus=2,jails=1',
      'packs: [{ pack: pf_rules, vnet: all }, { pack: ipfw, vnet: all }]',
      async (_simulated, _changes, read) => {
        const names = [...(await read()).keys()];
        const ofJail = names.filter(
          (name) => name.includes('{jail=j1,jid=1,') && name.startsWith('pf_rule_evaluations'),
        );
        assert.deepEqual(ofJail, [
          'pf_rule_evaluations{jail=j1,jid=1,ruleset=filter,rule=0,label=jail}',
          'pf_rule_evaluations{jail=j1,jid=1,ruleset=filter,rule=1}',
        ]);
        assert.ok(names.includes('ipfw_rule_packets{jail=j1,jid=1,rule=65535,id=1,set=31}'));
      },
    );
  });

  it('say that there is nothing of them where the modules are not loaded, and that this is no fault', async () => {
    const simulated = await Simulated.open('amd64-14,cpus=2', 'packs: [pf_rules, ipfw]');
    try {
      const { report } = await simulated.scraper.read();
      assert.deepEqual(
        report.symbols.map(({ symbol, optional, up }) => [symbol, optional, up]),
        ['pf_anchors', 'pfi_ifs', 'pfr_ktables', 'layer3_chain'].map((symbol) => [symbol, true, false]),
      );
    } finally {
      await simulated.close();
    }
  });
});
