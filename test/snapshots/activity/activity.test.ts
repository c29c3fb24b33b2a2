/** Covers: activity.ts, slots.ts: value by value, when a counter has a rate and when it has none. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SymbolOrigin } from '../../../src/kernel/symbols.js';
import type { SeriesLayout } from '../../../src/plan/layout.js';
import { Activity } from '../../../src/snapshots/activity/activity.js';
import { itemStates } from '../../../src/snapshots/itemStates.js';
import { Pacer } from '../../../src/snapshots/pacer.js';
import { entryOf, familyOf, fieldOf, layoutOf, originsOf, reportOf, snapshotOf } from '../../support/entries.js';
import { counter, ONE_COUNTER, SampledActivity, ThreeElements } from '../../support/sampledActivity.js';

const NULL = itemStates.indexOf('null');

class Sampled extends SampledActivity {
  /** Reads of one row of two CPUs. */
  async readAll(...reads: readonly (readonly [bigint, bigint])[]): Promise<void> {
    for (const parts of reads) await this.read([parts]);
  }

  /** So many reads, in which CPU 0 counts 50 and CPU 1 counts 5 from one to the next. */
  async goOn(count: number, from = 0n): Promise<void> {
    for (let read = 0; read < count; read++) {
      await this.readAll([from + 50n * BigInt(read), from + 5n * BigInt(read)]);
    }
  }

  get rates(): (number | undefined)[] {
    return [this.activity.rateOf(0), ...(this.activity.partRatesOf(0) ?? [])];
  }
}

