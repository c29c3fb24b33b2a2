import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { itemStates } from '../../src/snapshots/itemStates.js';
import { isRead, knowsParts, partOf, stateOf, sumOf } from '../../src/snapshots/values.js';
import { entryOf, familyOf, fieldOf, layoutOf, snapshotOf } from '../support/entries.js';

describe('values of a snapshot', () => {
  const layout = layoutOf(
    [
      entryOf('counter', [fieldOf(familyOf('c_total'), { format: 'u64' })]),
      entryOf('gauge', [fieldOf(familyOf('g'))]),
      entryOf('absent', [fieldOf(familyOf('a'))]),
    ],
    [0, 5],
  );
  const values = [2n ** 64n - 1n, 2n ** 53n + 1n, 3n, -1n, -(2n ** 63n), 2n ** 63n - 1n, 7n, 7n, 7n];
  const snapshot = snapshotOf(layout, values, [0, 0, itemStates.indexOf('null')]);

  it('are exact and have the sign of their format, sums and parts', () => {
    const told = [0, 1].map((row) => [sumOf(snapshot, row), partOf(snapshot, row, 0), partOf(snapshot, row, 1)]);
    assert.deepEqual(told.flat(), values.slice(0, 6));
  });

  it('are not there where only the sums were gathered, but for rows that publish their parts', () => {
    const two = layoutOf(
      [entryOf('a', [fieldOf(familyOf('a', { cpu: 'sum' }))]), entryOf('b', [fieldOf(familyOf('b'))])],
      [0],
    );
    const sums = { ...snapshotOf(two, [1n, 1n, 2n, 2n]), areSumsAlone: true };
    assert.deepEqual(
      [0, 1].map((row) => [sumOf(sums, row), partOf(sums, row, 0), knowsParts(sums, row)]),
      [
        [1n, undefined, false],
        [2n, 2n, true],
      ],
    );
  });

  it('are not there where nothing was read, whatever lies in their place', () => {
    assert.deepEqual([sumOf(snapshot, 2), partOf(snapshot, 2, 1)], [undefined, undefined]);
    assert.deepEqual([isRead(snapshot, 1), isRead(snapshot, 2)], [true, false]);
    assert.deepEqual([stateOf(snapshot, 1), stateOf(snapshot, 2)], ['ok', 'null']);
  });
});
