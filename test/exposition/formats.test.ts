import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { toOpenMetrics } from '../../src/exposition/formats.js';

describe('toOpenMetrics', () => {
  it("names a counter's family without _total, and leaves out empty lines", () => {
    const text = [
      '# HELP reads_total Reads, in _total.',
      '# TYPE reads_total counter',
      'reads_total 3',
      '',
      '# HELP up Whether "x_total " is up.',
      '# TYPE up gauge',
      'up{symbol="x_total"} 1',
      '',
    ].join('\n');
    const expected = [
      '# HELP reads Reads, in _total.',
      '# TYPE reads counter',
      'reads_total 3',
      '# HELP up Whether "x_total " is up.',
      '# TYPE up gauge',
      'up{symbol="x_total"} 1',
      '',
    ].join('\n');
    assert.equal(toOpenMetrics(text), expected);
  });
});
