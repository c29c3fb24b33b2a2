import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Entry, Family } from '../../../src/config/model.js';
import { layOutSeries } from '../../../src/plan/layout.js';
import { sameRows } from '../../../src/snapshots/activity/sameRows.js';
import { entryOf, familyOf, fieldOf, layoutOf } from '../../support/entries.js';

const counter = (name: string, options: Partial<Family> = {}): Family =>
  familyOf(`${name}_total`, { type: 'counter', ...options });
const entry = (symbol: string, family = counter(symbol)): Entry =>
  entryOf(symbol, [fieldOf(family, { format: 'u64' })]);

describe('the rows that two layouts have', () => {
  const before = layoutOf([entry('a'), entry('b'), entry('c')], [0, 1]);

  it('are the same objects under one config', () => {
    const { entries } = before;
    const next = layOutSeries(
      { ...before, entries: [...entries, entry('d')], faults: [], bases: [], follows: [] },
      undefined,
      before,
    );
    assert.deepEqual(sameRows(before, next, false), [0, 1, 2, undefined]);
    assert.deepEqual(sameRows(before, layoutOf([entry('a')], [0, 1]), false), [undefined]);
  });

  it('are known by their names under another, where they are read and published as the same', () => {
    const renamed = counter('other');
    const gauge = familyOf('b');
    const next = layoutOf(
      [entry('c', renamed), entry('b', gauge), entryOf('a', [fieldOf(counter('a'), { format: 'u32' })])],
      [0, 1],
    );
    assert.deepEqual(sameRows(before, next, true), [2, undefined, undefined]);
  });

  it('have no parts where they had some', () => {
    const sums = { ...layoutOf([entry('a', counter('a', { cpu: 'sum' })), entry('b')], [0, 1]), sumsAlone: true };
    assert.deepEqual(sameRows(before, sums, true), [undefined, 1]);
  });
});
