import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Spreads, type LiveActivity } from '../../src/live/spreads.js';
import { liveLayout } from '../support/live.js';

describe('Spreads', () => {
  const layout = liveLayout(3, 4);
  const hot = [[], [1, 3], [3]];
  let asked = 0;

  function activity(changes: Partial<LiveActivity> = {}): LiveActivity {
    return {
      version: 1,
      seconds: 60,
      knows: (known) => known === layout,
      partRatesOf: (row) => (row === 1 ? Float64Array.of(1, 1234.5678, 0, 7) : undefined),
      hotOn: (row) => {
        asked++;
        return hot[row]!;
      },
      past: () => assert.fail(),
      ...changes,
    };
  }

  it('tells how many rows are hot on each CPU, which on one, and what one row did on each', async () => {
    const spreads = new Spreads();
    await spreads.look(activity(), layout);
    assert.deepEqual(spreads.message(1, 3), {
      seconds: 60,
      hot: [0, 1, 0, 2],
      heat: { row: 1, rates: [1, 1235, 0, 7] },
      unusual: { cpu: 3, rows: [1, 2] },
    });
    const { heat, unusual } = spreads.message(0, 99);
    assert.deepEqual([heat, unusual], [undefined, undefined], 'of no CPU that is here, and of no known row');
  });

  it('looks once at each window, and tells of no layout but the newest', async () => {
    const spreads = new Spreads();
    const first = activity();
    asked = 0;
    for (let time = 0; time < 3; time++) await spreads.look(first, layout);
    assert.equal(asked, 3);
    const seen = spreads.versionFor(layout);
    assert.notEqual(seen, undefined);
    assert.equal(spreads.versionFor(liveLayout(1, 1)), undefined);
    await spreads.look(activity({ version: 2 }), layout);
    assert.notEqual(spreads.versionFor(layout), seen);
    await spreads.look(undefined, layout);
    assert.equal(spreads.versionFor(layout), undefined);
  });

  it('tells of no CPU before a window is full', async () => {
    const spreads = new Spreads();
    await spreads.look(activity({ seconds: undefined }), layout);
    assert.deepEqual(
      [spreads.message(undefined, undefined).seconds, spreads.message(undefined, undefined).hot],
      [0, []],
    );
  });
});
