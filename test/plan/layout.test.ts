import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { layOutSeries, placesFor, type Places, type SeriesLayout } from '../../src/plan/layout.js';
import { entryOf, familyOf, fieldOf, placesOf } from '../support/entries.js';

const packets = familyOf('packets', { cpu: 'sum' });
const bytes = familyOf('bytes');
/** Two values of one item and one of another, and an entry that there is once. */
const interfaces = entryOf('ifnet', [
  fieldOf(packets, { offset: 0, labels: [{ name: 'way', value: 'in' }] }),
  fieldOf(packets, { offset: 8, labels: [{ name: 'way', value: 'out' }] }),
  fieldOf(bytes, { cellOffset: 16 }),
]);
const plain = entryOf('plain', [fieldOf(familyOf('plain'))]);
const parts = { entries: [interfaces, plain], faults: [undefined, undefined], bases: [], follows: [], cpus: [0, 1] };

const once = placesOf([]);

function labels(...names: readonly string[]): Places {
  return placesOf(...names.map((value) => [{ name: 'interface', value }]));
}

function layOut(names: readonly string[], before?: SeriesLayout): SeriesLayout {
  return layOutSeries(parts, [labels(...names), once], before);
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
    const after = layOutSeries(other, [labels('em0'), once], before);
    assert.deepEqual(
      after.rows.map((row) => before.rows.includes(row)),
      [false, false, false, true],
    );
  });

  it('has a place for an entry that is nowhere to be found', () => {
    const layout = layOutSeries(parts, [placesFor([]), placesFor(undefined)]);
    assert.deepEqual(names(layout), ['packets in', 'packets out', 'bytes', 'plain']);
  });

  it('has none for an entry whose instances come and go', () => {
    const layout = layOutSeries(parts, [placesFor(undefined, true), once]);
    assert.deepEqual(names(layout), ['plain']);
    assert.deepEqual(
      layout.families.map(({ from, to }) => to - from),
      [0, 0, 1],
    );
  });

  it('adds up the elements of an instance, and what a field says is added to it', () => {
    const summed = entryOf('zones', [
      fieldOf(bytes, { cellOffset: 8, plus: { cellOffset: 16, offset: 4, format: 'u32' } }),
    ]);
    const [place] = labels('tcpcb');
    const layout = layOutSeries({ ...parts, entries: [summed] }, [[{ ...place!, parts: 2 }]]);
    assert.deepEqual(names(layout), ['bytes tcpcb']);
    assert.deepEqual(
      layout.items.map(({ part, cellOffset, perCpu }) => [part, cellOffset, perCpu]),
      [
        [0, 8, true],
        [0, 16, true],
        [1, 8, true],
        [1, 16, true],
      ],
    );
    assert.deepEqual([...layout.itemOf], [0]);
    assert.deepEqual(
      layout.addends.map(({ row, item, offset }) => [row, item, offset]),
      [
        [0, 1, 4],
        [0, 2, 0],
        [0, 3, 4],
      ],
    );
  });
});