describe('activity', () => {
  it('has rates when a window is full, and not before', async () => {
    const sampled = new Sampled();
    await sampled.goOn(4);
    assert.deepEqual([sampled.rates, sampled.activity.seconds], [[undefined], undefined]);
    await sampled.goOn(1, 1000n);
    const jumped = sampled.rates;
    assert.equal(jumped.length, 3, 'five samples have four distances');
    const steady = new Sampled();
    await steady.goOn(9);
    assert.deepEqual([steady.rates, steady.activity.seconds], [[11, 10, 1], 20]);
  });

  it('forgets what has left the window, to the last event', async () => {
    const sampled = new Sampled();
    await sampled.readAll([0n, 0n], [2n ** 50n + 1n, 3n]);
    for (let read = 0; read < 4; read++) await sampled.readAll([2n ** 50n + 1n, 3n]);
    assert.deepEqual(sampled.rates, [0, 0, 0]);
  });

  const breaks: Readonly<Record<string, readonly [bigint, bigint]>> = {
    'is zeroed': [0n, 0n],
    'goes back by one on one CPU, while the sum grows': [149n, 10_000n],
    'wraps at 2^64': [2n ** 64n + 5n, 20n],
    'moves further than any counter does': [2n ** 60n, 20n],
  };
  for (const [title, parts] of Object.entries(breaks)) {
    it(`has no rate until a window has passed where a counter ${title}`, async () => {
      const sampled = new Sampled();
      const base = title.startsWith('wraps') ? 2n ** 64n - 151n : 0n;
      for (let read = 0n; read < 8n; read++) await sampled.readAll([base + 50n * (read > 3n ? 3n : read), 15n]);
      assert.equal(sampled.rates.length, 3);
      const [first, second] = [BigInt.asUintN(64, parts[0]), parts[1]];
      for (let read = 0n; read < 4n; read++) {
        await sampled.readAll([first + 50n * read, second + 5n * read]);
        assert.deepEqual(sampled.rates, [undefined], `read ${read} after it`);
      }
      await sampled.readAll([first + 200n, second + 20n]);
      assert.deepEqual(sampled.rates, [11, 10, 1]);
    });
  }

  it('has none where a value could not be read, and none of what it was before', async () => {
    const sampled = new Sampled();
    await sampled.goOn(9);
    await sampled.read([[9999n, 9999n]], { state: NULL });
    assert.deepEqual(sampled.rates, [undefined]);
    for (let read = 0; read < 4; read++) {
      await sampled.readAll([500n + 50n * BigInt(read), 60n + 5n * BigInt(read)]);
      assert.deepEqual(sampled.rates, [undefined]);
    }
    await sampled.readAll([700n, 80n]);
    assert.deepEqual(sampled.rates, [11, 10, 1]);
  });

  it('has none where another counter took its place, although it is larger', async () => {
    const sampled = new Sampled();
    await sampled.goOn(9);
    sampled.origins = originsOf(ONE_COUNTER);
    await sampled.readAll([450n, 45n]);
    assert.deepEqual(sampled.rates, [undefined]);
  });

  it('has none where nobody looked for longer than a window', async () => {
    const sampled = new Sampled();
    await sampled.goOn(9);
    await sampled.read([[10_000n, 10_000n]], { seconds: 21 });
    assert.deepEqual(sampled.rates, [undefined]);
  });

  it('takes the time between samples as it was, and shares them where they come more often', async () => {
    const sampled = new Sampled();
    for (let read = 0n; read < 40n; read++) await sampled.read([[read, 2n * read]], { seconds: 1 });
    assert.deepEqual(sampled.rates, [3, 1, 2]);
    const rare = new Sampled();
    for (let read = 0n; read < 4n; read++) await rare.read([[15n * read, 30n * read]], { seconds: 15 });
    assert.deepEqual(rare.rates, [3, 1, 2]);
  });

  it('goes on with rows that stay while others come and go', async () => {
    const elements = new ThreeElements();
    const sampled = new Sampled();
    const readOf = (layout: SeriesLayout, which: readonly number[], read: bigint): Promise<void> =>
      elements.read(sampled, layout, which, (one) => [read * (one + 1n), read]);
    const all = elements.layoutOf([0, 1, 2]);
    for (let read = 0n; read < 6n; read++) await readOf(all, [0, 1, 2], read);
    const fewer = elements.layoutOf([2, 0], all);
    await readOf(fewer, [2, 0], 6n);
    assert.deepEqual([sampled.activity.rateOf(0), sampled.activity.rateOf(1)], [0.8, 0.4]);
    await readOf(elements.layoutOf([0, 1, 2], fewer), [0, 1, 2], 7n);
    assert.deepEqual(
      [0, 1, 2].map((row) => sampled.activity.rateOf(row)),
      [0.4, undefined, 0.8],
    );
  });

  it('goes on under another config with the counters that both have, and are the same', async () => {
    const field = fieldOf(counter, { format: 'u64' });
    const gauge = familyOf('c', { type: 'gauge' });
    const origin = { name: 'c', value: 1n, inModule: true, size: 8, file: { id: 3, generation: 1 } } as never;
    const at = (cells: bigint, own: SymbolOrigin = origin) => [
      { labels: [], where: { cells: cells as never }, origin: own },
    ];
    const old = new Sampled();
    old.origins = originsOf(ONE_COUNTER, [at(2n ** 63n)]);
    await old.goOn(8);
    const times = { intervalMs: 5000, windowMs: 20_000 };
    const next = layoutOf([entryOf('d', [field]), entryOf('c', [field])], [0, 1]);
    const rates = async (
      layout: SeriesLayout,
      c: ReturnType<typeof at>,
      given = times,
    ): Promise<(number | undefined)[]> => {
      const activity = new Activity(given, old.activity);
      assert.equal(activity.sampledAt, given === times ? old.activity.sampledAt : -Infinity);
      const clock = old.activity.sampledAt + 5000;
      const snapshot = snapshotOf(layout, [1n, 1n, 0n, 440n, 400n, 40n], undefined, reportOf({ sequence: 99, clock }));
      await activity.take({ ...snapshot, origins: originsOf(layout, [at(2n ** 63n + 8n), c]) }, new Pacer());
      return [activity.rateOf(0), activity.rateOf(1), activity.seconds];
    };
    assert.deepEqual(await rates(next, at(2n ** 63n)), [undefined, 11, 20]);
    assert.deepEqual(await rates(next, at(2n ** 63n + 16n)), [undefined, undefined, 20], 'elsewhere');
    const reloaded = { ...(origin as object), file: { id: 3, generation: 2 } } as never;
    assert.deepEqual(await rates(next, at(2n ** 63n, reloaded)), [undefined, undefined, 20], 'another load');
    const gauges = layoutOf([entryOf('d', [field]), entryOf('c', [fieldOf(gauge)])], [0, 1]);
    assert.deepEqual(await rates(gauges, at(2n ** 63n)), [undefined, undefined, 20]);
    assert.deepEqual(await rates(next, at(2n ** 63n), { ...times, windowMs: 30_000 }), [
      undefined,
      undefined,
      undefined,
    ]);
    // The one before goes on by itself.
    await old.readAll([400n, 40n]);
    assert.deepEqual(old.rates, [11, 10, 1]);
  });

  it('knows which CPU is hot, and forgets it where nothing is known', async () => {
    const sampled = new Sampled();
    await sampled.goOn(9);
    assert.deepEqual(sampled.activity.spreadOf(0), { max: 10, p50: 1, p99: 10, hotCpu: 0 });
    await sampled.readAll([0n, 0n]);
    assert.equal(sampled.activity.spreadOf(0), undefined);
  });

  it('says nothing of gauges', async () => {
    const sampled = new Sampled();
    const gauges = layoutOf([entryOf('g', [fieldOf(familyOf('g'))])], [0, 1]);
    for (let read = 0n; read < 9n; read++) await sampled.read([[read, read]], { layout: gauges });
    assert.deepEqual([sampled.activity.rateOf(0), sampled.activity.spreadOf(0)], [undefined, undefined]);
  });
});
