/** The short form of `npm run torture -- fuzz`, with a fixed seed. */
import { describe, it } from 'node:test';
import { MILLION, targets } from './targets.js';

const SEED = 20_261_126;
const CASES = 5_000;

describe('fuzzers', () => {
  for (const target of targets) {
    const cases = Math.round((target.share * CASES) / MILLION);
    it(`find nothing in ${cases} cases of ${target.name}`, async (context) => {
      const { counts } = await target.run(SEED, cases);
      context.diagnostic(JSON.stringify(counts));
    });
  }
});
