import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { EntryKind } from '../../src/config/model.js';
import { kernelAddress, type KernelAddress, type ZpcpuPointer } from '../../src/kernel/address.js';
import { ZpcpuLayout } from '../../src/kernel/zpcpu.js';
import { planCopies, type CopyGroup, type CopyParts, type CopyPlan, type CopyRead } from '../../src/plan/copyPlan.js';
import { NO_LABELS } from '../../src/plan/instances/instance.js';
import type { SeriesLayout } from '../../src/plan/layout.js';
import type { EntryResolution } from '../../src/plan/resolution.js';
import { entryOf, familyOf, fieldOf, layoutOf } from '../support/entries.js';

const PAGE = 4096;
const SLAB = 0xffff_fe00_1000_0000n;
const PCPU = kernelAddress(0xffff_ffff_8200_0000n);
const origin = { name: 'x', value: 0n, inModule: false, size: 0, file: undefined };
const resolutions: readonly EntryResolution[] = [[{ labels: NO_LABELS, where: { cells: PCPU }, origin }]];

function layoutFor(
  kind: EntryKind,
  items: number,
  itemSize: number,
  cpus: readonly number[],
  cpu: 'both' | 'sum' = 'both',
): SeriesLayout {
  const family = familyOf('x', { cpu });
  const fields = Array.from({ length: items }, (_, index) =>
    fieldOf(family, { labels: [{ name: 'index', value: String(index) }], cellOffset: 8 * index }),
  );
  return layoutOf([entryOf('x', fields, { kind, itemSize })], cpus);
}

function plan(addresses: readonly bigint[], maxId: number, cost: CopyParts['cost'], itemSize = 8): CopyPlan {
  const layout = layoutFor('counters', addresses.length, itemSize, [0]);
  const zpcpu = new ZpcpuLayout(0n, PCPU, PAGE, maxId + 1);
  const pointers = addresses as ZpcpuPointer[];
  const facts = { pageSize: PAGE, maxId };
  return planCopies({ layout, resolutions, pointers, zpcpu, facts, cost, method: 'slabs by kvm_read' });
}

function readsOf({ reads }: CopyPlan, { from, to }: CopyGroup): readonly CopyRead[] {
  return reads.slice(from, to);
}

function addressOf(read: CopyRead): bigint {
  assert.ok(read.call !== 'sysctl');
  return read.call === 'kvm_read' ? read.address : read.pointer;
}

/** Checks that every read lands where the table says: fills the arena as a kernel whose memory holds its own addresses would. */
function assertTrue(made: CopyPlan, addresses: readonly bigint[], maxId: number): void {
  const arena = new DataView(new ArrayBuffer(made.bytes));
  for (const read of made.reads) {
    const address = addressOf(read);
    const skew = Number((8n - (address % 8n)) % 8n);
    for (let at = skew; at + 8 <= read.length; at += 8) arena.setBigUint64(read.at + at, address + BigInt(at), true);
  }
  addresses.forEach((address, item) => {
    for (let id = 0; id <= maxId; id++) {
      const found = arena.getBigUint64(made.bases[item]! + id * made.strides[item]!, true);
      assert.equal(found, address + BigInt(PAGE * id), `item ${item} of CPU ${id}`);
      assert.equal(made.addressOf(item, id), found);
    }
  });
}

