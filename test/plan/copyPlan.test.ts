import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Entry } from '../../src/config/model.js';
import { kernelAddress, type KernelAddress, type ZpcpuPointer } from '../../src/kernel/address.js';
import { ZpcpuLayout } from '../../src/kernel/zpcpu.js';
import { planCopies, type CopyPlan } from '../../src/plan/copyPlan.js';
import type { EntryResolution } from '../../src/plan/resolution.js';
import { layOutSeries, type SeriesLayout } from '../../src/plan/series.js';

const PAGE = 4096;
const SLAB = 0xffff_fe00_1000_0000n;
const PCPU = kernelAddress(0xffff_ffff_8200_0000n);
const origin = { name: 'x', value: 0n, inModule: false, size: 0, file: undefined };

function layoutOf(kind: Entry['kind'], items: number, itemSize: number, cpus: readonly number[]): SeriesLayout {
  const family = { name: 'x', perCpuName: 'x_per_cpu', help: 'X.', type: 'gauge', cpu: 'both' } as const;
  const fields = Array.from({ length: items }, (_, index) => ({
    family,
    labels: [{ name: 'index', value: String(index) }],
    cellOffset: 8 * index,
    offset: 0,
    format: 'i64' as const,
  }));
  const at = { file: 'x.yaml', line: 1, column: 1 };
  return layOutSeries([{ kind, symbol: 'x', optional: false, symbolSize: undefined, itemSize, fields, at }], cpus);
}

function plan(
  addresses: readonly bigint[],
  maxId: number,
  cost: { call: number; byte: number },
  itemSize = 8,
): CopyPlan {
  const layout = layoutOf('counters', addresses.length, itemSize, [0]);
  const resolutions: EntryResolution[] = [{ origin, address: PCPU }];
  const zpcpu = new ZpcpuLayout(0n, PCPU, PAGE, maxId + 1);
  return planCopies(layout, resolutions, addresses as ZpcpuPointer[], zpcpu, { pageSize: PAGE, maxId }, cost);
}

/** Checks that every read lands where the table says: fills the arena as a kernel whose memory holds its own addresses would. */
function assertTrue(made: CopyPlan, addresses: readonly bigint[], maxId: number): void {
  for (const group of made.groups) {
    for (const read of group.reads) {
      const view = new DataView(read.into.buffer, read.into.byteOffset, read.into.byteLength);
      const skew = Number((8n - (read.address % 8n)) % 8n);
      for (let at = skew; at + 8 <= read.into.byteLength; at += 8)
        view.setBigUint64(at, read.address + BigInt(at), true);
    }
  }
  const arena = new DataView(made.arena.buffer);
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
    assert.equal(made.groups[0]!.reads.length, 1);
    assertTrue(made, addresses, 7);
  });

  it('never reads past the last item of the page of mp_maxid', () => {
    for (const cost of [cheapBytes, dearBytes]) {
      const ends = plan([SLAB + 16n, SLAB + 24n], 3, cost).groups.flatMap(({ reads }) =>
        reads.map(({ address, into }) => address + BigInt(into.byteLength)),
      );
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
    assert.ok(made.groups.every(({ reads }) => reads.length === 4 && reads.every(({ into }) => into.length === 8)));
    assertTrue(made, addresses, 3);
  });

  it('keeps slabs apart and every read within a bound', () => {
    const addresses = Array.from(
      { length: 600 },
      (_, index) => SLAB + BigInt(index % 2) * 0x100_0000n + BigInt(4088 - 8 * (index >> 1)),
    );
    const made = plan(addresses, 1023, cheapBytes);
    assert.equal(made.groups.length, 2);
    for (const { reads } of made.groups) assert.ok(reads.every(({ into }) => into.length <= 1 << 20));
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
    const layout = layoutOf('counters', 2, 8, [0]);
    const zpcpu = new ZpcpuLayout(0n, PCPU, PAGE, 1);
    const pointers = [undefined, SLAB as ZpcpuPointer];
    const made = planCopies(
      layout,
      [{ origin, address: PCPU }],
      pointers,
      zpcpu,
      { pageSize: PAGE, maxId: 0 },
      cheapBytes,
    );
    assert.deepEqual([...made.bases], [-1, 0]);
    assert.deepEqual(
      made.groups.flatMap(({ items }) => items),
      [1],
    );
  });

  it('reads a DPCPU object on the CPUs that exist, from where each has it', () => {
    const layout = layoutOf('dpcpu', 1, 24, [0, 2]);
    const address = new Map<number, KernelAddress>([
      [0, kernelAddress(SLAB)],
      [2, kernelAddress(SLAB + 0x5_0000n)],
    ]);
    const zpcpu = new ZpcpuLayout(0n, PCPU, PAGE, 3);
    const made = planCopies(
      layout,
      [{ origin, address }],
      [undefined],
      zpcpu,
      { pageSize: PAGE, maxId: 2 },
      cheapBytes,
    );
    const reads = made.groups[0]!.reads;
    assert.deepEqual(
      reads.map(({ address, firstId, into }) => [address, firstId, into.byteOffset, into.length]),
      [
        [SLAB, 0, 0, 24],
        [SLAB + 0x5_0000n, 2, 48, 24],
      ],
    );
    assert.equal(made.addressOf(0, 2), SLAB + 0x5_0000n);
  });
});
