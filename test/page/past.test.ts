/** Covers: past.ts, pastLoader.ts, mark.ts, and src/live/pastBytes.ts. */
import assert from 'node:assert/strict';
import { describe, it, mock } from 'node:test';
import { layoutText } from '../../src/live/layoutText.js';
import type { LayoutMessage, TickMessage } from '../../src/live/messages.js';
import { pastBytes } from '../../src/live/pastBytes.js';
import { Mark } from '../../src/page/mark.js';
import { Past, readPast } from '../../src/page/past.js';
import { PastLoader, type PastWanted } from '../../src/page/pastLoader.js';
import { pageRows } from '../../src/page/rows.js';
import { SeriesData } from '../../src/page/seriesData.js';
import { liveLayout } from '../support/live.js';

/** What the exporter answers: of each row the values of points of 5 s, the last of which ends at `end` seconds. */
function answer(end: number, ...rows: readonly (readonly number[])[]): NonNullable<ReturnType<typeof readPast>> {
  const points = rows[0]!.length;
  const ends = rows[0]!.map((_, point) => 1000 * (end - 5 * (points - 1 - point)));
  const values = Float32Array.from(rows.flat());
  const bytes = pastBytes('abc', { begin: 1000 * (end - 5 * points), ends, values });
  return readPast(new Uint8Array(bytes).buffer)!;
}

describe('the answer with the past', () => {
  it('is read as it was written, whatever the length of its head', () => {
    for (const layout of ['', 'a', 'ab', 'abc']) {
      const points = { begin: 1.5, ends: [2, 3.25], values: Float32Array.of(1, NaN, -3, 4e9) };
      const { head, values } = readPast(new Uint8Array(pastBytes(layout, points)).buffer)!;
      assert.deepEqual([head, values], [{ layout, begin: 1.5, ends: [2, 3.25] }, points.values]);
    }
    assert.equal(readPast(new ArrayBuffer(2)), undefined);
    assert.equal(readPast(Uint8Array.of(9, 0, 0, 0, 1).buffer), undefined);
  });
});

describe('Past', () => {
  /** What was seen in a window of a minute: points of a second at most. */
  function seen(...rates: readonly number[]): Past {
    const past = new Past(1);
    past.windowMs = 60_000;
    rates.forEach((rate, second) => {
      past.take(1000 * (99 + second), 1000 * (100 + second), () => rate);
    });
    return past;
  }

  it('puts what the exporter remembers before what the page saw itself', () => {
    // Of the second before the first read the page knows nothing.
    const past = seen(NaN, 3, 4);
    const { head, values } = answer(99.8, [7, NaN, 9]);
    past.load(head, values);
    const { x, values: line } = past.trend(0);
    assert.deepEqual(line, [7, NaN, 9, 3, 4]);
    const places = [102 - 89.8, 102 - 94.8, 102 - 99.8, 1, 0].map((ago) => 1 - ago / 60);
    x.forEach((at, point) => {
      assert.ok(Math.abs(at - places[point]!) < 1e-9, `${at} ${places[point]}`);
    });
    const later = answer(101.9, [1, 1, 2]);
    past.load(later.head, later.values);
    assert.deepEqual(past.trend(0).values, [1, 1, 2], 'the exporter knows all of it');
  });

  it('keeps what the page saw before the time that the exporter remembers', () => {
    const past = seen(...Array.from({ length: 20 }, () => 3));
    const { head, values } = answer(117, [7, 8]);
    past.load(head, values);
    assert.deepEqual(past.trend(0).values, [...Array.from({ length: 8 }, () => 3), 7, 8, 3, 3]);
    past.load({ layout: '', begin: 0, ends: [] }, new Float32Array());
    assert.equal(past.trend(0).values.length, 12);
  });

  it('puts reads together where the window is long, and shows what it has of the newest', () => {
    const past = seen();
    past.windowMs = 300_000;
    for (let second = 0; second < 7; second++) past.take(1000 * second, 1000 * (second + 1), () => second);
    assert.deepEqual(past.trend(0).values, [0.5, 2.5, 4.5, 6]);
  });

  it('has means with the part of the time that is known', () => {
    const past = seen(1, 2, NaN, 4);
    assert.deepEqual(past.mean(0, 100_000, 103_000), { value: 3, known: 2 / 3 });
    assert.deepEqual(past.mean(0, 100_500, 101_000), { value: 2, known: 1 });
    assert.equal(past.mean(0, 101_000, 102_000), undefined);
    assert.equal(past.mean(0, 0, 99_000), undefined);
    assert.equal(past.isWhole(0, 102_000), true);
    assert.equal(past.isWhole(0, 101_500), false);
    assert.equal(seen(1, 1).isWhole(0, 90_000), false, 'not seen from then on');
  });

  it('forgets what is older than two windows', () => {
    const past = seen(...Array.from({ length: 300 }, (_, second) => second));
    assert.equal(past.mean(0, 0, 278_000), undefined);
    assert.equal(past.mean(0, 279_000, 280_000)?.value, 180);
  });
});

