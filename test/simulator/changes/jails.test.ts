/** Jails and their network stacks that come, go, die and are renamed. Covers: changes/vnets. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fingerprint } from '../../../src/simulator/changes/fingerprint.js';
import { KernelChanges } from '../../../src/simulator/changes/kernelChanges.js';
import { tellsState } from '../../../src/simulator/model/jailTypes.js';
import { profileOf } from '../../../src/simulator/profiles.js';
import { profileNames } from '../../../src/simulator/spec.js';
import { interfacesOf, jailsOf, vnetsOf, withTypedKernel, type TypedKernel } from '../typedKernel.js';

async function withChanges(spec: string, use: (typed: TypedKernel, changes: KernelChanges) => void): Promise<void> {
  await withTypedKernel(spec, (typed) => {
    use(typed, new KernelChanges(typed.simulator.image, typed.simulator.spec));
  });
}

const namesOf = (typed: TypedKernel): string[] => jailsOf(typed).jails.map(({ id, name }) => `${id} ${name}`);
/** Of a VNET counter in one vnet. */
function counterIn(typed: TypedKernel, vnet: bigint, symbol: string, index: number): bigint {
  const base = typed.word(typed.at(vnet, 'vnet', 'vnet_data_base'));
  const entry = typed.kernel.symbols.lookUp(`vnet_entry_${symbol}`)!.value;
  return typed.counter(BigInt.asUintN(64, entry + base + BigInt(8 * index)));
}

for (const profile of profileNames) {
  describe(profile, () => {
    it('finds a jail that came, its network stack and its interfaces', async () => {
      await withChanges(`${profile},cpus=2,vnets=1`, (typed, changes) => {
        changes.jails.add('web');
        changes.addInterface('epair3b', {}, 'web');
        assert.deepEqual(namesOf(typed), ['1 j1', '2 web']);
        const { host, jails } = jailsOf(typed);
        const web = jails[1]!;
        assert.equal(web.vnet, vnetsOf(typed)[0]);
        assert.equal(web.parent, host.address);
        assert.equal(web.state, tellsState(profileOf(profile).release) ? 1 : undefined);
        for (const [symbol, index] of [
          ['tcpstat', 3],
          ['ip6stat', 200],
          ['tcps_states', 10],
        ] as const)
          assert.equal(counterIn(typed, web.vnet, symbol, index), fingerprint(`web/${symbol}`, index));
        const own = interfacesOf(typed, web.vnet);
        assert.deepEqual(
          own.map(({ name, counts }) => [name, counts[6]]),
          [
            ['lo0', fingerprint('web/lo0', 6)],
            ['epair3b', fingerprint('web/epair3b', 6)],
          ],
        );
        // Not of this process's vnet, whose index 1 is another.
        assert.equal(interfacesOf(typed, host.vnet).length, 8);
      });
    });

    it('takes jails away with all that was theirs, and gives that to the next', async () => {
      await withChanges(`${profile},cpus=2,jails=3,vnets=0`, (typed, changes) => {
        assert.deepEqual(namesOf(typed), ['1 j1', '2 j1', '3 j1.inner']);
        const before = jailsOf(typed).jails;
        assert.throws(() => {
          changes.jails.remove('j1');
        }, /has jails in it/);
        changes.jails.remove('j1.inner');
        const gone = before[2]!;
        assert.deepEqual(namesOf(typed), ['1 j1', '2 j1']);
        assert.equal(vnetsOf(typed).length, 3);
        assert.equal(typed.bytes(gone.address, 8).readUInt32LE(4), 0xdead_c0de);
        assert.equal(typed.bytes(gone.vnet, 8).readUInt32LE(), 0xdead_c0de);
        changes.jails.add('next');
        const next = jailsOf(typed).jails.at(-1)!;
        assert.equal(next.vnet, gone.vnet);
        assert.equal(next.address, gone.address);
        assert.equal(next.id, 4);
        assert.equal(counterIn(typed, next.vnet, 'udpstat', 2), fingerprint('next/udpstat', 2));
        // The dying one goes in the end.
        changes.jails.free(changes.jails.all[0]!);
        assert.deepEqual(namesOf(typed), ['2 j1', '4 next']);
      });
    });

    it('tells of a dying jail what there is to tell', async () => {
      await withChanges(`${profile},cpus=1`, (typed, changes) => {
        const jail = changes.jails.kill('j1');
        changes.jails.add('j1', { sharesVnet: true });
        const [dying, alive] = jailsOf(typed).jails;
        const hasState = tellsState(profileOf(profile).release);
        assert.deepEqual([dying!.name, dying!.users, dying!.state], ['j1', 0, hasState ? 2 : undefined]);
        assert.deepEqual([alive!.name, alive!.users, alive!.hasVnet], ['j1', 1, false]);
        assert.equal(alive!.vnet, jailsOf(typed).host.vnet);
        assert.equal(vnetsOf(typed).length, 2);
        changes.jails.free(jail);
        assert.deepEqual(namesOf(typed), ['2 j1']);
        assert.equal(vnetsOf(typed).length, 1);
      });
    });
  });
}

describe('changes of jails', () => {
  it('rename one with what is in it', async () => {
    await withChanges('amd64-14,cpus=1,jails=2', (typed, changes) => {
      changes.jails.rename('j1', 'www');
      assert.deepEqual(namesOf(typed), ['1 www', '2 www.inner']);
      changes.jails.add('www.more', { parent: 'www', sharesVnet: true });
      const { jails } = jailsOf(typed);
      assert.equal(jails[2]!.vnet, jails[0]!.vnet);
      const children = typed.list(
        typed.at(jails[0]!.address, 'prison', 'pr_children.lh_first'),
        'prison',
        'pr_sibling.le_next',
      );
      assert.deepEqual(children, [jails[2]!.address, jails[1]!.address]);
    });
  });

  it('give a new network stack the counters of modules that are loaded', async () => {
    for (const profile of ['amd64-14', 'arm64-14'] as const) {
      await withChanges(`${profile},cpus=1,vnets=1`, (typed, changes) => {
        const { image } = typed.simulator;
        image.loadModule('carp');
        const [host] = [jailsOf(typed).host.vnet];
        changes.jails.add('web');
        const web = jailsOf(typed).jails.at(-1)!.vnet;
        const shift =
          typed.word(typed.at(web, 'vnet', 'vnet_data_base')) - typed.word(typed.at(host, 'vnet', 'vnet_data_base'));
        assert.equal(
          typed.counter(BigInt.asUintN(64, image.symbol('carpstats')!.address + shift)),
          fingerprint('web/carpstats', 0),
        );
      });
    }
  });
});
