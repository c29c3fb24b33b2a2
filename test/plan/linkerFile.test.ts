import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { linkerFileOffsets } from '../../src/plan/linkerFile.js';
import { openKernelTypes } from '../../src/ctf/kernelFile.js';
import { offsetOf } from '../../src/simulator/model/ctypes.js';
import { linkerFile } from '../../src/simulator/model/kernelTypes.js';
import { profileOf } from '../../src/simulator/profiles.js';
import { Simulator } from '../../src/simulator/simulator.js';
import { parseSimulatorSpec, profileNames } from '../../src/simulator/spec.js';

describe('linkerFileOffsets', () => {
  for (const profile of profileNames) {
    it(`are those of the kernel's types: ${profile}`, async () => {
      const simulator = await Simulator.start(parseSimulatorSpec(`${profile},cpus=1`), { workload: 'none' });
      try {
        const { types } = openKernelTypes(simulator.source.execfile, undefined);
        const { next, id, loadcnt, sets } = linkerFileOffsets(types)!;
        const expected = ['link.tqe_next', 'id', 'loadcnt'].map((path) =>
          offsetOf(linkerFile(profileOf(profile).release), path),
        );
        assert.deepEqual([next, id, loadcnt], expected);
        const more = profile === 'arm64-15' ? 8 : 0;
        const inElfFile = {
          set_vnet: { start: 464 + more, stop: 472 + more, base: 480 + more },
          set_pcpu: { start: 440 + more, stop: 448 + more, base: 456 + more },
        };
        // On amd64 two structs have the name, and modules, whose symbols lead to their data, the other one.
        assert.deepEqual(sets, profile.startsWith('arm64') ? inElfFile : undefined);
      } finally {
        await simulator.close();
      }
    });
  }
});
