import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Nlist } from '../../../src/kernel/libkvm/nlist.js';
import { openRunning } from '../../../src/kernel/live/openRunning.js';
import { Simulator } from '../../../src/simulator/simulator.js';
import { parseSimulatorSpec } from '../../../src/simulator/spec.js';

describe('Nlist', () => {
  it('finds plain and VNET symbols, nothing for a name that is not there, and refuses a CPU that does not exist', async () => {
    const simulator = await Simulator.start(parseSimulatorSpec('amd64-14,cpus=4'), { workload: 'none' });
    const handle = openRunning(simulator.source);
    try {
      const { image } = simulator;
      const nlist = new Nlist(handle, { cpus: [0, 1, 2, 3] });
      assert.equal(nlist.find('nummiss'), image.symbol('nummiss')!.address);
      assert.equal(nlist.find('no_such_symbol'), undefined);
      assert.equal(nlist.find('tcpstat'), image.symbol('tcpstat')!.address);
      for (const cpu of [-1, 4, 64, 255, 1.5, NaN]) {
        assert.throws(() => {
          nlist.selectCpu(cpu);
        }, RangeError);
      }
      nlist.selectCpu(3);
    } finally {
      handle.close();
      await simulator.close();
    }
  });
});
