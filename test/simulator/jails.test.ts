/** The jails of every simulated kernel and their network stacks, found by the kernel's types. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { offsetOf, sizeOf } from '../../src/simulator/model/ctypes.js';
import { prison, tellsState } from '../../src/simulator/model/jailTypes.js';
import { profileOf } from '../../src/simulator/profiles.js';
import { profileNames } from '../../src/simulator/spec.js';
import { interfacesOf, jailsOf, vnetsOf, withTypedKernel, type SeenJail } from './typedKernel.js';

describe('struct prison', () => {
  it('has its members where a running 14.0-CURRENT has them', () => {
    const type = prison(14);
    for (const [member, offset] of Object.entries({
      pr_id: 16,
      pr_flags: 28,
      pr_vnet: 168,
      pr_state: 256,
      pr_name: 280,
    }))
      assert.equal(offsetOf(type, member), offset, member);
  });

  it('differs between releases', () => {
    assert.deepEqual(
      ([12, 13, 14, 15] as const).map((release) => offsetOf(prison(release), 'pr_vnet')),
      [168, 168, 168, 176],
    );
    assert.ok(sizeOf(prison(12)) > 2048);
  });
});

const texts = (jails: readonly SeenJail[]): string[] =>
  jails.map(({ id, name, state, hasVnet }) => `${id} ${name} ${state ?? '-'}${hasVnet ? ' vnet' : ''}`);

for (const profile of profileNames) {
  describe(profile, () => {
    const { release } = profileOf(profile);
    const state = (number: number): string => (tellsState(release) ? String(number) : '-');

    it('has its jails on the list and in the tree, each with its network stack', async () => {
      await withTypedKernel(`${profile},cpus=2,jails=6`, (typed) => {
        const { host, jails } = jailsOf(typed);
        assert.deepEqual(texts(jails), [
          `1 j1 ${state(2)} vnet`,
          `2 j1 ${state(1)} vnet`,
          `3 j1.inner ${state(1)} vnet`,
          `4 j4 ${state(1)}`,
          `5 j5 ${state(1)} vnet`,
          `6 j6 ${state(1)} vnet`,
        ]);
        assert.equal(jails[0]!.users, 0);
        assert.ok(jails.slice(1).every(({ users }) => users > 0));
        const vnets = vnetsOf(typed);
        assert.equal(vnets.length, 6);
        assert.equal(host.vnet, vnets.at(-1));
        assert.equal(jails[3]!.vnet, host.vnet);
        assert.deepEqual(
          jails.filter(({ hasVnet }) => hasVnet).map(({ vnet }) => vnet),
          vnets.slice(0, -1).reverse(),
        );
        const children = (of: SeenJail): string[] =>
          typed
            .list(typed.at(of.address, 'prison', 'pr_children.lh_first'), 'prison', 'pr_sibling.le_next')
            .map((address) => String(jails.find((each) => each.address === address)?.id));
        assert.deepEqual(children(host), ['6', '5', '4', '2', '1']);
        assert.deepEqual(children(jails[1]!), ['3']);
        assert.ok(jails.every(({ parent, id }) => parent === (id === 3 ? jails[1]! : host).address));
      });
    });

    it('has counted in each network stack, in none as much as in the host', async () => {
      await withTypedKernel(`${profile},cpus=2,jails=3`, (typed) => {
        const entry = typed.kernel.symbols.lookUp('vnet_entry_ipstat')!.value;
        const sums = vnetsOf(typed).map((vnet) => {
          const base = typed.word(typed.at(vnet, 'vnet', 'vnet_data_base'));
          assert.equal(typed.bytes(typed.at(vnet, 'vnet', 'vnet_magic_n'), 4).readUInt32LE(), 0x5e4a_6f28);
          assert.deepEqual(
            interfacesOf(typed, vnet)
              .map(({ name }) => name)
              .slice(0, 1),
            [base === typed.word(typed.at(vnetsOf(typed).at(-1)!, 'vnet', 'vnet_data_base')) ? 'mce0' : 'lo0'],
          );
          return typed.counter(BigInt.asUintN(64, entry + base));
        });
        assert.equal(new Set(sums).size, 4);
        assert.ok(sums.every((sum) => sum > 1_000_000n && sum <= sums.at(-1)!));
      });
    });
  });
}

describe('jails=N', () => {
  it('is one jail unless told otherwise, and may be none', async () => {
    await withTypedKernel('amd64-14,cpus=1', (typed) => {
      assert.deepEqual(texts(jailsOf(typed).jails), ['1 j1 1 vnet']);
    });
    await withTypedKernel('amd64-14,cpus=1,jails=0', (typed) => {
      assert.deepEqual(jailsOf(typed).jails, []);
      assert.equal(vnetsOf(typed).length, 1);
    });
  });

  it('moves what the living count, and not what the dying do', async () => {
    await withTypedKernel('amd64-14,cpus=2,jails=3', ({ simulator: { image } }) => {
      const rates = image.steadyRates().map(({ symbol }) => symbol);
      assert.ok(!rates.includes('jail:tcpstat') && !rates.includes('if:jail:lo0'));
      assert.ok(rates.includes('jail2:tcpstat') && rates.includes('jail3:ipstat') && rates.includes('if:jail2:lo0'));
    });
  });
});
