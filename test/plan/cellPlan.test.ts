import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Entry } from '../../src/config/model.js';
import { kernelAddress } from '../../src/kernel/address.js';
import { planCells } from '../../src/plan/cellPlan.js';
import type { EntryResolution } from '../../src/plan/resolution.js';
import { layOutSeries } from '../../src/plan/series.js';

const origin = { name: 'x', value: 0n, inModule: false, size: 0, file: undefined };
const DATA = 0xffff_ffff_8200_0000n;
const cost = { call: 1000, byte: 1 };

function entry(symbol: string, cellOffsets: readonly number[]): Entry {
  const family = { name: symbol, perCpuName: `${symbol}_per_cpu`, help: 'X.', type: 'gauge', cpu: 'sum' } as const;
  const fields = cellOffsets.map((cellOffset) => ({
    family,
    labels: [],
    cellOffset,
    offset: 0,
    format: 'i64' as const,
  }));
  const at = { file: 'x.yaml', line: 1, column: 1 };
  return { kind: 'counters', symbol, optional: false, symbolSize: undefined, itemSize: 8, fields, at };
}

function plan(entries: readonly Entry[], addresses: readonly (bigint | undefined)[]): ReturnType<typeof planCells> {
  const resolutions = addresses.map((address): EntryResolution =>
    address === undefined ? { reason: 'none', absent: true } : { origin, address: kernelAddress(address) },
  );
  return planCells(layOutSeries(entries, [0]), resolutions, cost);
}

describe('planCells', () => {
  it('reads the cells of neighbours in one span, in whatever order the config has them', () => {
    const { spans, positions } = plan([entry('b', [0]), entry('a', [0, 16])], [DATA + 64n, DATA]);
    assert.equal(spans.length, 1);
    assert.equal(spans[0]!.address, DATA);
    assert.equal(spans[0]!.into.byteLength, 72);
    assert.deepEqual([...positions], [8, 0, 2]);
    assert.deepEqual(spans[0]!.items, [1, 2, 0]);
    assert.deepEqual(spans[0]!.offsets, [0, 16, 64]);
  });

  it('does not read over a gap that costs more than a call', () => {
    const near = plan([entry('a', [0]), entry('b', [0])], [DATA, DATA + 8n + 992n]);
    assert.equal(near.spans.length, 1);
    const far = plan([entry('a', [0]), entry('b', [0])], [DATA, DATA + 8n + 1000n]);
    assert.deepEqual(
      far.spans.map(({ into }) => into.byteLength),
      [8, 8],
    );
    assert.deepEqual([...far.positions], [0, 1]);
  });

  it('gives two items of one cell the same place', () => {
    const { spans, positions } = plan([entry('a', [8]), entry('a', [8])], [DATA, DATA]);
    assert.equal(spans[0]!.into.byteLength, 8);
    assert.deepEqual([...positions], [0, 0]);
  });

  it('leaves out what was not found', () => {
    const { spans, positions, arena } = plan([entry('a', [0]), entry('b', [0])], [undefined, DATA]);
    assert.equal(spans.length, 1);
    assert.deepEqual([...positions], [-1, 0]);
    assert.equal(arena.length, 1);
  });

  it('bounds a span, however near the cells are', () => {
    const offsets = Array.from({ length: 20_000 }, (_, index) => 8 * index);
    const { spans } = plan([entry('a', offsets)], [DATA]);
    assert.ok(spans.length >= 3 && spans.every(({ into }) => into.byteLength <= 65_536));
  });
});
