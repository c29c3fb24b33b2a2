/** Covers: format.ts, ranges.ts, and units.ts in src/live. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  clockTime,
  duration,
  exact,
  exactQuantity,
  move,
  percent,
  quantity,
  rate,
  short,
  span,
  times,
} from '../../src/page/format.js';
import { ranges } from '../../src/page/ranges.js';

describe('the numbers of the page', () => {
  it('have all digits of 64 bits', () => {
    assert.equal(exact(18446744073709551615n), '18,446,744,073,709,551,615');
    assert.equal(exact(-1234n), '−1,234');
    assert.equal(exact(999n), '999');
    assert.equal(exact(0n), '0');
  });

  it('are as exact as a rate can be, in three digits with a prefix', () => {
    for (const [value, text] of [
      [0, '0'],
      [0.001, '<0.01'],
      [0.333, '0.33'],
      [9.99, '9.99'],
      [9.996, '10.0'],
      [99.94, '99.9'],
      [99.96, '100'],
      [999.4, '999'],
      [999.5, '1.00 k'],
      [3400, '3.40 k'],
      [1_234_567_890, '1.23 G'],
      [2.5e12, '2.50 T'],
      [-12_345, '−12.3 k'],
    ] as const) {
      assert.equal(quantity(value, undefined), text);
      assert.equal(rate(value, undefined), `${text}/s`);
      assert.equal(rate(value, 'packets'), `${text} packets/s`);
    }
  });

  it('have binary prefixes of bytes', () => {
    for (const [value, text] of [
      [0, '0 B'],
      [512, '512 B'],
      [1000, '0.98 KiB'],
      [1024, '1.00 KiB'],
      [1.2 * 1024 ** 2, '1.20 MiB'],
      [-4096, '−4.00 KiB'],
      [2 ** 64, '16.0 EiB'],
    ] as const) {
      assert.equal(quantity(value, 'bytes'), text);
      assert.equal(rate(value, 'bytes'), `${text}/s`);
    }
    assert.deepEqual(
      [7n, 4096n, -5000n].map((value) => exactQuantity(value, 'bytes')),
      ['7 bytes', '4,096 bytes (4.00 KiB)', '−5,000 bytes (−4.88 KiB)'],
    );
    assert.equal(exactQuantity(12_345n, 'pages'), '12,345 pages');
    assert.equal(exactQuantity(12_345n, undefined), '12,345');
  });

  it('say what counters do and how gauges changed', () => {
    assert.equal(move(3400, { type: 'counter' }), '3.40 k/s');
    assert.equal(move(3400, { type: 'counter', unit: 'packets' }), '3.40 k packets/s');
    assert.equal(move(undefined, { type: 'counter', unit: 'bytes' }), '–');
    const changes = (unit?: string): string[] =>
      [0, 1200, -3].map((value) => move(value, { type: 'gauge', ...(unit === undefined ? {} : { unit }) }));
    assert.deepEqual(changes(), ['±0', '+1,200', '−3']);
    assert.deepEqual(changes('pages'), ['±0', '+1,200 pages', '−3 pages']);
    assert.deepEqual(changes('bytes'), ['±0', '+1.17 KiB', '−3.00 B']);
  });

  it('are short where there is little room', () => {
    assert.deepEqual([0, 7, 0.5, 999, 1000, 12_345, 1.5e9, -2e6].map(short), [
      '0',
      '7',
      '0.50',
      '999',
      '1k',
      '12.3k',
      '1.50G',
      '−2M',
    ]);
    assert.deepEqual([1, 8, 99.97, 256].map(times), ['1.0×', '8.0×', '100×', '256×']);
    assert.deepEqual([0, 0.005, 0.125, 1].map(percent), ['0 %', '0.5 %', '13 %', '100 %']);
    assert.deepEqual([0.0004, 0.25, 3].map(duration), ['0.4 ms', '250 ms', '3.0 s']);
  });
});

describe('the times of the page', () => {
  it('are told in words for spans, and with the date where it is not today', () => {
    const spans = [0, 42_000, 120_000, 3_600_000, 11_100_000, 172_800_000, 183_600_000];
    assert.deepEqual(spans.map(span), ['0 s', '42 s', '2 min', '60 min', '3 h 5 min', '2 d', '2 d 3 h']);
    const now = new Date(2026, 10, 24, 15, 0, 0).getTime();
    assert.equal(clockTime(new Date(2026, 10, 24, 3, 4, 5).getTime(), now), '03:04:05');
    assert.equal(clockTime(new Date(2026, 8, 4, 23, 4, 5).getTime(), now), '2026-09-04 23:04:05');
  });
});

describe('ranges', () => {
  it('joins neighbours', () => {
    assert.equal(ranges([]), '');
    assert.equal(ranges([4]), '4');
    assert.equal(ranges([0, 1, 2, 5, 7, 8]), '0-2,5,7-8');
  });
});
