/** The short form of `npm run mutate`, with a fixed seed. Covers: layouts/, plan/symbolShape. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { mutators } from './mutations/mutators.js';
import { reportOf } from './mutations/report.js';
import { runMutations } from './mutations/run.js';

it('has no layout accepted that the size, the release or a sysctl by name shows to be wrong', async (context) => {
  const result = await runMutations({ seed: 20_261_127, rounds: 3000 });
  const report = reportOf(result);
  assert.equal(result.findings.length, 0, report);
  for (const mutation of Object.keys(mutators)) assert.ok(result.tallies.has(mutation), `${mutation} was tried`);
  const tallies = [...result.tallies.values()];
  assert.ok(tallies.every(({ told }) => told === 0));
  assert.ok(
    tallies.some(({ refused }) => refused > 0) && tallies.some(({ right }) => right > 0),
    'some are refused, and some that are wrong for other releases only are not',
  );
  context.diagnostic(report);
});
