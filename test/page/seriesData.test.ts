/** Covers: seriesData.ts, sameRows() of rows.ts, steps.ts, busiest.ts. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { layoutText } from '../../src/live/layoutText.js';
import type { LayoutMessage, TickMessage } from '../../src/live/messages.js';
import { isHot, loadOf } from '../../src/page/busiest.js';
import { pageRows, sameRows } from '../../src/page/rows.js';
import { SeriesData } from '../../src/page/seriesData.js';
import { step } from '../../src/page/steps.js';
import { liveLayout } from '../support/live.js';

const about = { interval: 1000, reader: 'direct', reason: 'it agrees', past: 0 };

function data(rows: number, type: 'counter' | 'gauge' = 'counter'): SeriesData {
  const series = new SeriesData(JSON.parse(layoutText(liveLayout(rows, 2, type), about).json) as LayoutMessage);
  // Points of a second.
  series.past.windowMs = 120_000;
  return series;
}

/** A read `seconds` after the clock's zero. */
function tick(sequence: number, seconds: number, sums: string, more: Partial<TickMessage> = {}): TickMessage {
  const skews = sums.replaceAll(/[^ ]+/g, '-');
  return { sequence, takenAt: 0, clock: 1000 * seconds, duration: 0, series: 1, sums, skews, parts: {}, ...more };
}

/** What is known of a row's past, the newest last, without the gaps before the first read. */
function past(series: SeriesData, row = 0): number[] {
  const { values } = series.past.trend(row);
  return values.slice(values.findIndex((value) => !Number.isNaN(value)));
}

describe('step', () => {
  it('is exact beyond 2^53, and goes on past 2^64', () => {
    assert.equal(step(2n ** 63n, 2n ** 63n + 1n, true), 1);
    assert.equal(step(2n ** 64n - 3n, 4n, true), 7);
  });

  it('is not known of a counter that was reset, and is negative for a gauge', () => {
    assert.equal(step(1_000_000n, 3n, true), undefined);
    assert.equal(step(2n ** 63n + 5n, 3n, true), undefined);
    assert.equal(step(5n, -3n, false), -8);
  });
});

describe('SeriesData', () => {
  it('makes rates of the time between two reads', () => {
    const series = data(2);
    series.take(tick(1, 10, '18446744073709551000 7'));
    assert.equal(series.value(0), 18446744073709551000n);
    assert.equal(series.move(0), undefined, 'one read tells nothing');
    series.take(tick(4, 12, '18446744073709551100 7'));
    assert.equal(series.move(0), 50);
    assert.equal(series.move(1), 0);
    series.take(tick(5, 12.5, '84 7'));
    assert.equal(series.move(0), 1200, 'past 2^64');
    assert.deepEqual(past(series), [50, 1200]);
  });

  it('shows a gap, and never a spike, where a counter was reset', () => {
    const series = data(1);
    for (const [read, sum] of ['100', '110', '3', '9'].entries()) series.take(tick(read + 1, read, sum));
    assert.deepEqual(past(series), [10, NaN, 6]);
    series.take(tick(5, 4, '0'));
    assert.equal(series.move(0), undefined);
  });

  it('shows a gap where a read was missed, the clock went back, or the exporter began anew', () => {
    for (const next of [tick(9, 30, '500'), tick(9, 0.5, '500'), tick(1, 2, '500')]) {
      const series = data(1);
      series.take(tick(2, 0, '100'));
      series.take(tick(3, 1, '110'));
      series.take(next);
      assert.equal(series.move(0), undefined);
      series.take({ ...tick(next.sequence + 1, next.clock / 1000 + 1, '505') });
      assert.equal(series.move(0), 5);
      // By another clock, nothing that was before has its place.
      assert.deepEqual(past(series), next.clock === 30_000 ? [10, NaN, NaN, 5] : [5]);
    }
  });

  it('shows a gap where a row could not be read, and says why', () => {
    const series = data(1);
    for (const [read, sum] of ['100', '110', 'null', '130', '135'].entries()) {
      series.take(tick(read + 1, read, sum));
      assert.equal(series.isUp(0), sum !== 'null');
    }
    assert.deepEqual(past(series), [10, NaN, NaN, 5]);
    series.take(tick(6, 5, 'unresolved'));
    assert.equal(series.value(0), 'unresolved');
  });

  it('remembers what a gauge was, and says by how much it changed', () => {
    const series = data(1, 'gauge');
    series.take(tick(1, 0, '5'));
    series.take(tick(2, 2, '-7'));
    assert.equal(series.move(0), -12, 'not per second');
    assert.deepEqual(past(series), [5, -7]);
    assert.equal(series.recent(0), 12);
  });

  it('keeps what it can show and no more, in the order of time', () => {
    const series = data(1);
    let sum = 0;
    for (let read = 0; read < 300; read++) series.take(tick(read + 1, read, String((sum += read))));
    assert.deepEqual(
      past(series),
      Array.from({ length: 120 }, (_, index) => 180 + index),
    );
    assert.equal(series.recent(0), 294.5, 'the mean of the last ten');
  });

  it('takes parts that come late for a read that it knows, and tells what each CPU did', () => {
    const series = data(2);
    series.take(tick(1, 0, '10 20'));
    assert.equal(series.partsOf(0), undefined);
    series.take(tick(1, 0, '10 20', { parts: { 0: '4 6' } }));
    assert.deepEqual(past(series, 1), [NaN], 'no second column');
    assert.deepEqual(series.partsOf(0), { values: [4n, 6n], moves: undefined });
    series.take(tick(2, 2, '30 20', { parts: { 0: '18446744073709551615 8', 1: '1 19' } }));
    assert.deepEqual(series.partsOf(0)!.moves, [undefined, 1], 'one CPU went down');
    assert.equal(series.partsOf(1)!.moves, undefined, 'not known of the read before');
    series.take(tick(3, 3, '31 20', { parts: { 0: '9 9' } }));
    assert.deepEqual(series.partsOf(0)!.moves, [10, 1]);
    assert.equal(series.partsOf(1), undefined, 'no longer asked for');
  });

  it('adds the rates of the CPUs up to the rate of the sum', () => {
    const series = data(1);
    series.take(tick(1, 0, '30', { parts: { 0: '10 20' }, skews: '1.20' }));
    assert.equal(series.skew(0), 1.2, 'told by the exporter, which has read before');
    series.take(tick(2, 1.25, '80', { parts: { 0: '15 65' }, skews: '1.80' }));
    const load = loadOf(series.partsOf(0), [0, 5])!;
    assert.equal(load.total, series.move(0));
    assert.deepEqual([load.cpu, load.most], [5, 36]);
    assert.equal(series.skew(0), 1.8);
    assert.equal(isHot(1.99), false);
    assert.equal(isHot(2), true);
  });
});

