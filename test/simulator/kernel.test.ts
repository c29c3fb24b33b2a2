/** kernel/live/liveKernel.ts and its self-test on every simulated kernel: the CPUs, the symbols, and which reader is right. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ZpcpuPointer } from '../../src/kernel/address.js';
import { openLiveKernel, type LiveKernel } from '../../src/kernel/live/liveKernel.js';
import { chooseReader } from '../../src/kernel/live/selfTest.js';
import { pcpu } from '../../src/simulator/model/cpuTypes.js';
import { offsetOf, sizeOf, type StructType } from '../../src/simulator/model/ctypes.js';
import { tcpstat } from '../../src/simulator/model/netTypes.js';
import { profileOf } from '../../src/simulator/profiles.js';
import { Simulator, type Workload } from '../../src/simulator/simulator.js';
import { parseSimulatorSpec, profileNames, type ProfileName } from '../../src/simulator/spec.js';
import { booted } from '../support/booted.js';
import { bootOf, insertMember } from '../support/rebuilt.js';
import { rowsOf, Simulated } from '../support/simulated.js';

async function withKernel(
  spec: string,
  use: (kernel: LiveKernel, simulator: Simulator) => void | Promise<void>,
  workload: Workload = 'none',
): Promise<void> {
  const simulator = await Simulator.start(parseSimulatorSpec(spec), { workload, boot: booted });
  try {
    const kernel = openLiveKernel(simulator.source);
    try {
      await use(kernel, simulator);
    } finally {
      kernel.close();
    }
  } finally {
    await simulator.close();
  }
}

/** Which are booted with 1024 CPUs, too: that takes a second of each, and the releases do not differ in it. */
const MOST: readonly ProfileName[] = ['amd64-15', 'arm64-15'];
const counters = ['tcpstat', 'udpstat', 'ip6stat', 'tcps_states', 'vm_cnt', 'numneghits', 'bufkvaspace', 'sfstat'];

for (const profile of profileNames) {
  describe(profile, () => {
    for (const cpus of [1, 4, 64, 256, ...(MOST.includes(profile) ? [1024] : [])]) {
      it(`opens with ${cpus} CPUs, and the reader that the self-test takes reads the truth`, async () => {
        await withKernel(`${profile},cpus=${cpus},counters=3`, (kernel, { image }) => {
          assert.equal(kernel.facts.ncpus, cpus);
          assert.deepEqual(
            kernel.facts.cpus,
            Array.from({ length: cpus }, (_, id) => id),
          );
          const { reader, layout } = chooseReader(kernel, 'auto');
          // With one CPU there is no stride to get wrong.
          assert.equal(reader, profile.startsWith('arm64') && cpus > 1 ? 'direct' : 'libkvm');
          const resolver = kernel.symbols;
          const word = new BigUint64Array(1);
          for (const name of counters) {
            const symbol = resolver.resolve(name)!;
            assert.equal(symbol.address, image.symbol(name)!.address);
            kernel.memory.read(symbol.address, word);
            const pointer = word[0]! as ZpcpuPointer;
            assert.equal(layout.fault(pointer, 8), undefined);
            for (const [cpu, copy] of image.counterCopies(name).entries()) {
              kernel.memory.read(layout.copy(pointer, cpu), word);
              assert.equal(word[0], copy);
            }
          }
        });
      });
    }

    it('has every symbol, sysctl and trap in its place', async () => {
      await withKernel(`${profile},cpus=4`, (kernel, { image }) => {
        const { release } = profileOf(profile);
        // Of 13, where _pad had room for what is new.
        const slots = { 12: 113, 13: 113, 14: 120, 15: 125 }[release];
        assert.equal(kernel.symbols.lookUp('vnet_entry_tcpstat')!.size, 8 * slots);
        assert.equal(kernel.sysctls.bytes('net.inet.tcp.stats')!.length, 8 * slots);
        assert.equal(kernel.symbols.lookUp('vnet_entry_rtstat')!.size, { 12: 10, 13: 88, 14: 88, 15: 128 }[release]);
        assert.equal(kernel.symbols.lookUp('vnet_entry_udpstat')!.size, 112);
        const stats = kernel.sysctls.bytes('net.inet.tcp.stats')!;
        for (let slot = 0; slot < slots; slot++) {
          assert.equal(stats.readBigUInt64LE(8 * slot), image.counterSum('tcpstat', slot));
        }
        assert.equal(kernel.sysctls.unsigned('vm.stats.vm.v_wire_count'), 1_284_000n);
        assert.equal(kernel.sysctls.unsigned('kern.smp.maxid'), 3n);
        assert.equal(kernel.sysctls.bytes('kern.boottime')!.length, 16);
        const resolver = kernel.symbols;
        assert.equal(resolver.resolveDpcpu('nws')!.addresses.size, 4);
        const { layout } = chooseReader(kernel, 'auto');
        assert.equal(layout.fault(image.cell('sim_early'), 8), 'early');
        assert.equal(layout.fault(image.cell('sim_null'), 8), 'null');
        assert.notEqual(layout.fault(image.cell('pfsyncstats'), 8), undefined);
        assert.notEqual(layout.fault(image.cell('igmpstat'), 8), undefined);
        const cache = release === 12 ? 'vfs.cache.nummiss' : 'vfs.cache.stats.miss';
        assert.equal(kernel.sysctls.unsigned(cache), image.counterSum('nummiss'));
      });
    });

    it('tells the time of each CPU that exists, and 0 for each that does not', async () => {
      await withKernel(`${profile},cpus=3,absent=1`, (kernel, { image }) => {
        const times = kernel.sysctls.bytes('kern.cp_times')!;
        assert.equal(times.length, 4 * 40);
        const offset = offsetOf(pcpu(profileOf(profile)), 'pc_cp_time');
        for (const id of [0, 1, 2, 3]) {
          const address = image.read(image.symbol('cpuid_to_pcpu')!.address + BigInt(8 * id), 8).readBigUInt64LE();
          const own = id === 1 ? Buffer.alloc(40) : image.read(address + BigInt(offset), 40);
          assert.deepEqual(times.subarray(40 * id, 40 * id + 40), own);
          if (id === 1) assert.equal(address, 0n);
          else for (let mode = 0; mode < 5; mode++) assert.ok(own.readBigInt64LE(8 * mode) > 10_000n);
        }
        assert.equal(kernel.sysctls.bytes('kern.clockrate')!.readInt32LE(12), 127);
        assert.equal(kernel.sysctls.text('kern.sched.name'), 'ULE');
        assert.equal(kernel.symbols.resolveDpcpu('tdq')?.addresses.size, profile === 'amd64-12' ? undefined : 3);
      });
    });

    it('reads sparse CPU ids directly', async () => {
      await withKernel(`${profile},cpus=4,absent=1+3`, (kernel) => {
        assert.deepEqual(kernel.facts.cpus, [0, 2, 4, 5]);
        assert.equal(kernel.facts.maxId, 5);
        assert.equal(chooseReader(kernel, 'auto').reader, 'direct');
        assert.throws(() => chooseReader(kernel, 'libkvm'), /the reader "libkvm" does not agree/);
      });
    });

    it('keeps its sysctls bracketed while the workload runs', async () => {
      await withKernel(
        `${profile},cpus=4`,
        (kernel, { image }) => {
          for (let round = 0; round < 200; round++) {
            for (const [sysctl, index] of [
              ['vm.stats.sys.v_swtch', 0],
              ['vm.stats.sys.v_syscall', 2],
            ] as const) {
              const low = kernel.sysctls.unsigned(sysctl);
              const sum = image.counterSum('vm_cnt', index);
              assert.ok(low <= sum && sum <= kernel.sysctls.unsigned(sysctl));
            }
          }
        },
        'believable',
      );
    });
  });
}

