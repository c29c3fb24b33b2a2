import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Askers } from '../../../src/snapshots/activity/askers.js';

describe('the askers', () => {
  it('have the longest of their own intervals, whoever asks in between', () => {
    const askers = new Askers();
    assert.equal(askers.longestInterval(0), 0);
    for (let now = 0; now <= 300_000; now += 15_000) {
      askers.asked('often', now);
      if (now % 150_000 === 0) askers.asked('rarely', now + 1);
    }
    assert.equal(askers.longestInterval(300_001), 150_000);
  });

  it('are forgotten when they have not asked for ten minutes, and when too many have asked since', () => {
    const askers = new Askers();
    askers.asked('a', 0);
    askers.asked('a', 100_000);
    assert.equal(askers.longestInterval(700_000), 100_000);
    assert.equal(askers.longestInterval(700_001), 0);
    askers.asked('a', 700_001);
    assert.equal(askers.longestInterval(700_002), 600_000, 'no more than a window can have');
    for (let client = 0; client < 100; client++) askers.asked(`b${client}`, 700_003);
    assert.equal(askers.longestInterval(700_004), 0);
  });
});
