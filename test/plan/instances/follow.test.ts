/** Which follower an entry gets: of a list at its symbol, in the vnet of this process or in all, and of a symbol in all vnets. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { KvmError } from '../../../src/kernel/errors.js';
import type { ListRules } from '../../../src/config/model.js';
import { follow } from '../../../src/plan/instances/follow.js';
import type { Follower } from '../../../src/plan/instances/instance.js';
import { compileList } from '../../../src/plan/lists/compileList.js';
import { compileVnets } from '../../../src/plan/lists/vnets.js';
import {
  array,
  cFunction,
  char,
  counterU64,
  forward,
  offsetOf,
  pointer,
  struct,
  uint16,
} from '../../../src/simulator/model/ctypes.js';
import { vnet } from '../../../src/simulator/model/kernelTypes.js';
import { ckStailqEntry, ckStailqHead } from '../../../src/simulator/model/queues.js';
import { SmallJails, textOf } from '../../support/smallJails.js';
import { rulesOf } from '../../support/smallKernel.js';

const ifnet = struct('ifnet', {
  if_link: ckStailqEntry('ifnet'),
  if_xname: array(char, 16),
  if_index: uint16,
  if_vnet: pointer(forward('vnet')),
  if_get_counter: pointer(cFunction),
  if_counters: array(counterU64, 12),
});

class Interfaces {
  readonly jails = new SmallJails(
    14,
    { vnet_entry_ifnet: ckStailqHead('', ifnet), global: ckStailqHead('', ifnet), if_get_counter_default: cFunction },
    [ifnet],
  );

  follower(rules: Partial<ListRules>, inAllVnets: boolean, symbol = 'ifnet', withVnets = true): Follower {
    const { kernel, vnets } = this.jails;
    const found = kernel.found(symbol);
    const all = rulesOf({ link: 'if_link', keys: [{ label: 'interface', member: 'if_xname' }], ...rules });
    const list = compileList(kernel.types, kernel.types.typeOfObject(found.origin.name)!, undefined, all).plan;
    const plan = { list, interrupts: undefined, vnets: withVnets ? compileVnets(kernel.types) : undefined, inAllVnets };
    return follow(plan, found, kernel, {
      vnets: withVnets ? vnets : undefined,
      interrupts: undefined,
      known: new Map(),
    });
  }

  /** At the head of the list of a vnet; it says that it is of `claimed`. */
  add(name: string, inVnet: bigint, claimed = inVnet): bigint {
    const { kernel } = this.jails;
    const head = BigInt.asUintN(64, kernel.addressOf('vnet_entry_ifnet') + this.jails.baseOf(inVnet));
    const next = kernel.memory.word(head);
    const values = { if_xname: name, if_vnet: claimed, 'if_link.cstqe_next': next };
    const at = kernel.make(ifnet, { ...values, if_get_counter: kernel.addressOf('if_get_counter_default') });
    kernel.memory.store(head, at);
    return at;
  }

  names(follower: Follower): string[] {
    this.jails.vnets.forget();
    return follower.look().map(({ labels }) => textOf(labels));
  }
}

const IN_VNET = { check: [{ member: 'if_vnet', equals: 'vnet' }] };

describe('what follows the instances of an entry', () => {
  it('is a list in the vnet of this process, which its elements must be of', () => {
    const net = new Interfaces();
    const { host } = net.jails;
    const other = net.jails.addVnet();
    net.add('lo0', host);
    net.add('moving', host, other);
    const follower = net.follower(IN_VNET, false);
    assert.deepEqual(net.names(follower), ['interface=lo0']);
    assert.equal(follower.tally.doubtful, 1);
  });

  it('is the lists of all vnets, with the labels of each', () => {
    const net = new Interfaces();
    const { jails } = net;
    const a = jails.addVnet();
    const web = jails.addJail(1, 'web', a);
    const moving = net.add('epair0b', a);
    net.add('lo0', a);
    net.add('lo0', jails.host);
    const follower = net.follower(IN_VNET, true);
    const all = ['interface=lo0', 'jail=web jid=1 interface=lo0', 'jail=web jid=1 interface=epair0b'];
    assert.deepEqual(net.names(follower), all);
    assert.equal(follower.gone().size, 0);
    // It goes to the host while values are read: its labels were those of the jail.
    net.jails.kernel.put(ifnet, moving, { if_vnet: jails.host });
    assert.deepEqual(
      [...follower.gone()].map(({ labels }) => textOf(labels)),
      [all[2]],
    );
    jails.kill(web);
    jails.vnets.forget();
    assert.equal(follower.gone().size, 2, 'with the jail all of its list goes');
    assert.deepEqual(net.names(follower), all.slice(0, 1));
    jails.kernel.put(vnet, jails.host, { 'vnet_le.le_next': a });
    net.names(follower);
    assert.equal(follower.trouble, 'it leads in a circle', 'of the vnets');
  });

  it('has what is told of interfaces by their index only in the vnet of this process', () => {
    const net = new Interfaces();
    const { jails } = net;
    const a = jails.addVnet();
    jails.addJail(1, 'web', a);
    for (const inVnet of [a, jails.host]) {
      jails.kernel.put(ifnet, net.add('vtnet0', inVnet), { if_get_counter: 8n, if_index: 3 });
      net.add('lo0', inVnet);
    }
    const instead = { unless: [{ member: 'if_get_counter', equals: 'if_get_counter_default' }], ifdata: 'if_index' };
    const follower = net.follower({ instead }, true);
    assert.deepEqual(net.names(follower), ['interface=lo0', 'jail=web jid=1 interface=lo0', 'interface=vtnet0']);
    assert.equal(follower.tally.doubtful, 1);
    const told = follower.look().at(-1)!.where.told;
    assert.deepEqual(told, { index: 3, name: 'vtnet0', counters: offsetOf(ifnet, 'if_counters') });
    const gone = (): string[] => [...follower.gone()].map(({ labels }) => textOf(labels));
    const at = follower.look().at(-1)!.where.cells!;
    jails.kernel.put(ifnet, at, { if_index: 4 });
    assert.deepEqual(gone(), ['interface=vtnet0'], 'it is known by another index');
    jails.kernel.put(ifnet, at, { if_index: 3, if_get_counter: jails.kernel.addressOf('if_get_counter_default') });
    assert.deepEqual(gone(), ['interface=vtnet0'], 'it counts by itself now');
  });

  it('is one list where the symbol is in no vnet', () => {
    const net = new Interfaces();
    const { kernel } = net.jails;
    const at = kernel.make(ifnet, { if_xname: 'a' });
    kernel.set('global', { cstqh_first: at });
    assert.deepEqual(net.names(net.follower({}, false, 'global', false)), ['interface=a']);
    assert.throws(() => net.follower({}, true, 'global'), KvmError);
    assert.throws(() => net.follower({}, true, 'ifnet', false), /it is no VNET symbol/);
  });

  it('is nothing where there is neither a list nor a vnet', () => {
    const { kernel } = new Interfaces().jails;
    const plan = { list: undefined, interrupts: undefined, vnets: undefined, inAllVnets: false };
    assert.throws(
      () => follow(plan, kernel.found('global'), kernel, { vnets: undefined, interrupts: undefined, known: new Map() }),
      /it leads to no list/,
    );
  });
});
