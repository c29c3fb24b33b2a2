/** Of what is told of the process: what depends on the system. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { mappedOnLinux, ProcessMetrics } from '../../src/telemetry/processMetrics.js';

async function mappedShown(mapped: () => number | undefined): Promise<unknown> {
  const metrics = new ProcessMetrics(undefined, mapped);
  try {
    const families = await metrics.families();
    return families.find(({ name }) => name === 'process_virtual_memory_bytes')?.samples[0]?.value;
  } finally {
    metrics.stop();
  }
}

describe('process_virtual_memory_bytes', () => {
  it('is what the system tells, and is not there where that tells nothing or fails', async () => {
    assert.equal(await mappedShown(() => 12_345), 12_345);
    assert.equal(await mappedShown(() => undefined), undefined);
    const failing = (): number => {
      throw new Error('no such process');
    };
    assert.equal(await mappedShown(failing), undefined);
  });

  it('is NaN once it is not told any more: it cannot be that of a moment ago', async () => {
    let told: number | undefined = 1;
    const once = (): number | undefined => {
      const now = told;
      told = undefined;
      return now;
    };
    assert.ok(Number.isNaN(await mappedShown(once)));
  });

  it('is of Linux what /proc tells, which is more than what is in memory', (context) => {
    if (process.platform !== 'linux') {
      assert.equal(mappedOnLinux(), undefined);
      context.skip('no /proc');
      return;
    }
    assert.ok(mappedOnLinux()! > process.memoryUsage.rss());
  });
});
