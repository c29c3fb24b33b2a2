import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isHeading, isSameLine, Lines } from '../../src/page/lines.js';
import type { PageRow } from '../../src/page/rows.js';

function rowOf(key: string, group: string): PageRow {
  return {
    index: 0,
    family: { name: key, perCpuName: '', help: '', type: 'gauge', cpu: 'sum' },
    entry: { symbol: key, group },
    member: undefined,
    name: key,
    labels: '',
    key,
    words: key,
  };
}

const rows = [rowOf('a', 'x'), rowOf('b', 'x'), rowOf('c', 'y')];
const heights = { row: 40, heading: 10 };

function textsOf(lines: Lines): string[] {
  return lines.all.map((line) => (isHeading(line) ? `${line.group}: ${line.rows}` : line.key));
}

describe('Lines', () => {
  it('name each group before its rows, where there are several and they follow one another', () => {
    assert.deepEqual(textsOf(new Lines(rows, true)), ['x: 2', 'a', 'b', 'y: 1', 'c']);
    assert.deepEqual(textsOf(new Lines(rows, false)), ['a', 'b', 'c']);
    assert.deepEqual(textsOf(new Lines(rows.slice(0, 2), true)), ['a', 'b']);
    assert.deepEqual(textsOf(new Lines([], true)), []);
  });

  it('know where each begins, and which is where', () => {
    const lines = new Lines(rows, true);
    const tops = [0, 10, 50, 90, 100, 140];
    assert.deepEqual(
      tops.map((_, at) => lines.top(at, heights)),
      tops,
    );
    for (const [top, at] of [
      [-5, 0],
      [0, 0],
      [9, 0],
      [10, 1],
      [89, 2],
      [90, 3],
      [139, 4],
      [140, 5],
      [999, 5],
    ] as const)
      assert.equal(lines.at(top, heights), at, `at ${top}`);
    assert.equal(new Lines([], true).at(50, heights), 0);
  });

  it('are the same where they look the same', () => {
    const [one, other] = [new Lines(rows, true).all, new Lines(rows, true).all];
    assert.ok(one.every((line, at) => isSameLine(line, other[at])));
    assert.ok(!isSameLine(one[0]!, new Lines(rows.slice(1), true).all[0]));
    assert.ok(!isSameLine(one[0]!, rows[0]));
    assert.ok(!isSameLine(rows[0]!, undefined));
  });
});
