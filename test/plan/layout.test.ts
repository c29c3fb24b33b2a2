import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Label } from '../../src/config/model.js';
import { layOutSeries, placesFor, type SeriesLayout } from '../../src/plan/layout.js';
import { entryOf, familyOf, fieldOf } from '../support/entries.js';

const packets = familyOf('packets', { cpu: 'sum' });
const bytes = familyOf('bytes');
/** Two values of one item and one of another, and an entry that there is once. */
const interfaces = entryOf('ifnet', [
  fieldOf(packets, { offset: 0, labels: [{ name: 'way', value: 'in' }] }),
  fieldOf(packets, { offset: 8, labels: [{ name: 'way', value: 'out' }] }),
  fieldOf(bytes, { cellOffset: 16 }),
]);
const plain = entryOf('plain', [fieldOf(familyOf('plain'))]);
const parts = { entries: [interfaces, plain], faults: [undefined, undefined], bases: [], cpus: [0, 1] };

function labels(...names: readonly string[]): Label[][] {
  return names.map((value) => [{ name: 'interface', value }]);
}

function layOut(names: readonly string[], before?: SeriesLayout): SeriesLayout {
  return layOutSeries(parts, [labels(...names), placesFor([{ labels: [] }])], before);
}

/** Each row as it would be told apart in a document. */
function names({ families, rows }: SeriesLayout): string[] {
  return families.flatMap(({ family, from, to }) =>
    rows.slice(from, to).map((row) => [family.name, ...row.labels.map(({ value }) => value)].join(' ')),
  );
}

describe('layOutSeries', () => {
  it('has a row for each field of each instance, those of a family side by side', () => {
    const layout = layOut(['em0', 'lo0']);
    assert.deepEqual(names(layout), [
      'packets em0 in',
      'packets em0 out',
      'packets lo0 in',
      'packets lo0 out',
      'bytes em0',
      'bytes lo0',
      'plain',
    ]);
    assert.deepEqual([...layout.itemOf], [0, 0, 1, 1, 2, 3, 4]);
    assert.deepEqual(
      layout.items.map(({ entry, instance, cellOffset, perCpu }) => [entry, instance, cellOffset, perCpu]),
      [
        [0, 0, 0, false],
        [0, 1, 0, false],
        [0, 0, 16, true],
        [0, 1, 16, true],
        [1, 0, 0, true],
      ],
    );
  });

  it('keeps the rows of instances that stay where others come and go', () => {
    const before = layOut(['em0', 'lo0', 'tun0']);
    const after = layOut(['em0', 'tun0', 'vlan1'], before);
    const known = new Map(before.rows.map((row, index) => [row, names(before)[index]]));
    assert.deepEqual(
      after.rows.map((row) => known.get(row)),
      names(after).map((name) => (name.includes('vlan1') ? undefined : name)),
    );
    assert.deepEqual(after.rows, layOut(['em0', 'tun0', 'vlan1']).rows, 'the same as if it were laid out anew');
  });

  it('makes rows anew of an entry that is another', () => {
    const before = layOut(['em0']);
    const other = { ...parts, entries: [{ ...interfaces }, plain] };
    const after = layOutSeries(other, [labels('em0'), placesFor([{ labels: [] }])], before);
    assert.deepEqual(
      after.rows.map((row) => before.rows.includes(row)),
      [false, false, false, true],
    );
  });

  it('has a place for an entry that is nowhere to be found', () => {
    const layout = layOutSeries(parts, [placesFor([]), placesFor(undefined)]);
    assert.deepEqual(names(layout), ['packets in', 'packets out', 'bytes', 'plain']);
  });
});