describe('the loader of the past', () => {
  it('asks every 5 s at most, for what is lacking by then, and takes it that nothing is known', async (context) => {
    const timers = mock.timers;
    timers.enable({ apis: ['setTimeout'] });
    let now = 0;
    context.mock.method(performance, 'now', () => now);
    const pass = async (ms: number): Promise<void> => {
      now += ms;
      timers.tick(ms);
      for (let turn = 0; turn < 5; turn++) await Promise.resolve();
    };
    try {
      let layout: string | undefined = 'a';
      const asked: [number, string][] = [];
      const taken: string[] = [];
      const wanted = (): PastWanted | undefined =>
        layout === undefined ? undefined : { layout, seconds: 600, points: 240 };
      const loader = new PastLoader(
        wanted,
        (head) => taken.push(head.layout),
        ({ layout }) => {
          asked.push([now, layout]);
          return Promise.resolve(layout === 'abc' ? answer(10, [1]) : undefined);
        },
      );
      // Another layout each second.
      for (const next of ['a', 'b', 'c', 'd', 'e', 'f', 'g']) {
        layout = next;
        loader.load();
        await pass(1000);
      }
      assert.deepEqual(asked, [
        [0, 'a'],
        [5000, 'f'],
      ]);
      layout = 'abc';
      await pass(5000);
      assert.deepEqual(taken, ['abc']);
      // Nothing is lacking now.
      layout = undefined;
      loader.load();
      await pass(60_000);
      assert.equal(asked.length, 3);
      layout = 'h';
      loader.load();
      loader.load(true);
      assert.equal(asked.length, 5, 'the user waits for it');
      for (let second = 0; second < 100; second++) await pass(1000);
      assert.equal(asked.length, 9, 'not for ever');
    } finally {
      timers.reset();
    }
  });
});

describe('a mark', () => {
  const about = { interval: 1000, reader: 'direct', reason: 'it agrees', past: 7200 };

  class Marked {
    readonly data: SeriesData;
    readonly rows;
    mark: Mark | undefined;
    private sequence = 0;

    constructor(type: 'counter' | 'gauge') {
      const layout = JSON.parse(layoutText(liveLayout(1, 2, type), about).json) as LayoutMessage;
      this.data = new SeriesData(layout);
      this.rows = pageRows(layout);
    }

    read(second: number, sums: string): this {
      const tick: TickMessage = {
        sequence: ++this.sequence,
        takenAt: 0,
        clock: 1000 * second,
        duration: 0,
        series: 1,
        sums,
        skews: '-',
        parts: {},
      };
      const before = this.data.tick?.clock;
      this.data.take(tick);
      this.mark?.follow(this.rows, this.data, before);
      return this;
    }

    set(): this {
      this.mark = new Mark(this.rows, this.data);
      return this;
    }

    get told(): string[] {
      const row = this.rows[0]!;
      return [this.mark!.change(row, this.data), this.mark!.before(row)];
    }
  }

  it('tells by how much a row has changed since, and what it was', () => {
    const counter = new Marked('counter').read(0, '100').read(1, '150').set().read(2, '160').read(3, '1160');
    assert.deepEqual(counter.told, ['+1,010', 'was 50.0/s']);
    assert.equal(
      counter.mark!.text(counter.rows[0]!, counter.data),
      '+1,010 since the mark 2 s ago, when it was 150: 505/s; its rate was 50.0/s.',
    );
    assert.deepEqual(new Marked('gauge').read(0, '7').set().read(1, '-3').told, ['−10', 'was 7']);
  });

  it('tells nothing of a counter that was reset since, though it is larger now', () => {
    const counter = new Marked('counter').read(0, '100').read(1, '100').set().read(2, '5').read(3, '500');
    assert.deepEqual(counter.told, ['–', 'was 0/s']);
  });

  it('tells nothing of a counter that the page did not see for a while, unless the exporter did', () => {
    for (const [rates, told] of [
      [[1, 1, 1, 1], '+40'],
      [[1, 1, NaN, 1], '–'],
    ] as const) {
      const counter = new Marked('counter').read(0, '100').read(1, '100').set().read(20, '130').read(21, '140');
      assert.equal(counter.told[0], '–');
      const { head, values } = answer(20, rates);
      counter.data.past.load(head, values);
      counter.mark!.review(counter.rows, counter.data);
      assert.equal(counter.told[0], told);
    }
  });
});
