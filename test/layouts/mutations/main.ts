/**
 * npm run mutate: layouts of config/layouts that are wrong in many ways, and sysctls that lie, against simulated kernels without types. Ends
 * with 1 where wrong names were accepted that the symbol's size, the release or a sysctl of that name could have told.
 */
import { parseArgs } from 'node:util';
import { reportOf } from './report.js';
import { runMutations } from './run.js';

const { values } = parseArgs({
  options: { seed: { type: 'string', default: '1' }, rounds: { type: 'string', default: '1000000' } },
});
// Most rounds end in an error that says why; where it was thrown is not asked.
Error.stackTraceLimit = 1;
const result = await runMutations({
  seed: Number(values.seed),
  rounds: Number(values.rounds),
  onProgress: (done) => process.stderr.write(`\r${done} rounds`),
});
process.stderr.write('\n');
process.stdout.write(reportOf(result));
process.exitCode = result.findings.length === 0 ? 0 : 1;