describe('a layout that follows another', () => {
  /** The layout of so many rows without the first ones. */
  function without(first: number, rows: number): SeriesData {
    const { layout } = data(rows);
    const series = new SeriesData({ ...layout, id: `${first} ${rows}`, rows: layout.rows.slice(first) });
    series.past.windowMs = 120_000;
    return series;
  }

  function next(before: SeriesData, after: SeriesData): SeriesData {
    after.goOn(before, sameRows(pageRows(after.layout), pageRows(before.layout)));
    return after;
  }

  it('goes on with the rows that both have, though it is another with each read', () => {
    let series = without(0, 3);
    series.take(tick(1, 0, '10 100 1000', { parts: { 1: '40 60' } }));
    series.take(tick(2, 1, '11 102 1003', { parts: { 1: '41 61' } }));
    series.lacksPast = false;
    series = next(series, without(1, 3));
    assert.deepEqual([series.value(0), series.move(0), series.lacksPast], [102n, 2, false]);
    series.take(tick(3, 2, '105 1007', { parts: { 0: '42 63' } }));
    assert.deepEqual([series.move(0), series.move(1), series.isCompared], [3, 4, true]);
    assert.deepEqual(series.partsOf(0)!.moves, [1, 2]);
    series = next(series, without(0, 4));
    assert.equal(series.lacksPast, true, 'of rows that come');
    series.take(tick(4, 3, '50 110 1007 7'));
    assert.deepEqual(
      [0, 1, 2, 3].map((row) => series.move(row)),
      [undefined, 5, 0, undefined],
    );
    series = next(series, without(0, 3));
    series.take(tick(5, 4, '51 2 1008'));
    assert.deepEqual(
      [0, 1, 2].map((row) => series.move(row)),
      [1, undefined, 1],
      'a counter that went back makes no rate',
    );
    assert.deepEqual(past(series, 1), [2, 3, 5, NaN]);
    assert.deepEqual(past(series, 0), [1]);
    assert.equal(series.recent(2), 2);
  });

  it('does not compare what is of another exporter, nor after reads that were missed', () => {
    for (const later of [tick(2, 0.5, '900'), tick(1, 9, '900'), tick(9, 9, '900')]) {
      const series = data(1);
      series.take(tick(1, 0, '1'));
      series.take(tick(2, 1, '2'));
      const after = next(series, data(1));
      after.lacksPast = false;
      after.take(later);
      assert.deepEqual([after.value(0), after.move(0), after.lacksPast], [900n, undefined, true]);
    }
  });

  it('has no row in common where the type, the symbol or the member is another', () => {
    const [row] = pageRows(data(1).layout);
    for (const other of [
      { ...row!, family: { ...row!.family, type: 'gauge' as const } },
      { ...row!, entry: { ...row!.entry, symbol: 'other' } },
      { ...row!, member: 'other' },
      { ...row!, key: 'other' },
    ])
      assert.deepEqual(sameRows([other], [row!]), [undefined]);
    assert.deepEqual(sameRows([row!], [row!]), [0]);
  });
});

describe('loadOf', () => {
  it('is not known where nothing moved, or where it is not known of one CPU', () => {
    assert.equal(loadOf({ values: [1n, 2n], moves: [0, 0] }, [0, 1]), undefined);
    assert.equal(loadOf({ values: [1n, 2n], moves: [3, undefined] }, [0, 1]), undefined);
    assert.equal(loadOf({ values: [1n, 2n], moves: undefined }, [0, 1]), undefined);
    assert.equal(loadOf(undefined, [0, 1]), undefined);
  });
});