describe('planCopies', () => {
  const cheapBytes = { call: 1000, byte: 0.1 };
  const dearBytes = { call: 1, byte: 10 };

  it('reads a whole slab at once where bytes are cheap', () => {
    const addresses = [SLAB + 4088n, SLAB + 4080n, SLAB + 8n];
    const made = plan(addresses, 7, cheapBytes);
    assert.equal(made.groups.length, 1);
    assert.equal(made.reads.length, 1);
    assertTrue(made, addresses, 7);
  });

  it('never reads past the last item of the page of mp_maxid', () => {
    for (const cost of [cheapBytes, dearBytes]) {
      const { reads } = plan([SLAB + 16n, SLAB + 24n], 3, cost);
      const ends = reads.map((read) => addressOf(read) + BigInt(read.length));
      assert.equal(
        ends.reduce((a, b) => (b > a ? b : a)),
        SLAB + BigInt(3 * PAGE) + 32n,
      );
    }
  });

  it('reads each item by itself where bytes are dear', () => {
    const addresses = [SLAB + 4088n, SLAB + 8n];
    const made = plan(addresses, 3, dearBytes);
    assert.equal(made.groups.length, 2);
    for (const group of made.groups) {
      assert.deepEqual(
        readsOf(made, group).map(({ length }) => length),
        [8, 8, 8, 8],
      );
    }
    assertTrue(made, addresses, 3);
  });

  it('keeps slabs apart and every read within a bound', () => {
    const addresses = Array.from(
      { length: 600 },
      (_, index) => SLAB + BigInt(index % 2) * 0x100_0000n + BigInt(4088 - 8 * (index >> 1)),
    );
    const made = plan(addresses, 1023, cheapBytes);
    assert.equal(made.groups.length, 2);
    assert.ok(made.reads.every(({ length }) => length <= 1 << 20));
    assertTrue(made, addresses, 1023);
  });

  it('places items of 4 bytes as aligned as they are', () => {
    const addresses = [SLAB + 4n, SLAB + 12n];
    for (const cost of [cheapBytes, dearBytes]) {
      const made = plan(addresses, 2, cost, 4);
      for (const base of made.bases) assert.equal(base % 4, 0);
      addresses.forEach((address, item) => {
        assert.equal(made.addressOf(item, 2), address + BigInt(2 * PAGE));
      });
    }
  });

  it('leaves out items whose pointer may not be followed', () => {
    const layout = layoutFor('counters', 2, 8, [0]);
    const zpcpu = new ZpcpuLayout(0n, PCPU, PAGE, 1);
    const pointers = [undefined, SLAB as ZpcpuPointer];
    const facts = { pageSize: PAGE, maxId: 0 };
    const made = planCopies({
      layout,
      resolutions,
      pointers,
      zpcpu,
      facts,
      cost: cheapBytes,
      method: 'slabs by kvm_read',
    });
    assert.deepEqual([...made.bases], [-1, 0]);
    assert.deepEqual(
      made.groups.flatMap(({ items }) => items),
      [1],
    );
  });

  it('reads a DPCPU object on the CPUs that exist, from where each has it', () => {
    const layout = layoutFor('dpcpu', 1, 24, [0, 2]);
    const copies = new Map<number, KernelAddress>([
      [0, kernelAddress(SLAB)],
      [2, kernelAddress(SLAB + 0x5_0000n)],
    ]);
    const zpcpu = new ZpcpuLayout(0n, PCPU, PAGE, 3);
    for (const method of ['calls', 'slabs by kvm_read_zpcpu', 'slabs by kvm_read'] as const) {
      const made = planCopies({
        layout,
        resolutions: [[{ labels: NO_LABELS, where: { copies }, origin }]],
        pointers: [undefined],
        zpcpu,
        facts: { pageSize: PAGE, maxId: 2 },
        cost: cheapBytes,
        method,
      });
      assert.deepEqual(made.reads, [
        { call: 'kvm_read', address: SLAB, at: 0, length: 24, firstId: 0, lastId: 0 },
        { call: 'kvm_read', address: SLAB + 0x5_0000n, at: 48, length: 24, firstId: 2, lastId: 2 },
      ]);
      assert.equal(made.addressOf(0, 2), SLAB + 0x5_0000n);
    }
  });

  it('takes one call for a sum of counters, and one for each CPU id where parts are wanted', () => {
    const zpcpu = new ZpcpuLayout(0n, PCPU, PAGE, 3);
    const calls = (['sum', 'both'] as const).map((cpu) => {
      const { reads } = planCopies({
        layout: layoutFor('counters', 1, 8, [0, 2], cpu),
        resolutions,
        pointers: [SLAB as ZpcpuPointer],
        zpcpu,
        facts: { pageSize: PAGE, maxId: 2 },
        cost: cheapBytes,
        method: 'calls',
      });
      return reads.map(({ call, firstId, lastId }) => [call, firstId, lastId]);
    });
    assert.deepEqual(calls, [
      [['kvm_counter_u64_fetch', 0, 2]],
      [
        ['kvm_read_zpcpu', 0, 0],
        ['kvm_read_zpcpu', 1, 1],
        ['kvm_read_zpcpu', 2, 2],
      ],
    ]);
  });
});
