/** Covers: reader.ts, comparison.ts, series.ts: value by value, what a read is shown to have done, and when that is not known. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { layOutSeries, type SeriesLayout } from '../../src/plan/layout.js';
import { itemStates } from '../../src/snapshots/itemStates.js';
import type { Snapshot } from '../../src/snapshots/snapshot.js';
import type { SymbolStatus } from '../../src/snapshots/symbolStatus.js';
import { FrameReader } from '../../src/top/reader.js';
import type { Frame, Series } from '../../src/top/series.js';
import { entryOf, familyOf, fieldOf, layoutOf, originsOf, placesOf, reportOf, snapshotOf } from '../support/entries.js';

const counter = familyOf('c_total', { type: 'counter' });
const summed = familyOf('s_total', { type: 'counter', cpu: 'sum' });
const LAYOUT = layoutOf(
  [
    entryOf('c', [fieldOf(counter, { format: 'u64' })]),
    entryOf('g', [fieldOf(familyOf('g'))]),
    entryOf('s', [fieldOf(summed, { format: 'u64' })]),
  ],
  [0, 1, 2, 3],
);
const DOWN = itemStates.indexOf('null');

interface Options {
  readonly layout?: SeriesLayout;
  readonly states?: readonly number[];
  readonly seconds?: number;
  readonly symbols?: readonly SymbolStatus[];
}

/** A reader of a kernel that holds what the test says. */
class Read {
  origins = originsOf(LAYOUT);
  private snapshot: Snapshot | undefined;
  private sequence = 0;
  private clock = 1e12;
  private readonly reader: FrameReader;

  constructor(arePartsRead = true) {
    const use = async <T>(work: (snapshot: Snapshot) => T | Promise<T>): Promise<T> => work(this.snapshot!);
    this.reader = new FrameReader({ use }, 1000, arePartsRead);
  }

  /** @param parts of each row what each CPU has */
  next(parts: readonly (readonly bigint[])[], options: Options = {}): Promise<Frame> {
    const { layout = LAYOUT, states, seconds = 1, symbols = [] } = options;
    this.clock += 1000 * seconds;
    const report = reportOf({ sequence: ++this.sequence, clock: this.clock, symbols });
    const values = parts.flatMap((own) => [own.reduce((sum, part) => sum + part, 0n), ...own]);
    this.snapshot = { ...snapshotOf(layout, values, states, report), origins: this.origins };
    return this.reader.next();
  }

  /** Two reads, in which the rows count what `second` has more than `first`. */
  async both(
    first: readonly (readonly bigint[])[],
    second: readonly (readonly bigint[])[],
  ): Promise<readonly Series[]> {
    await this.next(first);
    return (await this.next(second, { seconds: 2 })).series;
  }
}

const ZEROS = [0n, 0n, 0n, 0n];

