/** The vnets of a small kernel and whose they are, as jails come, go and die. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { KvmError } from '../../../src/kernel/errors.js';
import { addressIn, compileVnets } from '../../../src/plan/lists/vnets.js';
import { ShapeError, UntoldError } from '../../../src/plan/shapes.js';
import { pointer, struct, uint64, voidPointer } from '../../../src/simulator/model/ctypes.js';
import { prison, prisonList, prisonState } from '../../../src/simulator/model/jailTypes.js';
import { vnet } from '../../../src/simulator/model/kernelTypes.js';
import { listHead } from '../../../src/simulator/model/queues.js';
import { SmallJails } from '../../support/smallJails.js';
import { typesOf } from '../../support/smallKernel.js';

describe('the vnets of a kernel', () => {
  for (const release of [12, 13, 14, 15] as const) {
    it(`are the host's, and those of living jails with one of their own: FreeBSD ${release}`, () => {
      const jails = new SmallJails(release);
      assert.deepEqual(jails.names(), ['host']);
      const [a, b] = [jails.addVnet(), jails.addVnet()];
      const web = jails.addJail(3, 'web', a);
      jails.addJail(4, 'plain', jails.host);
      jails.addJail(5, 'web.inner', a, web);
      jails.addJail(6, 'web.own', b, web);
      assert.deepEqual(jails.names(), ['host', 'jail=web.own jid=6', 'jail=web jid=3']);
      jails.kill(web);
      assert.deepEqual(jails.names(), ['host', 'jail=web.own jid=6']);
    });
  }

  it('are the same objects in the same array for as long as nothing changes, and until they are to be forgotten', () => {
    const jails = new SmallJails();
    const a = jails.addJail(1, 'a', jails.addVnet());
    const first = jails.vnets.look();
    assert.equal(jails.vnets.look(), first);
    jails.kernel.put(jails.type, a, { pr_name: 'b' });
    assert.equal(jails.vnets.look(), first);
    jails.vnets.forget();
    const second = jails.vnets.look();
    assert.notEqual(second, first);
    assert.equal(second[0], first[0]);
    assert.notEqual(second[1], first[1]);
  });

  it('are not those that nobody has, or that are being made or freed', () => {
    const jails = new SmallJails();
    jails.addVnet();
    const freed = jails.addVnet({ vnet_magic_n: 0xdead_c0de });
    jails.addJail(1, 'a', freed);
    jails.addJail(2, 'b', jails.addVnet(), undefined, { pr_state: prisonState.invalid });
    assert.deepEqual(jails.names(), ['host']);
  });

  it('are neither of two with the same labels', () => {
    const jails = new SmallJails();
    const old = jails.addJail(7, 'web', jails.addVnet());
    jails.addJail(7, 'web', jails.addVnet());
    jails.addJail(8, 'web', jails.addVnet());
    assert.deepEqual(jails.names(), ['host', 'jail=web jid=8']);
    jails.kill(old);
    assert.deepEqual(jails.names(), ['host', 'jail=web jid=8', 'jail=web jid=7']);
  });

  it('are never called by a jail in the one whose they are', () => {
    const jails = new SmallJails();
    const a = jails.addVnet();
    const web = jails.addJail(3, 'web', a);
    jails.addJail(5, 'web.inner', a, web);
    jails.removeJail(web);
    assert.deepEqual(jails.names(), ['host'], 'its parent was not met');
  });

  it('have names of whatever bytes', () => {
    const jails = new SmallJails();
    jails.addJail(1, 'a\n"\\', jails.addVnet());
    jails.addJail(-1, 'b', jails.addVnet());
    jails.kernel.put(jails.type, jails.addJail(2, '', jails.addVnet()), { pr_name: Buffer.alloc(256, 0xff) });
    assert.deepEqual(jails.names().slice(1), [
      `jail=${'\\xff'.repeat(256)} jid=2`,
      'jail=b jid=-1',
      'jail=a\\x0a"\\ jid=1',
    ]);
  });

  it('are told as far as they were found, and why there may be more', () => {
    const jails = new SmallJails();
    const [a, b] = [jails.addVnet(), jails.addVnet()];
    const [first, second] = [jails.addJail(1, 'a', a), jails.addJail(2, 'b', b)];
    assert.deepEqual(jails.names().length, 3);
    assert.equal(jails.vnets.broken, undefined);
    jails.kernel.put(jails.type, first, { 'pr_list.tqe_next': first });
    assert.deepEqual(jails.names(), ['host', 'jail=a jid=1']);
    assert.equal(jails.vnets.broken, 'it leads in a circle');
    jails.kernel.put(jails.type, first, { 'pr_list.tqe_next': second });
    jails.kernel.put(vnet, b, { 'vnet_le.le_next': 0xdead_c0de_dead_c0den });
    assert.deepEqual(jails.names(), ['jail=b jid=2']);
    assert.equal(jails.vnets.broken, "an element leads out of the kernel's memory");
  });

  it('are walked again where a walk was disturbed', () => {
    const jails = new SmallJails();
    const [a, b] = [jails.addVnet(), jails.addVnet()];
    const first = jails.addJail(1, 'a', a);
    const second = jails.addJail(2, 'b', b);
    let reads = 0;
    jails.kernel.memory.before = (address) => {
      if (address < first || address >= first + 4096n) return;
      jails.kernel.put(jails.type, first, { 'pr_list.tqe_next': ++reads === 1 ? first : second });
    };
    assert.deepEqual(jails.names(), ['host', 'jail=b jid=2', 'jail=a jid=1']);
    assert.deepEqual([reads, jails.vnets.broken], [2, undefined]);
  });

  it('cannot be told where the lists, or the host, cannot be read', () => {
    const jails = new SmallJails();
    jails.kernel.memory.store(jails.kernel.addressOf('vnet0'), 5n);
    assert.throws(() => jails.names(), /vnet0 leads nowhere/);
    jails.kernel.memory.store(jails.kernel.addressOf('vnet0'), jails.host);
    assert.deepEqual(jails.names(), ['host']);
    jails.kernel.memory.unmap(jails.kernel.addressOf('vnet0'));
    assert.throws(() => jails.names(), KvmError);
  });

  it('are found by where their data is', () => {
    const jails = new SmallJails();
    assert.equal(jails.vnets.withDataAt(jails.baseOf(jails.host))!.address, jails.host);
    assert.equal(jails.vnets.withDataAt(0n), undefined);
  });

  it('have a symbol nowhere where what was read would lead out of the kernel', () => {
    const jails = new SmallJails();
    const [host] = jails.vnets.look();
    const place = jails.kernel.addressOf('vnet_entry_it');
    assert.equal(addressIn(host!, place), BigInt.asUintN(64, place + jails.baseOf(jails.host)));
    for (const dataBase of [0x1_0000_0000n, 0x8000_0000_0000_0000n, BigInt.asUintN(64, -8n - place)]) {
      assert.equal(addressIn({ ...host!, dataBase }, place), undefined, dataBase.toString(16));
    }
  });
});

describe('compileVnets', () => {
  it('says what the types do not tell', () => {
    const heads = { vnet_head: listHead('', vnet), allprison: prisonList(14) };
    assert.throws(
      () => compileVnets(typesOf({ allprison: prisonList(14) })),
      (error) =>
        error instanceof UntoldError && error.message.endsWith('tell nothing of vnet_head, which leads to the vnets'),
    );
    assert.throws(
      () => compileVnets(typesOf({ ...heads, allprison: pointer(struct('prison', { pr_id: uint64 })) })),
      (error) =>
        error instanceof ShapeError && error.message.startsWith('allprison: struct prison has no member pr_list'),
    );
    assert.throws(
      () => compileVnets(typesOf({ ...heads, vnet_head: voidPointer }, [prison(14)])),
      (error) => error instanceof ShapeError && error.message.startsWith('vnet_head: its elements are void'),
    );
  });
});
