/** The files that kern.bootfile and a module's name lead to: their types are those that the memory is laid out by. */
import assert from 'node:assert/strict';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import type { CtfFile } from '../../src/ctf/ctfFile.js';
import { openKernelTypes } from '../../src/ctf/kernelFile.js';
import { leaves } from '../../src/ctf/members.js';
import { isStruct } from '../../src/ctf/types.js';
import { openLiveKernel } from '../../src/kernel/live/liveKernel.js';
import { Simulator } from '../../src/simulator/simulator.js';
import { parseSimulatorSpec, profileNames } from '../../src/simulator/spec.js';

function fields(types: CtfFile, tag: string): Map<string, number> {
  const struct = types.findStruct(tag);
  assert.ok(struct !== undefined, tag);
  return new Map([...leaves(types, struct)].map(({ path, offset }) => [path, offset]));
}

for (const profile of profileNames) {
  describe(profile, () => {
    it('has a kernel file with the types of its symbols', async () => {
      const simulator = await Simulator.start(parseSimulatorSpec(`${profile},cpus=2,counters=3`), { workload: 'none' });
      const kernel = openLiveKernel(simulator.source);
      try {
        const text = (name: string): string => kernel.sysctls.bytes(name)!.toString('utf8').replace(/\0.*$/s, '');
        const bootfile = text('kern.bootfile');
        assert.equal(bootfile, simulator.source.execfile);
        const { types } = openKernelTypes(bootfile, text('kern.build_id'));
        assert.equal(types.version, profile === 'amd64-12' ? 2 : 3);

        for (const { name, value, size } of types.objects()) {
          const known = kernel.symbols.lookUp(name)!;
          assert.deepEqual([known.value, known.size], [value, size], name);
          assert.equal(types.sizeOf(types.typeOfObject(name)!), size, name);
        }
        assert.equal(types.typeOfObject('sim_counter_2')?.kind, 'typedef');
        const tcpstat = types.findStruct('tcpstat')!;
        assert.equal(tcpstat.size, kernel.symbols.lookUp('vnet_entry_tcpstat')!.size);
        assert.equal(fields(types, 'vmmeter').get('v_wire_count'), 280);
        assert.equal(fields(types, 'vnet').get('vnet_data_base'), 40);
        assert.equal(fields(types, 'icmpstat').get('icps_inhist'), 392);
        const vmCnt = types.resolve(types.typeOfObject('vm_cnt')!);
        assert.ok(isStruct(vmCnt) && vmCnt.name === 'vmmeter');
        // A list's element points to its own struct.
        assert.equal(types.findStruct('malloc_type')!.memberCount, 4);

        assert.equal(types.findStruct('pfkeystat'), undefined);
        assert.equal(types.sizeOf(types.typeOfObject('vnet_entry_pfkeystat')!), 4240);
        // Of these a running 14.0 tells nothing but that they are arrays; in 12 they are structs with plain values.
        const isOld = profile === 'amd64-12';
        for (const [tag, object, size] of [
          ['rtstat', 'vnet_entry_rtstat', isOld ? 10 : profile.endsWith('-15') ? 128 : 88],
          ['cryptostats', 'cryptostats', isOld ? 32 : 64],
        ] as const) {
          assert.equal(types.findStruct(tag) !== undefined, isOld, tag);
          assert.equal(types.sizeOf(types.typeOfObject(object)!), size);
        }

        const carp = openKernelTypes(join(dirname(bootfile), 'carp.ko'), undefined).types;
        assert.equal(carp.findStruct('carpstats')!.size, 128);
        assert.equal(carp.sizeOf(carp.typeOfObject('vnet_entry_carpstats')!), 128);
      } finally {
        kernel.close();
        await simulator.close();
      }
    });
  });
}

describe('a kernel that tells less', () => {
  const opened = async (spec: string, act: (boot: string, buildId: string) => void): Promise<void> => {
    const simulator = await Simulator.start(parseSimulatorSpec(spec), { workload: 'none' });
    const kernel = openLiveKernel(simulator.source);
    try {
      act(dirname(simulator.source.execfile), kernel.sysctls.text('kern.build_id'));
    } finally {
      kernel.close();
      await simulator.close();
    }
  };

  it('has all its types but for the structs behind arrays of counters: types=partial', async () => {
    await opened('amd64-14,cpus=2,types=partial', (boot, buildId) => {
      const { types } = openKernelTypes(join(boot, 'kernel'), buildId);
      for (const tag of ['tcpstat', 'ipstat', 'icmp6stat', 'sfstat'])
        assert.equal(types.findStruct(tag), undefined, tag);
      assert.equal(types.sizeOf(types.typeOfObject('vnet_entry_tcpstat')!), 960);
      for (const tag of ['vmmeter', 'pfsyncstats', 'netisr_workstream']) assert.ok(types.findStruct(tag), tag);
      const carp = openKernelTypes(join(boot, 'carp.ko'), undefined).types;
      assert.equal(carp.findStruct('carpstats'), undefined);
      assert.equal(carp.sizeOf(carp.typeOfObject('vnet_entry_carpstats')!), 128);
    });
  });

  it('has no types in any of its files: types=none', async () => {
    await opened('arm64-14,cpus=2,types=none', (boot, buildId) => {
      for (const name of ['kernel', 'carp.ko', 'pf.ko', 'ipsec.ko']) {
        const ofKernel = name === 'kernel' ? buildId : undefined;
        assert.throws(() => openKernelTypes(join(boot, name), ofKernel), /has no type information/, name);
      }
    });
  });
});
