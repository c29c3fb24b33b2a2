import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TruthMetrics } from '../../src/telemetry/truthMetrics.js';
import type { TruthReport } from '../../src/truth/watch.js';

const report: TruthReport = {
  checks: { kvm_counter_u64_fetch: 3, kvm_read_zpcpu: 2, sysctl: 40 },
  mismatches: { kvm_counter_u64_fetch: 0, kvm_read_zpcpu: 0, sysctl: 1 },
  withdrawn: 1,
  doubted: 2,
  unprovable: 5,
  oldestProof: 12.5,
};

/** Each sample as a line. */
async function linesOf(metrics: TruthMetrics): Promise<string[]> {
  return (await metrics.families()).flatMap(({ name, samples }) =>
    samples.map(({ labels, value }) => {
      const set = labels.map((label) => `${label.name}=${label.value}`).join(',');
      return `${name.replace('kcounter_exporter_truth_', '')}{${set}} ${value}`;
    }),
  );
}

describe('TruthMetrics', () => {
  it('tells what the proofs found, by who was asked', async () => {
    assert.deepEqual(await linesOf(new TruthMetrics({ report }, undefined)), [
      'checks_total{source=kvm_counter_u64_fetch} 3',
      'checks_total{source=kvm_read_zpcpu} 2',
      'checks_total{source=sysctl} 40',
      'mismatches_total{source=kvm_counter_u64_fetch} 0',
      'mismatches_total{source=kvm_read_zpcpu} 0',
      'mismatches_total{source=sysctl} 1',
      'withdrawn{} 1',
      'doubted{} 2',
      'unprovable{} 5',
      'oldest_proof_age_seconds{} 12.5',
    ]);
  });

  it('names the textfile that it is in', async () => {
    const lines = await linesOf(new TruthMetrics({ report }, { textfile: 'a.prom' }));
    assert.ok(lines.every((line) => line.includes('{textfile=a.prom')));
  });

  it('keeps the families that did not change', async () => {
    let now = report;
    const metrics = new TruthMetrics(
      {
        get report() {
          return now;
        },
      },
      undefined,
    );
    const before = await metrics.families();
    now = { ...report, oldestProof: 13 };
    const after = await metrics.families();
    assert.deepEqual(
      after.map((family, index) => family === before[index]),
      [true, true, true, true, true, false],
    );
  });
});
