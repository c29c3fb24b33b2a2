/** Covers: format.ts, ranges.ts. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { amount, clockTime, duration, exact, move, percent, short, span, times } from '../../src/page/format.js';
import { ranges } from '../../src/page/ranges.js';

describe('the numbers of the page', () => {
  it('have all digits of 64 bits', () => {
    assert.equal(exact(18446744073709551615n), '18,446,744,073,709,551,615');
    assert.equal(exact(-1234n), '−1,234');
    assert.equal(exact(999n), '999');
    assert.equal(exact(0n), '0');
  });

  it('are as exact as a rate can be', () => {
    for (const [value, text] of [
      [0, '0'],
      [0.001, '<0.01'],
      [0.333, '0.33'],
      [9.99, '9.99'],
      [9.996, '10.0'],
      [99.94, '99.9'],
      [99.96, '100'],
      [1234.5, '1,235'],
      [1_234_567_890, '1,234,567,890'],
    ] as const) {
      assert.equal(amount(value), text);
      assert.equal(move(value, 'counter'), `${text}/s`);
    }
    assert.equal(move(2.5e12, 'counter'), '2.50T/s');
    assert.equal(move(undefined, 'counter'), '–');
    assert.deepEqual(
      [0, 1200, -3].map((value) => move(value, 'gauge')),
      ['±0', '+1,200', '−3'],
    );
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
