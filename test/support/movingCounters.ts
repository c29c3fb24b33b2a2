/** Looks at documents of a kernel under load, however they are had: counters move, never back, and the CPUs' parts add up to the sums. */
import assert from 'node:assert/strict';
import { parseSamples, sumsAndParts } from './exposition.js';
import { until } from './until.js';

/** What these packs publish must be among it. */
export const MOVING = 'version: 1\npacks: [{pack: tcp, cpu: both}, {pack: vm, cpu: both}]\n';

/** @param next a document of a read that begins after it is called */
export async function assertMoving(next: () => Promise<string>, cpus: number): Promise<void> {
  const first = parseSamples(await next());
  let second = first;
  let moved: string[] = [];
  const move = async (): Promise<boolean> => {
    second = parseSamples(await next());
    moved = [...sumsAndParts(second).keys()].filter((series) => first.get(series) !== second.get(series));
    return moved.length > 10;
  };
  await until(move, () => `more than ${moved.length} move`, 50);
  const checked = sumsAndParts(second);
  assert.ok(checked.size > 100, `${checked.size} values in both forms`);
  for (const [series, { sum, parts, cpus: shown }] of checked) {
    assert.equal(parts, sum, series);
    assert.equal(shown, cpus, series);
  }
  for (const [series, value] of second) {
    if (/_total(\{|$)/.test(series)) assert.ok(value >= first.get(series)!, `${series} went back`);
  }
}
