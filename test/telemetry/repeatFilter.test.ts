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
  it('takes events of one symbol for equal whatever the reason', () => {
    const key = eventKey(true, 'down', { symbol: 'a', reason: 'x' });
    assert.equal(eventKey(true, 'down', { symbol: 'a', reason: 'y' }), key);
    assert.notEqual(eventKey(true, 'down', { symbol: 'b', reason: 'x' }), key);
    assert.notEqual(eventKey(false, 'up', { symbol: 'a' }), key);
  });

  it('takes other faults for equal where they tell the same', () => {
    const key = eventKey(true, 'failed', { error: 'x' });
    assert.equal(eventKey(true, 'failed', { error: 'x' }), key);
    assert.notEqual(eventKey(true, 'failed', { error: 'y' }), key);
  });

  it('has none for what went well', () => {
    assert.equal(eventKey(false, 'config reloaded', { files: 1 }), undefined);
  });
});
