import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { VnetFollower } from '../../../src/plan/lists/vnetFollower.js';
import { vnet } from '../../../src/simulator/model/kernelTypes.js';
import { SmallJails, textOf } from '../../support/smallJails.js';

function followed(jails: SmallJails): VnetFollower {
  const { origin, vnet: there } = jails.kernel.found('it');
  return new VnetFollower(jails.vnets, there!.place, jails.baseOf(jails.host), origin);
}

describe('a symbol in all vnets', () => {
  it('has an instance in each, the same object for as long as its vnet is', () => {
    const jails = new SmallJails();
    const a = jails.addVnet();
    const web = jails.addJail(1, 'web', a);
    const follower = followed(jails);
    const first = follower.look();
    assert.deepEqual(
      first.map(({ labels }) => textOf(labels)),
      ['host', 'jail=web jid=1'],
    );
    const place = jails.kernel.addressOf('vnet_entry_it');
    assert.equal(first[1]!.where.cells, BigInt.asUintN(64, place + jails.baseOf(a)));
    assert.deepEqual(
      first.map(({ isElsewhere }) => isElsewhere),
      [false, true],
    );
    assert.deepEqual(follower.tally, { published: 2, doubtful: 0, beyondLimit: 0, duplicates: 0, successors: 0 });
    jails.vnets.forget();
    assert.equal(follower.look(), first);
    assert.equal(follower.gone().size, 0);
    jails.addJail(2, 'b', jails.addVnet());
    jails.vnets.forget();
    assert.equal(follower.gone().size, 0, 'one that came');
    const second = follower.look();
    assert.deepEqual([second.length, second[0], second[2]], [3, first[0], first[1]]);
    jails.kill(web);
    jails.vnets.forget();
    assert.deepEqual([...follower.gone()], [first[1]]);
  });

  it('is gone where the vnet is another by now: of another jail, or with other data', () => {
    for (const change of [
      (jails: SmallJails, web: bigint) => {
        jails.kernel.put(jails.type, web, { pr_id: 9 });
      },
      (jails: SmallJails, web: bigint) => {
        jails.kernel.put(jails.type, web, { pr_name: 'renamed' });
      },
      (jails: SmallJails, _: bigint, at: bigint) => {
        jails.kernel.put(vnet, at, { vnet_data_base: jails.baseOf(jails.host) + 8n });
      },
      (jails: SmallJails, _: bigint, at: bigint) => {
        jails.kernel.put(vnet, at, { vnet_magic_n: 0xdead_c0de });
      },
      (jails: SmallJails, _: bigint, at: bigint) => {
        jails.removeVnet(at);
      },
      (jails: SmallJails, web: bigint, at: bigint) => {
        // The jail goes, and another takes both its memory and that of its vnet.
        jails.removeVnet(at);
        jails.kernel.put(jails.type, web, { pr_id: 10, pr_name: 'other', pr_vnet: at });
      },
    ]) {
      const jails = new SmallJails();
      const at = jails.addVnet();
      const web = jails.addJail(1, 'web', at);
      const follower = followed(jails);
      const [, before] = follower.look();
      change(jails, web, at);
      jails.vnets.forget();
      assert.deepEqual([...follower.gone()], [before]);
      assert.ok(!follower.look().includes(before!));
    }
  });

  it('has no instance where its vnet leads out of the kernel, and tells where there may be more', () => {
    const jails = new SmallJails();
    const at = jails.addVnet({ vnet_data_base: 0x1_0000_0000n });
    jails.addJail(1, 'web', at);
    const follower = followed(jails);
    assert.equal(follower.look().length, 1);
    assert.equal(follower.trouble, undefined);
    assert.equal(follower.gone().size, 0);
    jails.kernel.put(vnet, at, { 'vnet_le.le_next': at });
    jails.vnets.forget();
    follower.look();
    assert.equal(follower.trouble, 'it leads in a circle');
  });
});
