/** The short form of `npm run torture`: every kernel profile and reader, with fixed seeds. Covers: scrape/, plan/, kernel/, exposition/. */
import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { describe, it } from 'node:test';
import { buildNative } from '../../src/simulator/build.js';
import { profileNames } from '../../src/simulator/profiles.js';
import { reportOf } from './report.js';
import { runTorture } from './run.js';

const SEED = 20_261_126;

describe('a kernel that changes and fails while it is read', () => {
  for (const [index, profile] of profileNames.entries()) {
    it(`has no value published that it did not hold: ${profile}`, async (context) => {
      const native = await buildNative(tmpdir());
      const result = await runTorture(native, { seed: SEED + index, scrapes: index === 0 ? 240 : 120, profile });
      context.diagnostic(`${result.scrapes} scrapes, ${result.compared} values compared`);
      assert.equal(result.failures.length, 0, reportOf(result, SEED + index, 0, 2, ` --profile ${profile}`));
      assert.ok(result.compared > 10_000, 'most scrapes give values');
    });
  }
});
