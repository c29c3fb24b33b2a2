/**
 * Covers: spread.ts: how often the CPU that is hot is named, and how often one is named where none is. Each CPU counts at random, as events
 * that do not know of each other do (Poisson), some CPUs more than others by a little; one of them more, or none.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { spreadOf } from '../../../src/snapshots/activity/spread.js';

const WINDOW = 60;
const CPUS = [2, 4, 16, 64, 256, 1024] as const;
/** Events per second on each CPU. */
const RATES = [0, 0.01, 0.1, 1, 10, 100, 1000, 100_000] as const;
/** What the hot CPU does as a multiple of what the others do each. */
const TIMES = [1.2, 1.5, 1.8, 2, 3, 10, 100] as const;
/** Where the others do nothing it does so much. */
const ALONE = 5;
const HOT_SPOTS = 10_000;

/** The same from run to run (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function poisson(mean: number, random: () => number): number {
  if (mean > 50) {
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal));
  }
  let count = 0;
  for (let product = random(), least = Math.exp(-mean); product > least; product *= random()) count++;
  return count;
}

interface Case {
  readonly cpus: number;
  readonly rate: number;
}

/** The counts of a window. */
function background({ cpus, rate }: Case, random: () => number): Float64Array {
  return Float64Array.from({ length: cpus }, () => poisson(WINDOW * rate, random));
}

const pick = <T>(all: readonly T[], random: () => number): T => all[Math.floor(random() * all.length)]!;

describe('hot spots placed at random', () => {
  const random = randomOf(20_260_101);

  it(`are named right where they are hot by the definition: ${HOT_SPOTS} of them`, (t) => {
    const tally = new Map<number, { all: number; right: number; wrong: number }>();
    let clear = 0;
    let clearRight = 0;
    for (let spot = 0; spot < HOT_SPOTS; spot++) {
      const one = { cpus: pick(CPUS, random), rate: pick(RATES, random) };
      const times = pick(TIMES, random);
      const cpu = Math.floor(random() * one.cpus);
      const share = 0.25 + 0.75 * random();
      const counts = background(one, random);
      // It was hot in a part of the window.
      const more = one.rate === 0 ? ALONE * WINDOW * share : (times - 1) * one.rate * WINDOW * share;
      counts[cpu] = counts[cpu]! + poisson(more, random);
      const { hot } = spreadOf(counts, undefined);
      const counted = tally.get(times) ?? { all: 0, right: 0, wrong: 0 };
      tally.set(times, counted);
      counted.all++;
      if (hot === cpu) counted.right++;
      else if (hot !== undefined) counted.wrong++;
      // Hot by far: twice what the definition asks for, which chance does not take away.
      const mean = one.rate * WINDOW;
      if (more < 2 * Math.max(10, 0.5 * mean, 6 * Math.sqrt(mean))) continue;
      clear++;
      if (hot === cpu) clearRight++;
    }
    const all = [...tally.values()];
    const sum = (what: 'all' | 'right' | 'wrong'): number => all.reduce((total, one) => total + one[what], 0);
    for (const [times, { all: placed, right, wrong }] of [...tally].sort(([a], [b]) => a - b)) {
      t.diagnostic(`${times} times the others: ${placed} placed, ${right} named right, ${wrong} wrong`);
    }
    t.diagnostic(
      `in all ${sum('right')} of ${HOT_SPOTS} right, ${sum('wrong')} wrong; ${clearRight} of ${clear} clear ones`,
    );
    assert.ok(clear > 3000, `${clear} clear ones`);
    assert.ok(clearRight >= 0.999 * clear, `${clearRight} of ${clear}`);
    assert.ok(sum('wrong') <= 5, `${sum('wrong')} wrong`);
  });

  it('are claimed in hardly any window without one, and in none where much is counted', (t) => {
    let windows = 0;
    let claimed = 0;
    for (const cpus of CPUS) {
      for (const rate of RATES) {
        const rounds = Math.ceil(200_000 / cpus / 4);
        let own = 0;
        for (let round = 0; round < rounds; round++) {
          if (spreadOf(background({ cpus, rate }, random), undefined).hot !== undefined) own++;
        }
        if (own > 0) t.diagnostic(`${cpus} CPUs, ${rate} a second: ${own} of ${rounds} windows`);
        windows += rounds;
        claimed += own;
        if (rate >= 10) assert.equal(own, 0, `${cpus} CPUs, ${rate} a second`);
      }
    }
    t.diagnostic(`${claimed} of ${windows} windows claim a hot CPU`);
    assert.ok(windows > 300_000);
    // Nearly all where two CPUs count some events in a minute: the median of two is the lower one.
    assert.ok(claimed <= 1e-3 * windows, `${claimed} of ${windows}`);
  });

  it('stay the same from window to window where two CPUs do as much', (t) => {
    let changes = 0;
    let before: number | undefined;
    const windows = 2000;
    for (let window = 0; window < windows; window++) {
      const counts = background({ cpus: 64, rate: 1 }, random);
      for (const cpu of [3, 40]) counts[cpu] = poisson(WINDOW * 20, random);
      const { hot } = spreadOf(counts, before);
      assert.ok(hot === 3 || hot === 40);
      if (before !== undefined && hot !== before) changes++;
      before = hot;
    }
    t.diagnostic(`${changes} changes in ${windows} windows`);
    assert.equal(changes, 0);
  });
});
