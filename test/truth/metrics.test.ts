import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { verifyMetrics } from '../../src/truth/metrics.js';
import type { Comparison } from '../../src/truth/verify.js';
import { skipUnless } from '../support/programs.js';

const at = new Date('2026-03-01T04:05:06.789Z');
const comparisons = [true, false, true, false, false].map((agrees, index): Comparison => ({
  counter: `tcps_states[${index}]`,
  metric: 'freebsd_tcp_states',
  sysctl: 'net.inet.tcp.states',
  before: 1n,
  read: agrees ? 1n : 2n,
  after: 1n,
  agrees,
}));

describe('verifyMetrics', () => {
  it('tells how many values were compared, how many are wrong, and when', async () => {
    assert.equal(
      await verifyMetrics(
        {
          comparisons,
          unchecked: [{ counter: 'sim_rest', why: 'no sysctl tells it' }],
          neverCounted: ['vm_cnt.v_pdpages'],
        },
        at,
        'ver"ify.prom',
      ),
      `# HELP kcounter_exporter_verify_compared Values that verify compared with what a sysctl tells of them.
# TYPE kcounter_exporter_verify_compared gauge
kcounter_exporter_verify_compared{textfile="ver\\"ify.prom"} 5

# HELP kcounter_exporter_verify_mismatches Values that verify found to differ from what their sysctl tells.
# TYPE kcounter_exporter_verify_mismatches gauge
kcounter_exporter_verify_mismatches{textfile="ver\\"ify.prom"} 3

# HELP kcounter_exporter_verify_never_counted Counters of the config that this release of the kernel declares and never counts.
# TYPE kcounter_exporter_verify_never_counted gauge
kcounter_exporter_verify_never_counted{textfile="ver\\"ify.prom"} 1

# HELP kcounter_exporter_verify_timestamp_seconds When verify last compared.
# TYPE kcounter_exporter_verify_timestamp_seconds gauge
kcounter_exporter_verify_timestamp_seconds{textfile="ver\\"ify.prom"} 1772337906.789
`,
    );
  });

  it('writes what promtool has nothing against', { skip: skipUnless('promtool') }, async () => {
    const input = await verifyMetrics({ comparisons: [], unchecked: [], neverCounted: [] }, at, 'verify.prom');
    assert.equal(execFileSync('promtool', ['check', 'metrics'], { input, encoding: 'utf8' }), '');
  });
});
