import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { EntryKind } from '../../src/config/model.js';
import { kernelAddress, type KernelAddress, type ZpcpuPointer } from '../../src/kernel/address.js';
import { ZpcpuLayout } from '../../src/kernel/zpcpu.js';
import { planCopies, type CopyGroup, type CopyParts, type CopyPlan, type CopyRead } from '../../src/plan/copyPlan.js';
import { NO_LABELS } from '../../src/plan/instances/instance.js';
import type { SeriesLayout } from '../../src/plan/layout.js';
import type { EntryResolution } from '../../src/plan/resolution.js';
import { KvmError } from '../../src/kernel/errors.js';
import { CopyReader } from '../../src/scrape/copyReader.js';
import { Pacer } from '../../src/snapshots/pacer.js';
import { entryOf, familyOf, fieldOf, layoutOf } from '../support/entries.js';

const PAGE = 4096;
const TABLE = 0xffff_f800_0400_0000n;
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

/** Values of no CPU at these places of the table, by way of `itself`. */
function planWords(offsets: readonly number[], cost: CopyParts['cost'], maxId = 3): CopyPlan {
  const fields = offsets.map((offset, index) =>
    fieldOf(familyOf('x', { cpu: 'sum' }), {
      labels: [{ name: 'index', value: String(index) }],
      cellOffset: offset,
      access: { way: 'itself', itemSize: 8 },
    }),
  );
  return planCopies({
    layout: layoutOf([entryOf('x', fields)], [0]),
    resolutions: [[{ labels: NO_LABELS, where: { cells: kernelAddress(TABLE) }, origin }]],
    pointers: offsets.map(() => undefined),
    zpcpu: new ZpcpuLayout(0n, PCPU, PAGE, maxId + 1),
    facts: { pageSize: PAGE, maxId },
    cost,
    method: 'slabs by kvm_read',
  });
}

/** The copies of one item, by id from 0 on where each has it. */
function planTable(copies: readonly (readonly [number, bigint])[], maxId: number): CopyPlan {
  return planCopies({
    layout: layoutOf([entryOf('x', [fieldOf(familyOf('x'), { access: { way: 'itself', itemSize: 8 } })])], [0]),
    resolutions: [
      [{ labels: NO_LABELS, where: { copies: new Map(copies.map(([id, at]) => [id, kernelAddress(at)])) }, origin }],
    ],
    pointers: [undefined],
    zpcpu: new ZpcpuLayout(0n, PCPU, PAGE, maxId + 1),
    facts: { pageSize: PAGE, maxId },
    cost: { call: 1000, byte: 0.1 },
    method: 'slabs by kvm_read',
  });
}

describe('planCopies of plain values', () => {
  const cost = { call: 1000, byte: 0.1 };

  it('reads those that lie near each other together, in whatever order they come', () => {
    const offsets = [80, 8, 1600, 2 * PAGE];
    const made = planWords(offsets, cost);
    assert.deepEqual(
      made.reads.map((read) => [addressOf(read) - TABLE, read.length, read.firstId, read.lastId]),
      [
        [8n, 1600, 0, 0],
        [BigInt(2 * PAGE), 8, 0, 0],
      ],
    );
    assert.deepEqual(made.groups[0]!.items, [1, 0, 2]);
    offsets.forEach((offset, item) => {
      const group = made.groups.find(({ items }) => items.includes(item))!;
      const [read] = readsOf(made, group);
      assert.equal(made.bases[item]! - read!.at, Number(TABLE + BigInt(offset) - addressOf(read!)));
      assert.equal(made.addressOf(item, 0), TABLE + BigInt(offset));
      assert.equal(made.strides[item], 0);
    });
  });

  it('reads each by itself where bytes are dear', () => {
    const { reads } = planWords([0, 16, 24], { call: 1, byte: 10 });
    assert.deepEqual(
      reads.map((read) => [addressOf(read) - TABLE, read.length]),
      [
        [0n, 8],
        [16n, 16],
      ],
      'what touches costs nothing',
    );
  });

  it('reads no page of which nothing is wanted, and no more than a bound at once', () => {
    const free = { call: 1000, byte: 0 };
    assert.equal(planWords([0, PAGE, 2 * PAGE], free).reads.length, 1);
    assert.equal(planWords([PAGE - 8, 2 * PAGE], free).reads.length, 2);
    const all = planWords(
      Array.from({ length: 600 }, (_, page) => page * PAGE),
      free,
    );
    assert.ok(all.reads.length > 1 && all.reads.every(({ length }) => length <= 1 << 20));
  });

  it('falls back to piece by piece where a read fails, and gives all but what cannot be read', async () => {
    const offsets = [0, 8, 16, 24, 32, 40];
    const made = planWords(offsets, cost);
    let calls = 0;
    const memory = {
      traffic: { reads: 0, bytes: 0 },
      read: (address: bigint, into: Uint8Array): void => {
        calls++;
        const from = Number(address - TABLE);
        if (from <= 24 && from + into.length > 24) throw new KvmError('kvm_read', 'Bad address');
        const view = new DataView(into.buffer, into.byteOffset, into.byteLength);
        for (let at = 0; at < into.length; at += 8) view.setBigUint64(at, BigInt(from + at), true);
      },
      readZpcpu: () => assert.fail(),
      counterU64Fetch: () => assert.fail(),
    };
    const layout = layoutOf(
      [
        entryOf(
          'x',
          offsets.map((cellOffset) =>
            fieldOf(familyOf('x', { cpu: 'sum' }), { cellOffset, access: { way: 'itself', itemSize: 8 } }),
          ),
        ),
      ],
      [0],
    );
    const reader = new CopyReader(memory, undefined, layout, made);
    const read: number[] = [];
    const failed: [number, string][] = [];
    await reader.read(
      { read: (item) => read.push(item), failed: (item, { message }) => failed.push([item, message]) },
      new Pacer(),
    );
    assert.deepEqual(read, [0, 1, 2, 4, 5]);
    assert.deepEqual(failed, [[3, 'kvm_read: Bad address']]);
    assert.ok(calls < 1 + 2 * offsets.length);
    const view = new DataView(reader.table.arena.buffer);
    for (const item of read) assert.equal(view.getBigUint64(made.bases[item]!, true), BigInt(offsets[item]!));
  });

  it('reads copies of CPUs that lie side by side at once, and those of other ids as far as they do', () => {
    const side = planTable(
      [2, 0, 1, 3].map((id) => [id, TABLE + BigInt(8 * id)] as const),
      3,
    );
    assert.deepEqual(side.reads, [{ call: 'kvm_read', address: TABLE, at: 0, length: 32, firstId: 0, lastId: 3 }]);
    assert.deepEqual([side.bases[0], side.strides[0]], [0, 8]);
    // Nobody has the ids 1 and 4: their places in the arena stay empty.
    const holes = planTable(
      [
        [0, TABLE],
        [2, TABLE + 8n],
        [3, TABLE + 16n],
      ],
      4,
    );
    assert.deepEqual(holes.reads, [
      { call: 'kvm_read', address: TABLE, at: 0, length: 8, firstId: 0, lastId: 0 },
      { call: 'kvm_read', address: TABLE + 8n, at: 16, length: 16, firstId: 2, lastId: 3 },
    ]);
    assert.deepEqual([holes.bases[0], holes.strides[0], holes.bytes], [0, 8, 40]);
  });
});
