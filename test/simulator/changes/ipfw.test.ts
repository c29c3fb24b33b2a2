/** ipfw's rules that come and go: each change has another array of them, and freed memory is used again. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fingerprint } from '../../../src/simulator/changes/fingerprint.js';
import { KernelChanges } from '../../../src/simulator/changes/kernelChanges.js';
import { Simulator } from '../../../src/simulator/simulator.js';
import { parseSimulatorSpec, profileNames } from '../../../src/simulator/spec.js';

describe('ipfw', () => {
  for (const profile of profileNames) {
    it(`adds and deletes rules, each with an id of its own: ${profile}`, async () => {
      const simulator = await Simulator.start(parseSimulatorSpec(`${profile},cpus=2,rules=12`), { workload: 'none' });
      try {
        const { image } = simulator;
        image.loadModule('ipfw');
        const { ipfw } = new KernelChanges(image, simulator.spec);
        const before = ipfw.rules();
        assert.equal(before.length, 13);
        assert.deepEqual(
          before.map(({ number }) => number),
          before.map(({ number }) => number).sort((a, b) => a - b),
        );
        assert.equal(before.filter(({ number }) => number === 500).length, 2);
        assert.equal(new Set(before.map(({ id }) => id)).size, 13);

        const { map } = ipfw.chain;
        const id = ipfw.add(500, { mark: 'mine', set: 7 });
        assert.notEqual(ipfw.chain.map, map);
        assert.equal(image.read(map, 4).toString('hex'), 'dec0adde');
        const place = ipfw.rules().findIndex((rule) => rule.id === id);
        assert.equal(ipfw.rules()[place - 1]?.number, 500);
        assert.ok(before.every((rule) => rule.id < id));
        assert.deepEqual(ipfw.values(ipfw.rules()[place]!), [fingerprint('mine', 0), fingerprint('mine', 1)]);

        const freed = ipfw.rules()[place]!.address;
        ipfw.remove(500);
        assert.deepEqual(
          ipfw.rules().map(({ id: each }) => each),
          before.filter(({ number }) => number !== 500).map(({ id: each }) => each),
        );
        const again = ipfw.add(700);
        assert.equal(again, id + 2);
        assert.equal(ipfw.rules().find((rule) => rule.id === again)?.address, freed);
        assert.throws(() => {
          ipfw.remove(65_535);
        }, /stays/);
      } finally {
        await simulator.close();
      }
    });
  }
});