describe('history', () => {
  it('is big, different on each CPU, and negative in parts of gauges', async () => {
    await withKernel('amd64-14,cpus=8,counters=32', (_, { image }) => {
      const bytes = image.counterCopies('tcpstat', 18);
      assert.equal(new Set(bytes).size, 8);
      assert.ok(image.counterSum('tcpstat', 18) > 2n ** 53n, 'tcps_sndbyte');
      assert.ok(image.counterSum('sim_counter_15') > 2n ** 53n);
      for (const [symbol, index] of [
        ['tcps_states', 4],
        ['vm_cnt', 35],
        ['numcachehv', 0],
        ['bufkvaspace', 0],
      ] as const) {
        assert.ok(
          image.counterCopies(symbol, index).some((copy) => BigInt.asIntN(64, copy) < 0n),
          symbol,
        );
        assert.ok(BigInt.asIntN(64, image.counterSum(symbol, index)) > 0n);
      }
    });
  });
});

describe('a kernel with a member inserted into struct tcpstat', () => {
  const released = tcpstat(14);
  const rebuilt = insertMember('tcpstat', 'tcps_sndtotal');
  const slot = (layout: StructType, path: string): number => offsetOf(layout, path) / 8;

  for (const told of ['all', 'none'] as const) {
    it(`has the size of the released one, and other counters in the places behind it: types=${told}`, async () => {
      const spec = `amd64-14,cpus=2,types=${told}`;
      await withKernel(spec, (plain) => {
        assert.equal(plain.symbols.resolve('tcpstat')!.size, sizeOf(released));
      });
      const simulated = await Simulated.open(spec, 'packs: [tcp]', 'none', undefined, bootOf(rebuilt));
      try {
        const { image, kernel, scraper } = simulated;
        assert.equal(kernel.symbols.resolve('tcpstat')!.size, sizeOf(released));
        const sysctl = kernel.sysctls.bytes('net.inet.tcp.stats')!;
        for (let at = 0; at < sysctl.length; at += 8) {
          assert.equal(sysctl.readBigUInt64LE(at), image.counterSum('tcpstat', at / 8));
        }
        // By far the busiest of the counters is where another was.
        const bytes = slot(rebuilt(released), 'tcps_sndbyte');
        assert.equal(bytes, slot(released, 'tcps_sndbyte') + 1);
        assert.ok(image.counterSum('tcpstat', bytes) > 1000n * image.counterSum('tcpstat', bytes - 1));

        const snapshot = await scraper.read();
        const row = snapshot.layout.rows.findIndex(({ member }) => member === 'tcps_sndbyte');
        assert.equal(rowsOf(snapshot)[row]?.sum, told === 'all' ? image.counterSum('tcpstat', bytes) : undefined);
      } finally {
        await simulated.close();
      }
    });
  }

  it('is not the released one by its build id', async () => {
    const ids = new Set<string>();
    for (const each of [undefined, bootOf(rebuilt)]) {
      const simulated = await Simulated.open('amd64-14,cpus=1', 'packs: [tcp]', 'none', undefined, each);
      ids.add(simulated.kernel.sysctls.text('kern.build_id'));
      await simulated.close();
    }
    assert.equal(ids.size, 2);
  });
});
