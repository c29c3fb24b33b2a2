import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Entry } from '../../src/config/model.js';
import { kernelAddress } from '../../src/kernel/address.js';
import { planCells } from '../../src/plan/cellPlan.js';
import { NO_LABELS } from '../../src/plan/instances/instance.js';
import type { EntryResolution } from '../../src/plan/resolution.js';
import { entryOf, familyOf, fieldOf, layoutOf } from '../support/entries.js';

const origin = { name: 'x', value: 0n, inModule: false, size: 0, file: undefined };
const DATA = 0xffff_ffff_8200_0000n;
const cost = { call: 1000, byte: 1 };

function entry(symbol: string, cellOffsets: readonly number[]): Entry {
  const family = familyOf(symbol, { cpu: 'sum' });
  return entryOf(
    symbol,
    cellOffsets.map((cellOffset) => fieldOf(family, { cellOffset })),
  );
}

function plan(entries: readonly Entry[], addresses: readonly (bigint | undefined)[]): ReturnType<typeof planCells> {
  const resolutions = addresses.map((address): EntryResolution =>
    address === undefined
      ? { reason: 'none', cause: 'missing' }
      : [{ labels: NO_LABELS, where: { cells: kernelAddress(address) }, origin }],
  );
  return planCells(layoutOf(entries, [0]), resolutions, cost);
}

describe('planCells', () => {
  it('reads the cells of neighbours in one read, in whatever order the config has them', () => {
    const { reads, positions } = plan([entry('b', [0]), entry('a', [0, 16])], [DATA + 64n, DATA]);
    assert.equal(reads.length, 1);
    assert.equal(reads[0]!.address, DATA);
    assert.equal(reads[0]!.length, 72);
    assert.deepEqual([...positions], [8, 0, 2]);
    assert.deepEqual(reads[0]!.items, [1, 2, 0]);
    assert.deepEqual(reads[0]!.offsets, [0, 16, 64]);
  });

  it('does not read over a gap that costs more than a call', () => {
    const near = plan([entry('a', [0]), entry('b', [0])], [DATA, DATA + 8n + 992n]);
    assert.equal(near.reads.length, 1);
    const far = plan([entry('a', [0]), entry('b', [0])], [DATA, DATA + 8n + 1000n]);
    assert.deepEqual(
      far.reads.map(({ length }) => length),
      [8, 8],
    );
    assert.deepEqual([...far.positions], [0, 1]);
  });

  it('gives two items of one cell the same place', () => {
    const { reads, positions } = plan([entry('a', [8]), entry('a', [8])], [DATA, DATA]);
    assert.equal(reads[0]!.length, 8);
    assert.deepEqual([...positions], [0, 0]);
  });

  it('leaves out what was not found', () => {
    const { reads, positions, words } = plan([entry('a', [0]), entry('b', [0])], [undefined, DATA]);
    assert.equal(reads.length, 1);
    assert.deepEqual([...positions], [-1, 0]);
    assert.equal(words, 1);
  });

  it('bounds a read, however near the cells are', () => {
    const offsets = Array.from({ length: 20_000 }, (_, index) => 8 * index);
    const { reads } = plan([entry('a', offsets)], [DATA]);
    assert.ok(reads.length >= 3 && reads.every(({ length }) => length <= 65_536));
  });
});
