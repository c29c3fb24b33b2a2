/** Interfaces that come, go and are renamed: what a reader of memory finds, and what sysctl(3) tells. Covers: changes/indexTable, liveMemory. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fingerprint } from '../../../src/simulator/changes/fingerprint.js';
import { KernelChanges } from '../../../src/simulator/changes/kernelChanges.js';
import { profileNames } from '../../../src/simulator/spec.js';
import type { Workload } from '../../../src/simulator/simulator.js';
import { untilTicked } from '../ticks.js';
import { interfacesOf, vnetsOf, withTypedKernel, type SeenInterface, type TypedKernel } from '../typedKernel.js';

async function withChanges(
  spec: string,
  use: (typed: TypedKernel, changes: KernelChanges) => void | Promise<void>,
  workload: Workload = 'none',
): Promise<void> {
  await withTypedKernel(
    spec,
    async (typed) => {
      await use(typed, new KernelChanges(typed.simulator.image, typed.simulator.spec));
    },
    workload,
  );
}

const hostOf = (typed: TypedKernel): bigint => vnetsOf(typed).at(-1)!;
const seen = (typed: TypedKernel): SeenInterface[] => interfacesOf(typed, hostOf(typed));
const namesOf = (typed: TypedKernel): string[] => seen(typed).map(({ name }) => name);
const told = (typed: TypedKernel, index: number): bigint[] | undefined => {
  const bytes = typed.kernel.sysctls.bytesAt([4, 18, 0, 2, index, 1]);
  return bytes && Array.from({ length: 12 }, (_, column) => bytes.readBigUInt64LE(80 + 8 * column));
};
const prints = (owner: string, from: number, count: number): bigint[] =>
  Array.from({ length: count }, (_, i) => fingerprint(owner, from + i));
const boot = ['mce0', 'mce1', 'vtnet0', 'lo0', 'lagg0', 'epair0a', 'bridge0', 'vlan7'];

for (const profile of profileNames) {
  describe(profile, () => {
    it('finds an interface that came at the end of the list, with its fingerprint', async () => {
      await withChanges(`${profile},cpus=3,absent=1`, (typed, changes) => {
        changes.addInterface('tap7');
        changes.addInterface('vtnet9', { getCounter: 'vtnet_get_counter' });
        assert.deepEqual(namesOf(typed), [...boot, 'tap7', 'vtnet9']);
        const [tap, vtnet] = seen(typed).slice(-2) as [SeenInterface, SeenInterface];
        assert.deepEqual(tap.counts, prints('tap7', 0, 12));
        assert.deepEqual(tap.addresses[1]!.counts, prints('tap7', 12, 4));
        assert.deepEqual(tap.addresses[0]!.counts, [0n, 0n, 0n, 0n]);
        assert.equal(tap.vnet, hostOf(typed));
        assert.deepEqual(told(typed, tap.index), prints('tap7', 0, 12));
        // What its driver counts is not in the kernel's cells.
        assert.equal(vtnet.counts[0], 0n);
        assert.equal(vtnet.counts[5], fingerprint('vtnet9', 5));
        assert.deepEqual(told(typed, vtnet.index), prints('vtnet9', 0, 12));
        assert.equal(typed.kernel.sysctls.unsigned('net.link.generic.system.ifcount'), BigInt(vtnet.index));
        assert.equal(typed.bytes(typed.at(hostOf(typed), 'vnet', 'vnet_ifcnt'), 4).readUInt32LE(), 10);
      });
    });

    it('takes interfaces away wherever they are in the list, and gives their memory to the next', async () => {
      await withChanges(`${profile},cpus=2`, (typed, changes) => {
        const before = seen(typed);
        for (const name of ['mce0', 'lo0', 'vlan7']) changes.removeInterface(name);
        assert.deepEqual(namesOf(typed), ['mce1', 'vtnet0', 'lagg0', 'epair0a', 'bridge0']);
        const gone = before.filter(({ name }) => ['mce0', 'lo0', 'vlan7'].includes(name));
        for (const { address, index } of gone) {
          assert.equal(typed.bytes(address, 1024).readUInt32LE(96), 0xdead_c0de);
          assert.equal(told(typed, index), undefined);
        }
        changes.addInterface('tap0');
        assert.deepEqual(namesOf(typed).slice(-2), ['bridge0', 'tap0']);
        const tap = seen(typed).at(-1)!;
        assert.equal(tap.address, before.at(-1)!.address, 'what was freed last');
        assert.equal(tap.index, 1, 'the lowest that is free');
        assert.deepEqual(tap.counts, prints('tap0', 0, 12));
        assert.deepEqual(told(typed, 1), prints('tap0', 0, 12));
        assert.notDeepEqual(before.at(-1)!.counts, tap.counts);
      });
    });

    it('empties a list and fills it again', async () => {
      await withChanges(`${profile},cpus=1`, (typed, changes) => {
        for (const name of boot) changes.removeInterface(name);
        assert.deepEqual(namesOf(typed), []);
        assert.equal(typed.kernel.sysctls.unsigned('net.link.generic.system.ifcount'), 0n);
        for (const name of ['a0', 'b0', 'c0']) changes.addInterface(name);
        assert.deepEqual(namesOf(typed), ['a0', 'b0', 'c0']);
      });
    });
  });
}

describe('changes of interfaces', () => {
  it('rename one in place', async () => {
    await withChanges('amd64-14,cpus=2', (typed, changes) => {
      const before = seen(typed)[1]!;
      changes.renameInterface('mce1', 'uplink');
      const after = seen(typed)[1]!;
      assert.deepEqual(after, { ...before, name: 'uplink' });
      assert.throws(() => {
        changes.renameInterface('uplink', 'mce0');
      }, /there is mce0 already/);
      assert.throws(() => {
        changes.addInterface('0123456789abcdef');
      }, /too long/);
    });
  });

  it('end where no memory is left, and are possible again once there is', async () => {
    await withChanges('amd64-14,cpus=1,spare=3,vnets=0', (typed, changes) => {
      for (let i = 0; i < 3; i++) changes.addInterface(`tap${i}`);
      assert.ok(!changes.canAddInterface);
      assert.throws(() => {
        changes.addInterface('tap3');
      }, /no memory for another ifnet; ask for more spare/);
      changes.removeInterface('tap1');
      changes.addInterface('tap3');
      assert.deepEqual(namesOf(typed).slice(-3), ['tap0', 'tap2', 'tap3']);
    });
  });

  it('find again what was changed before', async () => {
    await withChanges('amd64-13,cpus=2', (typed, first) => {
      first.addInterface('tap0');
      const second = new KernelChanges(typed.simulator.image, typed.simulator.spec);
      second.addInterface('tap1');
      assert.deepEqual(seen(typed).at(-2)!.counts, prints('tap0', 0, 12));
      second.removeInterface('tap0');
      assert.deepEqual(seen(typed).at(-1)!.counts, prints('tap1', 0, 12));
    });
  });

  it('leave no workload on what was freed', async () => {
    await withChanges(
      'amd64-14,cpus=2',
      async (typed, changes) => {
        for (const name of ['mce0', 'vtnet0']) changes.removeInterface(name);
        await untilTicked(typed.simulator.image);
        changes.addInterface('tap0');
        changes.addInterface('vtnet0', { getCounter: 'vtnet_get_counter' });
        await untilTicked(typed.simulator.image);
        for (const { name, index } of seen(typed).slice(-2)) assert.deepEqual(told(typed, index), prints(name, 0, 12));
      },
      'believable',
    );
  });

  it('are many a second among a thousand', async () => {
    await withChanges('amd64-14,cpus=2,interfaces=1000', (typed, changes) => {
      for (let i = 0; i < 1000; i++) {
        changes.addInterface(`tap${i}`);
        if (i % 3 > 0) changes.removeInterface(`tap${i - 1}`);
        if (i % 3 === 2) changes.removeInterface(`tap${i}`);
      }
      assert.deepEqual(namesOf(typed).length, 1001);
      assert.equal(namesOf(typed).at(-1), 'tap999');
    });
  });
});
