/** Covers: layoutTypes.ts and provenLayouts.ts, of layouts that contradict themselves. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { LayoutFolder, type LayoutData } from '../../src/layouts/layoutFiles.js';
import { LayoutError, ProvenLayouts, type LaidOutSymbol } from '../../src/layouts/provenLayouts.js';
import type { StructLayout } from '../../src/layouts/structLayout.js';
import { chooseReader } from '../../src/kernel/live/selfTest.js';
import { laidOutSymbol } from '../../src/plan/symbolShape.js';
import { plain } from '../../src/plan/instances/plain.js';
import { configOf, Simulated } from '../support/simulated.js';

describe('layouts that contradict themselves', () => {
  let simulated: Simulated;
  let symbol: LaidOutSymbol;
  const [own] = new LayoutFolder().structs('vm_cnt');

  before(async () => {
    simulated = await Simulated.open(
      'amd64-14,cpus=2,types=none',
      'counters:\n  - { symbol: nummiss, optional: true }\n',
    );
    const [entry] = configOf('counters:\n  - symbol: vm_cnt\n').entries;
    symbol = laidOutSymbol(entry!, plain.find(entry!, simulated.kernel)!);
  });
  after(() => simulated.close());

  function prove(...layouts: StructLayout[]): unknown {
    const data: LayoutData = { structs: () => layouts, counters: () => [], named: () => [], symbols: () => [] };
    const { kernel } = simulated;
    return new ProvenLayouts(kernel, chooseReader(kernel, 'auto'), data).typesFor(symbol, undefined);
  }

  function moved(name: string, by: number): StructLayout {
    const members = own!.members.map((one) => (one.name === name ? { ...one, offset: one.offset + by } : one));
    return { ...own!, members };
  }

  it('are refused where two are for one release', () => {
    assert.doesNotThrow(() => prove(own!));
    assert.throws(
      () => prove(own!, { ...own! }),
      new LayoutError('two layouts of vm_cnt are for this release (1400063)'),
    );
  });

  it('are refused where a member is not at a multiple of its size', () => {
    assert.throws(
      () => prove(moved('v_trap', 4)),
      new LayoutError('v_trap of struct vmmeter is not at a multiple of its size'),
    );
  });

  it('are refused where a member lies beyond the end', () => {
    assert.throws(
      () => prove(moved('v_free_severe', 8)),
      new LayoutError('struct vmmeter ends before v_free_severe does'),
    );
  });
});
