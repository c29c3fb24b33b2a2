import assert from 'node:assert/strict';
import { describe, it, mock } from 'node:test';
import type { KernelFacts } from '../../src/kernel/live/kernel.js';
import type { SelfTestResult } from '../../src/kernel/live/selfTest.js';
import { ZpcpuLayout } from '../../src/kernel/zpcpu.js';
import { kernelAddress, type ZpcpuPointer } from '../../src/kernel/address.js';
import { OwnMetrics, type KeptDocument } from '../../src/telemetry/ownMetrics.js';

const facts: KernelFacts = {
  origin: 'simulated',
  release: '14.0-RELEASE',
  osreldate: 1400097,
  machineArch: 'amd64',
  pageSize: 4096,
  maxId: 0,
  ncpus: 1,
  cpus: [0],
  bootTime: 0,
};
const selfTest: SelfTestResult = {
  reader: 'direct',
  layout: new ZpcpuLayout(0n, kernelAddress(1n << 63n), 4096, 1),
  layoutAgrees: true,
  reason: 'it agrees',
  seen: '',
  probe: 0n as ZpcpuPointer,
};

/** What is told of a read that began ten seconds ago. */
function rendered(kept?: KeptDocument): Promise<string> {
  const report = {
    sequence: 1,
    takenAt: 1_700_000_000_123,
    clock: performance.timeOrigin + performance.now() - 10_000,
    durationSeconds: 0,
    reads: 0,
    bytes: 0,
    series: 0,
    symbols: [],
  };
  return new OwnMetrics('1', facts, selfTest, [], kept).render(report);
}

describe('OwnMetrics', () => {
  it('tells the age of a read by a clock that nobody sets', async () => {
    mock.timers.enable({ apis: ['Date'], now: 1_600_000_000_000 });
    try {
      const age = Number(/^kcounter_exporter_snapshot_age_seconds (\S+)$/m.exec(await rendered())?.[1]);
      assert.ok(age >= 10 && age < 600, `${age} s`);
    } finally {
      mock.timers.reset();
    }
  });

  it('tells when the read was, not its age, in what is kept', async () => {
    const printed = await rendered({ textfile: undefined });
    assert.match(printed, /^kcounter_exporter_snapshot_timestamp_seconds 1700000000\.123$/m);
    assert.doesNotMatch(printed, /age|textfile/);
    const written = await rendered({ textfile: 'a.prom' });
    assert.match(written, /^kcounter_exporter_snapshot_timestamp_seconds\{textfile="a\.prom"\} 1700000000\.123$/m);
    for (const line of written.split('\n')) if (/^\w/.test(line)) assert.match(line, /textfile="a\.prom"/);
  });
});
