/** Holds what a pack publishes of a simulated kernel against what that kernel tells of itself, before and after each read. */
import assert from 'node:assert/strict';
import { liesBetween } from '../../src/kernel/told.js';
import type { LiveKernel } from '../../src/kernel/live/liveKernel.js';
import { publishedIn, seriesName, type Published } from './published.js';
import { Simulated } from './simulated.js';
import { PATIENCE_MS } from './until.js';

/** What the kernel tells, by the names of series without their prefix and `_total`. */
export type Told = ReadonlyMap<string, bigint>;

const ROUNDS = 15;

/**
 * Reads a pack again and again while all moves. Each value must lie between what is told before and after the read, and each that is told must be
 * published, and no other.
 *
 * @param ask what the kernel tells now
 * @param isUntold series that no sysctl tells
 * @returns how many values were compared
 */
export async function comparePack(
  spec: string,
  pack: string,
  ask: (kernel: LiveKernel, simulated: Simulated) => Told,
  isUntold: (series: string) => boolean = () => false,
): Promise<number> {
  const simulated = await Simulated.open(spec, `packs: [${pack}]`, 'believable');
  let compared = 0;
  const moved = new Set<string>();
  try {
    const { kernel, scraper } = simulated;
    const first = ask(kernel, simulated);
    const deadline = performance.now() + PATIENCE_MS;
    for (let round = 0; round < ROUNDS || (moved.size === 0 && performance.now() < deadline); round++) {
      const before = ask(kernel, simulated);
      const snapshot = await scraper.read();
      const after = ask(kernel, simulated);
      assert.deepEqual(
        snapshot.report.symbols.filter(({ up }) => !up),
        [],
      );
      const values = new Map(publishedIn(snapshot).map((each) => [seriesName(each), each]));
      const names = [...values.keys()].filter((name) => !isUntold(name)).sort();
      assert.deepEqual(names, [...after.keys()].sort());
      for (const name of names) {
        agrees(name, values.get(name)!, before.get(name)!, after.get(name)!);
        if (first.get(name) !== after.get(name)) moved.add(name);
        compared += 1;
      }
    }
  } finally {
    await simulated.close();
  }
  assert.ok(moved.size > 0, 'something moved meanwhile');
  return compared;
}

function agrees(name: string, { value, isGauge }: Published, before: bigint, after: bigint): void {
  assert.ok(liesBetween(before, value, after, isGauge, 64), `${name}: ${before} ${value} ${after}`);
}
