import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { KvmError } from '../../../src/kernel/errors.js';
import { openLiveKernel } from '../../../src/kernel/live/liveKernel.js';
import { chooseReader } from '../../../src/kernel/live/selfTest.js';
import type { ReaderName } from '../../../src/kernel/reader.js';
import { Simulator, type Workload } from '../../../src/simulator/simulator.js';
import { parseSimulatorSpec } from '../../../src/simulator/spec.js';
import { booted } from '../../support/booted.js';

type Wanted = 'auto' | ReaderName;

/** The reader that is chosen, or the message of the refusal. */
async function chosen(
  spec: string,
  wanted: Wanted = 'auto',
  prepare: (simulator: Simulator) => void = () => undefined,
  workload: Workload = 'none',
): Promise<string> {
  const simulator = await Simulator.start(parseSimulatorSpec(spec), { workload, boot: booted });
  try {
    prepare(simulator);
    const kernel = openLiveKernel(simulator.source);
    try {
      return chooseReader(kernel, wanted).reader;
    } catch (error) {
      assert.ok(error instanceof KvmError);
      return error.message;
    } finally {
      kernel.close();
    }
  } finally {
    await simulator.close();
  }
}

describe('chooseReader', () => {
  it('takes libkvm where it agrees with the sysctl, while everything moves', async () => {
    assert.equal(await chosen('amd64-14,cpus=8', 'auto', undefined, 'believable'), 'libkvm');
    assert.equal(await chosen('amd64-12,cpus=8', 'auto', undefined, 'believable'), 'libkvm');
  });

  it("takes direct where libkvm's stride is wrong", async () => {
    assert.equal(await chosen('arm64-14,cpus=8', 'auto', undefined, 'believable'), 'direct');
  });

  it('takes direct where the CPU ids have holes, which libkvm would miss', async () => {
    assert.equal(await chosen('amd64-14,cpus=4,absent=2'), 'direct');
  });

  it('says that libkvm was not tried, where it was not', async () => {
    const simulator = await Simulator.start(parseSimulatorSpec('amd64-14,cpus=4,absent=2'), {
      workload: 'none',
      boot: booted,
    });
    const kernel = openLiveKernel(simulator.source);
    try {
      assert.equal(
        chooseReader(kernel, 'auto').reason,
        'it agrees with vm.stats.sys.v_swtch; libkvm was not tried: it sums the ids below 4, but they reach 4',
      );
    } finally {
      kernel.close();
      await simulator.close();
    }
  });

  it('takes libkvm on one CPU, whatever its stride', async () => {
    assert.equal(await chosen('arm64-14,cpus=1'), 'libkvm');
  });

  it('takes the reader that was asked for only where it agrees', async () => {
    assert.equal(await chosen('amd64-14,cpus=4', 'direct'), 'direct');
    assert.match(
      await chosen('arm64-14,cpus=4', 'libkvm'),
      /the reader "libkvm" does not agree with vm\.stats\.sys\.v_swtch .*; set "reader: auto" or "reader: direct"/,
    );
  });

  it('refuses, and says what it saw, where neither agrees', async () => {
    for (const delta of [1n, -1n, 1n << 40n]) {
      const message = await chosen('amd64-14,cpus=4', 'auto', ({ image }) => {
        image.lie('vm.stats.sys.v_swtch', delta);
      });
      assert.match(
        message,
        /no reader agrees with vm\.stats\.sys\.v_swtch \(direct .*: \d+ is not between \d+ and \d+; .*libkvm: /,
      );
    }
  });

  it('refuses where the probe is not there, or not to be read', async () => {
    assert.match(
      await chosen('amd64-14,cpus=4', 'auto', ({ image }) => {
        image.hideSymbol('vm_cnt');
      }),
      /no vm_cnt/,
    );
    const message = await chosen('amd64-14,cpus=4', 'auto', ({ image }) => {
      image.setCell('vm_cnt', 0, 0n);
    });
    assert.match(message, /NULL/);
  });
});
