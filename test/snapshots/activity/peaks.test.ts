import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { layOutSeries } from '../../../src/plan/layout.js';
import { Peaks } from '../../../src/snapshots/activity/peaks.js';
import { itemStates } from '../../../src/snapshots/itemStates.js';
import { cpuIds, entryOf, familyOf, fieldOf, layoutOf, originsOf } from '../../support/entries.js';

const NULL = itemStates.indexOf('null');
const counter = familyOf('c_total', { type: 'counter' });
const CPUS = 8;
const LAYOUT = layoutOf([entryOf('c', [fieldOf(counter, { format: 'u64' })])], cpuIds(CPUS));
const WINDOW = 60_000;

/** Numbers from 0 to 1, the same in each run. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** A counter on some CPUs, and what samples it. */
class Sampled {
  readonly peaks = new Peaks(LAYOUT);
  readonly parts = new Array<bigint>(CPUS).fill(0n);
  origins = originsOf(LAYOUT);

  read(clock: number, state = 0): void {
    const values = [this.parts.reduce((sum, part) => sum + part, 0n), ...this.parts];
    const words = new Uint32Array(BigUint64Array.from(values).buffer);
    this.peaks.take({ layout: LAYOUT, words, states: Uint8Array.of(state), origins: this.origins }, clock);
  }

  get peak(): ReturnType<Peaks['peakOf']> {
    return this.peaks.peakOf(0, WINDOW);
  }
}

