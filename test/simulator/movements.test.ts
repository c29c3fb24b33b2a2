/** Covers: what the workload is told not to move any more, and nothing else. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { Simulator } from '../../src/simulator/simulator.js';
import { parseSimulatorSpec } from '../../src/simulator/spec.js';

it('ends the movement of the values from an address on, as far as it is told', async () => {
  const simulator = await Simulator.start(parseSimulatorSpec('amd64-14,cpus=2,counters=30'), { workload: 'none' });
  try {
    const { image } = simulator;
    const moving = (): string[] => image.steadyRates().map(({ symbol, index }) => `${symbol} ${index}`);
    const before = moving();
    const own = before.filter((one) => one.startsWith('sim_counter_'));
    assert.ok(own.length > 20);
    // Items of two made-up counters, the nearer first; between them there may be others.
    const [first, last] = [image.copyAddress('sim_counter_3', 0, 0), image.copyAddress('sim_counter_5', 0, 0)].sort(
      (a, b) => (a < b ? -1 : 1),
    );
    image.stopWorkload(first! + 8n, 0);
    assert.deepEqual(moving(), before);
    image.stopWorkload(first!, 8);
    assert.equal(stoppedSince(before, moving()).size, 1);
    image.stopWorkload(first!, Number(last! - first!) + 8);
    const stopped = stoppedSince(before, moving());
    assert.ok(stopped.has('sim_counter_3 0') && stopped.has('sim_counter_5 0') && stopped.size < own.length);
    for (const one of own) {
      const address = image.copyAddress(one.split(' ')[0]!, 0, 0);
      assert.equal(stopped.has(one), address >= first! && address <= last!, one);
    }
  } finally {
    await simulator.close();
  }
});

function stoppedSince(before: readonly string[], now: readonly string[]): Set<string> {
  const left = new Set(now);
  return new Set(before.filter((one) => !left.has(one)));
}
