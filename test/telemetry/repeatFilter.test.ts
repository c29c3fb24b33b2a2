import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { eventKey, RepeatFilter } from '../../src/telemetry/repeatFilter.js';

describe('RepeatFilter', () => {
  it('lets one of equal events through in a minute, which tells how many it did not', () => {
    let now = 0;
    const filter = new RepeatFilter(() => now);
    const admitted: (number | undefined)[] = [];
    for (now = 0; now <= 120_000; now += 20_000) admitted.push(filter.admit('a'));
    assert.deepEqual(admitted, [0, undefined, undefined, 2, undefined, undefined, 2]);
  });

  it('keeps different events apart', () => {
    const filter = new RepeatFilter(() => 0);
    assert.deepEqual([filter.admit('a'), filter.admit('b'), filter.admit('a')], [0, 0, undefined]);
  });

  it('forgets the oldest of very many', () => {
    const filter = new RepeatFilter(() => 0);
    for (let event = 0; event <= 4096; event++) assert.equal(filter.admit(String(event)), 0);
    assert.equal(filter.admit('4096'), undefined);
    assert.equal(filter.admit('0'), 0);
  });
});

describe('eventKey', () => {
  it('takes failed requests for equal where they tell the same', () => {
    const key = eventKey('request failed', { error: 'x' });
    assert.notEqual(key, undefined);
    assert.equal(eventKey('request failed', { error: 'x' }), key);
    assert.notEqual(eventKey('request failed', { error: 'y' }), key);
  });

  it('has none for changes of state, good or bad', () => {
    assert.equal(eventKey('config reloaded', { files: 1 }), undefined);
    assert.equal(eventKey('config not reloaded; the one before stays in force', { error: 'x' }), undefined);
    assert.equal(eventKey('symbol cannot be read; its series are left out', { symbol: 'a', reason: 'x' }), undefined);
  });
});