describe('peaks', () => {
  it('catch bursts of 20 ms with their CPU and their rate', () => {
    const random = randomOf(3);
    let caught = 0;
    let inRange = 0;
    const bursts = 1000;
    const sampled = new Sampled();
    let clock = 0;
    for (let burst = 0; burst < bursts; burst++) {
      const cpu = Math.floor(CPUS * random());
      const rate = 10 ** (3 + 3 * random());
      const begin = clock + 62_000 + 3000 * random();
      const end = begin + 20;
      for (const until = begin + 100; clock < until;) {
        const from = clock;
        // The timer is late, and now and then a scrape holds the thread.
        clock += begin - clock > 1000 ? 500 : random() < 0.02 ? 15 + 5 * random() : 10 + 1.5 * random();
        const overlap = Math.max(0, Math.min(clock, end) - Math.max(from, begin));
        for (let id = 0; id < CPUS; id++) if (random() < 0.1) sampled.parts[id]! += 1n;
        sampled.parts[cpu]! += BigInt(Math.round((rate * overlap) / 1000));
        sampled.read(clock);
      }
      const { peak } = sampled;
      if (peak?.cpu === cpu) caught++;
      if (peak !== undefined && peak.rate > rate / 2 && peak.rate < 2 * rate) inRange++;
    }
    assert.ok(caught >= 0.99 * bursts, `${caught} of ${bursts} with their CPU`);
    assert.ok(inRange >= 0.99 * bursts, `${inRange} of ${bursts} with their rate`);
  });

  it('are those of the window, which is full before there is one', () => {
    const sampled = new Sampled();
    const count = (clock: number, cpu: number, events: bigint): void => {
      sampled.parts[cpu]! += events;
      sampled.read(clock);
    };
    sampled.read(0);
    for (let clock = 1000; clock < 60_000; clock += 1000) count(clock, 1, clock === 30_000 ? 500n : 1n);
    assert.equal(sampled.peak, undefined);
    count(60_000, 1, 1n);
    assert.deepEqual(sampled.peak, { rate: 500, cpu: 1 });
    for (let clock = 61_000; clock <= 92_000; clock += 1000) count(clock, 2, 3n);
    assert.deepEqual(sampled.peak, { rate: 3, cpu: 2 });
    for (let clock = 93_000; clock <= 153_000; clock += 1000) count(clock, 2, 0n);
    assert.deepEqual(sampled.peak, { rate: 0, cpu: undefined });
    // A longer window has what the shorter one has no more.
    assert.deepEqual(sampled.peaks.peakOf(0, 150_000), { rate: 500, cpu: 1 });
  });

  const breaks: Readonly<Record<string, (sampled: Sampled, clock: number) => void>> = {
    'is zeroed': (sampled, clock) => {
      sampled.parts.fill(0n);
      sampled.read(clock);
    },
    'goes back by one on one CPU': (sampled, clock) => {
      sampled.parts[0]! -= 1n;
      sampled.parts[1]! += 1000n;
      sampled.read(clock);
    },
    'wraps at 2^64': (sampled, clock) => {
      sampled.parts[0] = 3n;
      sampled.read(clock);
    },
    'is another one': (sampled, clock) => {
      sampled.origins = originsOf(LAYOUT);
      sampled.parts[0]! += 1000n;
      sampled.read(clock);
    },
    'could not be read': (sampled, clock) => {
      sampled.read(clock, NULL);
      sampled.parts[0]! += 1000n;
      sampled.read(clock + 10);
    },
    'is in a kernel that could not be read': (sampled, clock) => {
      sampled.peaks.lost();
      sampled.parts[0]! += 1000n;
      sampled.read(clock);
    },
  };
  for (const [title, happen] of Object.entries(breaks)) {
    it(`there are none until a window has passed where a counter ${title}`, () => {
      const sampled = new Sampled();
      sampled.parts[0] = 2n ** 64n - 1000n;
      for (let clock = 0; clock <= 61_000; clock += 1000) sampled.read(clock);
      assert.deepEqual(sampled.peak, { rate: 0, cpu: undefined });
      happen(sampled, 62_000);
      assert.equal(sampled.peak, undefined);
      for (let clock = 63_000; clock < 122_000; clock += 1000) sampled.read(clock);
      assert.equal(sampled.peak, undefined);
      sampled.read(122_010);
      assert.deepEqual(sampled.peak, { rate: 0, cpu: undefined });
    });
  }

  it('are no higher where a read is interrupted for long after it began', () => {
    const sampled = new Sampled();
    const { peaks, parts, origins } = sampled;
    const read = (clock: number, end: number): void => {
      // 1,000 events a second, and the values are read at the end.
      parts[0] = BigInt(Math.round(end));
      const words = new Uint32Array(BigUint64Array.from([parts[0], ...parts]).buffer);
      peaks.take({ layout: LAYOUT, words, states: Uint8Array.of(0), origins }, clock, end);
    };
    for (let clock = 0; clock <= 61_000; clock += 10) read(clock, clock + (clock % 1000 === 500 ? 9 : 0.5));
    const { rate } = sampled.peak!;
    assert.ok(rate > 900 && rate <= 1000 * (20 / 19), `${rate}`);
  });

  it('go on where rows stay in another layout', () => {
    const field = fieldOf(counter, { format: 'u64' });
    const entry = entryOf('list', [field]);
    const labels = ['a', 'b'].map((value) => [{ name: 'x', value }]);
    const rest = { parts: 1, sumsOnly: false, hasCopies: false, isElsewhere: false };
    const parts = { entries: [entry], faults: [undefined], bases: [undefined], follows: [undefined], cpus: [0] };
    const both = layOutSeries(parts, [labels.map((own) => ({ labels: own, ...rest }))]);
    const second = layOutSeries(parts, [[{ labels: labels[1]!, ...rest }]], both);
    const origin = { inModule: false } as never;
    const [a, b] = labels.map((own) => ({ labels: own, where: {}, origin })) as [never, never];
    const words = (...values: bigint[]): Uint32Array => new Uint32Array(BigUint64Array.from(values).buffer);
    const peaks = new Peaks(both);
    const origins = originsOf(both, [[a, b]]);
    const states = new Uint8Array(2);
    for (let read = 0n; read <= 61n; read++) {
      const value = read < 30n ? 0n : 7n;
      peaks.take({ layout: both, words: words(0n, 0n, value, value), states, origins }, 1000 * Number(read));
    }
    const next = new Peaks(second);
    next.resume(peaks);
    const last = { layout: second, words: words(8n, 8n), states, origins: originsOf(second, [[b]]) };
    next.take(last, 62_000);
    assert.deepEqual(next.peakOf(0, WINDOW), { rate: 7, cpu: 0 });
    const other = new Peaks(second);
    other.resume(peaks);
    other.take(
      { ...last, origins: originsOf(second, [[{ ...(b as object), where: { cells: 8n } } as never]]) },
      62_000,
    );
    assert.equal(other.peakOf(0, WINDOW), undefined, 'another counter in its place');
  });
});
