import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseGoDuration } from '../../../src/http/webConfig/goDuration.js';

describe('parseGoDuration', () => {
  it("takes Go's forms", () => {
    const times = { '0': 0, '300ms': 300, '1.5s': 1500, '1h15m': 4_500_000, '.5s': 500, '1.s': 1000, '1000us': 1 };
    for (const [text, expected] of Object.entries(times)) assert.equal(parseGoDuration(text), expected, text);
    assert.equal(parseGoDuration(2_000_000), 2);
  });

  it('takes nothing else', () => {
    for (const text of ['', '1', 's', '1d', '1s x', '-1s', '1,5s', -1]) assert.equal(parseGoDuration(text), undefined);
  });
});
