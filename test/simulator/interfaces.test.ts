/** The interfaces of every simulated kernel, found as a reader finds them: by the kernel's types, from the head of each vnet's list. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { offsetOf, sizeOf } from '../../src/simulator/model/ctypes.js';
import { ifaddr, ifCounterNames, ifmibdata, ifnet } from '../../src/simulator/model/interfaceTypes.js';
import { profileOf } from '../../src/simulator/profiles.js';
import { profileNames } from '../../src/simulator/spec.js';
import { interfacesOf, vnetsOf, withTypedKernel } from './typedKernel.js';

const hosts = ['mce0', 'mce1', 'vtnet0', 'lo0', 'lagg0', 'epair0a', 'bridge0', 'vlan7'];

describe('struct ifnet', () => {
  it('has its members where a running 14.0-CURRENT has them', () => {
    const type = ifnet(14);
    const places = Object.entries({
      if_index: 84,
      if_xname: 88,
      if_flags: 112,
      if_drv_flags: 116,
      if_vnet: 896,
      if_get_counter: 1080,
      if_counters: 1096,
    });
    for (const [member, offset] of places) assert.equal(offsetOf(type, member), offset, member);
    assert.equal(sizeOf(type), 1280);
    assert.equal(sizeOf(ifmibdata), 208);
    assert.equal(sizeOf(ifaddr(12)), sizeOf(ifaddr(14)) + 8);
  });

  it('differs between releases', () => {
    assert.deepEqual(
      ([12, 13, 14, 15] as const).map((release) => offsetOf(ifnet(release), 'if_counters')),
      [1048, 1088, 1096, 1112],
    );
  });
});

for (const profile of profileNames) {
  describe(profile, () => {
    it('tells the type of an interface, and of its addresses', async () => {
      await withTypedKernel(`${profile},cpus=2`, ({ types }) => {
        const type = types.findStruct('ifnet');
        const head = types.resolve(types.typeOfObject('vnet_entry_ifnet')!);
        assert.equal(type?.size, sizeOf(ifnet(profileOf(profile).release)));
        assert.ok(head.kind === 'struct' && head.name === 'ifnethead');
        assert.equal(types.findStruct('ifaddr')?.size, sizeOf(ifaddr(profileOf(profile).release)));
        assert.equal(types.findStruct('ifmibdata')?.size, 208);
      });
    });

    it('has the interfaces of the host and of a jail on their lists, with their addresses and counters', async () => {
      await withTypedKernel(`${profile},cpus=3`, (typed) => {
        const [jail, host] = vnetsOf(typed) as [bigint, bigint];
        assert.equal(host, typed.word(typed.kernel.symbols.lookUp('vnet0')!.value));
        const own = interfacesOf(typed, host);
        assert.deepEqual(
          own.map(({ name }) => name),
          hosts,
        );
        const inJail = interfacesOf(typed, jail);
        assert.deepEqual(
          inJail.map(({ name }) => name),
          ['lo0', 'epair0b'],
        );
        // One numbering for all since 14.
        const first = profileOf(profile).release >= 14 ? 9 : 1;
        assert.deepEqual(
          inJail.map(({ index }) => index),
          [first, first + 1],
        );
        for (const each of [...own, ...inJail]) {
          assert.equal(each.vnet, own.includes(each) ? host : jail, each.name);
          assert.deepEqual(
            each.addresses.map(({ family, owner }) => [family, owner]),
            [
              [18, each.address],
              [2, each.address],
            ],
          );
          assert.ok(each.addresses[1]!.counts[0]! > 0n, each.name);
          assert.deepEqual(each.addresses[0]!.counts, [0n, 0n, 0n, 0n]);
        }
      });
    });

    it('counts in the kernel, but for drivers that count themselves', async () => {
      await withTypedKernel(`${profile},cpus=2`, (typed) => {
        const own = interfacesOf(typed, vnetsOf(typed)[1]!);
        const functions = new Map(
          ['if_get_counter_default', 'vtnet_get_counter', 'lagg_get_counter'].map((name) => [
            typed.kernel.symbols.lookUp(name)!.value,
            name,
          ]),
        );
        const column = ifCounterNames.indexOf('opackets');
        for (const { name, getCounter, counts } of own) {
          const driver = ['vtnet0', 'lagg0'].includes(name) ? name.slice(0, -1) : undefined;
          assert.equal(
            functions.get(getCounter),
            driver === undefined ? 'if_get_counter_default' : `${driver}_get_counter`,
          );
          assert.equal(counts[column] === 0n, driver !== undefined, name);
        }
        assert.notEqual(own[2]!.counts[ifCounterNames.indexOf('ibytes')], 0n, 'vtnet(4) leaves these to the kernel');
      });
    });
  });
}

describe('interfaces=N', () => {
  it('makes as many as are asked for', async () => {
    await withTypedKernel('amd64-14,cpus=2,interfaces=300', (typed) => {
      const names = interfacesOf(typed, vnetsOf(typed)[1]!).map(({ name }) => name);
      assert.equal(names.length, 300);
      assert.deepEqual(names.slice(0, 8), hosts);
      assert.equal(new Set(names).size, 300);
    });
    await withTypedKernel('amd64-14,cpus=1,interfaces=1', (typed) => {
      assert.deepEqual(
        interfacesOf(typed, vnetsOf(typed)[1]!).map(({ name }) => name),
        ['mce0'],
      );
    });
  });
});