describe('a read that is shown', () => {
  it('has the value, the rate since the read before, and the CPU that is hot', async () => {
    const [c, g, s] = await new Read().both(
      [[10n, 10n, 10n, 10n], [5n, 0n, 0n, 0n], ZEROS],
      [
        [12n, 12n, 210n, 12n],
        [2n, 0n, 0n, 0n],
        [100n, 1n, 1n, 2n],
      ],
    );
    assert.deepEqual(
      [c?.value, c?.rate, c?.hot, [...(c?.parts ?? [])]],
      [246n, 103, { id: 2, share: 200 / 206 }, [1, 1, 100, 1]],
    );
    assert.deepEqual([g?.value, g?.rate, g?.change, [...(g?.parts ?? [])]], [2n, undefined, -3n, [2, 0, 0, 0]]);
    assert.deepEqual([s?.rate, s?.hot?.id], [52, 0]);
  });

  it('has no rate at first, and an average only after ten more', async () => {
    const read = new Read();
    const first = await read.next([ZEROS, ZEROS, ZEROS]);
    assert.deepEqual([first.seconds, first.averageSeconds], [undefined, undefined]);
    assert.deepEqual(
      [first.series[0]?.value, first.series[0]?.rate, first.series[1]?.change],
      [0n, undefined, undefined],
    );
    for (let count = 1n; count <= 10n; count++) {
      const { series, averageSeconds } = await read.next([[count * count, 0n, 0n, 0n], ZEROS, ZEROS]);
      const average = count === 10n ? 10 : undefined;
      assert.deepEqual([series[0]?.rate, series[0]?.average], [Number(2n * count - 1n), average]);
      assert.equal(averageSeconds, average);
    }
  });

  const breaks: Readonly<Record<string, readonly bigint[]>> = {
    'is zeroed': ZEROS,
    'goes back by one on one CPU, while the sum grows': [99n, 10_000n, 0n, 0n],
    'moves further than any counter does': [2n ** 60n, 0n, 0n, 0n],
  };
  for (const [title, after] of Object.entries(breaks)) {
    it(`has no rate and no hot CPU where a counter ${title}, and has them again in the next`, async () => {
      const read = new Read();
      const [c] = await read.both([[100n, 0n, 0n, 0n], ZEROS, ZEROS], [after, ZEROS, ZEROS]);
      assert.deepEqual(
        [c?.value, c?.rate, c?.hot, c?.parts],
        [after.reduce((a, b) => a + b), undefined, undefined, undefined],
      );
      const next = await read.next([[after[0]! + 30n, ...after.slice(1)], ZEROS, ZEROS]);
      assert.deepEqual([next.series[0]?.rate, next.series[0]?.hot?.id], [30, 0]);
    });
  }

  it('has none where a counter wraps at 2^64', async () => {
    const [c] = await new Read().both([[2n ** 64n - 5n, 0n, 0n, 0n], ZEROS, ZEROS], [[5n, 0n, 0n, 0n], ZEROS, ZEROS]);
    assert.deepEqual([c?.value, c?.rate], [5n, undefined]);
  });

  it('has none, nor a change, where another counter took its place, although it is larger', async () => {
    const read = new Read();
    await read.next([ZEROS, ZEROS, ZEROS]);
    read.origins = originsOf(LAYOUT);
    const { series } = await read.next([[100n, 0n, 0n, 0n], [1n, 0n, 0n, 0n], ZEROS]);
    assert.deepEqual([series[0]?.rate, series[1]?.change], [undefined, undefined]);
  });

  it('has no value where it could not be read, but the reason, and no rate in the read after', async () => {
    const read = new Read();
    await read.next([[100n, 0n, 0n, 0n], ZEROS, ZEROS]);
    const states = [DOWN, 0, 0];
    const failed = await read.next([ZEROS, ZEROS, ZEROS], { states, symbols: [statusOf('c', 'its pointer is NULL')] });
    const [c] = failed.series;
    assert.deepEqual(
      [c?.value, c?.reason, c?.isOptional, c?.rate],
      [undefined, 'its pointer is NULL', false, undefined],
    );
    assert.deepEqual(failed.down, [{ symbol: 'c', reason: 'its pointer is NULL', optional: false }]);
    assert.deepEqual(failed.absent, []);
    const { series } = await read.next([[200n, 0n, 0n, 0n], ZEROS, ZEROS]);
    assert.deepEqual([series[0]?.value, series[0]?.rate], [200n, undefined]);
  });

  it('tells of symbols that have no series', async () => {
    const symbols = [statusOf('x', 'no loaded file has this symbol', true)];
    const { absent, series } = await new Read().next([ZEROS, ZEROS, ZEROS], { symbols });
    assert.deepEqual(
      absent.map(({ text, value, reason, isOptional }) => [text, value, reason, isOptional]),
      [['x', undefined, 'no loaded file has this symbol', true]],
    );
    assert.equal(series.length, 3);
  });

  it('names no CPU where libkvm told the sum alone, which lies where the first part does', async () => {
    const [c, , s] = await new Read(false).both([ZEROS, ZEROS, ZEROS], [[0n, 100n, 0n, 0n], ZEROS, [500n, 0n, 0n, 0n]]);
    assert.deepEqual([c?.hot?.id, s?.rate, s?.hot, s?.parts], [1, 250, undefined, undefined]);
  });

  it('goes on with series that stay while others go', async () => {
    const entry = entryOf('list', [fieldOf(counter, { format: 'u64' })]);
    const places = placesOf([{ name: 'x', value: 'a' }], [{ name: 'x', value: 'b' }]);
    const parts = {
      entries: [entry],
      faults: [undefined],
      bases: [undefined],
      follows: [undefined],
      cpus: [0, 1, 2, 3],
    };
    const all = layOutSeries(parts, [places]);
    const fewer = layOutSeries(parts, [[places[1]!]], all);
    const origin = { inModule: false } as never;
    const instances = places.map(({ labels }) => ({ labels, where: {}, origin }));
    const read = new Read();
    read.origins = originsOf(all, [instances]);
    await read.next(
      [
        [1000n, 0n, 0n, 0n],
        [7n, 0n, 0n, 0n],
      ],
      { layout: all },
    );
    read.origins = originsOf(fewer, [[instances[1]!]]);
    const { series } = await read.next([[9n, 0n, 0n, 0n]], { layout: fewer });
    assert.deepEqual(
      series.map(({ text, rate }) => [text, rate]),
      [['c_total{x="b"}', 2]],
    );
  });
});

function statusOf(symbol: string, reason: string, optional = false): SymbolStatus {
  return { symbol, groups: [], optional, up: false, cause: 'missing', reason, bases: [], since: 0 };
}
