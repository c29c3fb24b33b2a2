import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { liesBetween, SysctlSizes, tellerOf, toldIn } from '../../src/kernel/told.js';

const sizes = (known: Readonly<Record<string, number>>): SysctlSizes =>
  new SysctlSizes({ bytes: (name) => (name in known ? Buffer.alloc(known[name]!) : undefined) });

describe('tellerOf', () => {
  it('takes the first sysctl that this kernel has', () => {
    assert.deepEqual(tellerOf('vm_cnt', 24, 'v_dfree', sizes({ 'vm.stats.vm.v_dfree': 8 })), {
      sysctl: 'vm.stats.vm.v_dfree',
      offset: 0,
      bits: 64,
    });
    assert.deepEqual(tellerOf('dothits', 0, undefined, sizes({ 'vfs.cache.dothits': 4 })), {
      sysctl: 'vfs.cache.dothits',
      offset: 0,
      bits: 32,
    });
  });

  it('finds a counter within what an array tells, and says where that ends before it', () => {
    const tcp = sizes({ 'net.inet.tcp.stats': 960 });
    assert.deepEqual(tellerOf('tcpstat', 952, 'tcps_x', tcp), { sysctl: 'net.inet.tcp.stats', offset: 952, bits: 64 });
    assert.equal(tellerOf('tcpstat', 960, 'tcps_y', tcp), 'net.inet.tcp.stats ends before it');
  });

  it('knows of none where this kernel has none of the names', () => {
    assert.equal(tellerOf('rtstat', 0, 'rts_unreach', sizes({})), undefined);
    assert.equal(tellerOf('vm_cnt', 0, undefined, sizes({ 'vm.stats.vm.v_dfree': 8 })), undefined);
  });
});

describe('toldIn', () => {
  it('reads what is wanted, and nothing where it is no longer there', () => {
    const bytes = Buffer.from([1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0x80]);
    assert.equal(toldIn(bytes, { sysctl: 'x', offset: 4, bits: 32 }), 2n);
    assert.equal(toldIn(bytes, { sysctl: 'x', offset: 8, bits: 64 }), 0x8000_0000_0000_0003n);
    assert.equal(toldIn(bytes, { sysctl: 'x', offset: 16, bits: 64 }), undefined);
    assert.equal(toldIn(undefined, { sysctl: 'x', offset: 0, bits: 64 }), undefined);
  });
});

describe('liesBetween', () => {
  it('lets a counter go up only, past the end of its bits, too', () => {
    assert.ok(liesBetween(5n, 5n, 5n, false, 64));
    assert.ok(liesBetween(5n, 7n, 9n, false, 64));
    assert.ok(!liesBetween(5n, 4n, 9n, false, 64));
    assert.ok(!liesBetween(5n, 10n, 9n, false, 64));
    assert.ok(liesBetween(2n ** 64n - 2n, 1n, 3n, false, 64));
    assert.ok(liesBetween(0xffff_ffffn, 1n, 2n, false, 32));
  });

  it('lets a gauge lie between the two in either order', () => {
    assert.ok(liesBetween(9n, 7n, 5n, true, 64));
    assert.ok(liesBetween(BigInt.asUintN(64, -2n), 0n, 1n, true, 64));
    assert.ok(!liesBetween(9n, 10n, 5n, true, 64));
  });
});
