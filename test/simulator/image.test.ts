/** What tests can do to a simulated kernel: modules that come and go, lies, symbols that vanish, pages and pointers that are taken away. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { KernelAddress } from '../../src/kernel/address.js';
import { openLiveKernel, type LiveKernel } from '../../src/kernel/live/liveKernel.js';
import { chooseReader } from '../../src/kernel/live/selfTest.js';
import { Simulator } from '../../src/simulator/simulator.js';
import { parseSimulatorSpec, type ProfileName } from '../../src/simulator/spec.js';

function suite(profile: ProfileName, tests: (simulator: () => Simulator, kernel: () => LiveKernel) => void): void {
  describe(profile, () => {
    let simulator: Simulator;
    let kernel: LiveKernel;
    before(async () => {
      simulator = await Simulator.start(parseSimulatorSpec(`${profile},cpus=4,counters=2`), { workload: 'none' });
      kernel = openLiveKernel(simulator.source);
    });
    after(async () => {
      kernel.close();
      await simulator.close();
    });
    tests(
      () => simulator,
      () => kernel,
    );
  });
}

suite('amd64-14', (simulator, kernel) => {
  it('loads and unloads a module', () => {
    const { image } = simulator();
    assert.deepEqual(kernel().modules.files(), [1]);
    assert.equal(kernel().symbols.lookUp('vnet_entry_carpstats'), undefined);
    assert.equal(image.symbol('carpstats'), undefined);

    assert.equal(image.loadModule('carp'), 2);
    assert.equal(image.loadModule('pf'), 3);
    assert.deepEqual(kernel().modules.files(), [1, 2, 3]);
    const first = kernel().symbols.lookUp('vnet_entry_carpstats')!;
    assert.equal(first.size, 128);
    assert.equal(kernel().modules.symbolIn(1, 'vnet_entry_carpstats'), undefined);
    assert.deepEqual(kernel().modules.symbolIn(2, 'vnet_entry_carpstats'), first);
    const resolved = kernel().symbols.resolve('carpstats')!;
    assert.equal(resolved.address, image.symbol('carpstats')!.address);
    assert.equal(image.counterSum('carpstats'), 0n);
    const mutex = kernel().symbols.lookUp('carp_mtx')!.value;
    assert.equal(image.read(mutex, 32).length, 32);
    kernel().memory.read(image.symbol('carp_mtx')!.address as KernelAddress, new Uint8Array(32));

    image.unloadModule('carp');
    assert.deepEqual(kernel().modules.files(), [1, 3]);
    assert.equal(kernel().symbols.lookUp('vnet_entry_carpstats'), undefined);
    assert.throws(() => {
      kernel().memory.read(mutex as KernelAddress, new Uint8Array(32));
    }, /Bad address/);

    assert.equal(image.loadModule('carp'), 2, 'the id is free again');
    assert.deepEqual(kernel().modules.files(), [1, 3, 2], 'but it comes last now');
    assert.notEqual(kernel().symbols.lookUp('vnet_entry_carpstats')!.value, first.value);
    assert.notEqual(kernel().symbols.lookUp('carp_mtx')!.value, mutex);
    image.unloadModule('pf');
    image.unloadModule('carp');
  });

  it('lies when told to', () => {
    const { image } = simulator();
    const truth = kernel().sysctls.unsigned('vm.stats.sys.v_swtch');
    image.lie('vm.stats.sys.v_swtch', -5n);
    assert.equal(kernel().sysctls.unsigned('vm.stats.sys.v_swtch'), truth - 5n);
    assert.throws(() => chooseReader(kernel(), 'auto'), /no reader agrees/);
    image.lie('vm.stats.sys.v_swtch', 0n);
    assert.equal(kernel().sysctls.unsigned('vm.stats.sys.v_swtch'), truth);

    const before = kernel().sysctls.bytes('net.inet.tcp.stats')!;
    image.lie('net.inet.tcp.stats', 7n, 3);
    const lie = kernel().sysctls.bytes('net.inet.tcp.stats')!;
    assert.equal(lie.readBigUInt64LE(24), before.readBigUInt64LE(24) + 7n);
    assert.equal(lie.readBigUInt64LE(32), before.readBigUInt64LE(32));
    image.lie('net.inet.tcp.stats', 0n);
    assert.throws(() => {
      image.lie('no.such.node', 1n);
    }, /no sysctl no\.such\.node/);
  });

  it('hides symbols', () => {
    const { image } = simulator();
    image.hideSymbol('sim_counter_1');
    image.hideSymbol('udpstat');
    assert.equal(kernel().symbols.lookUp('sim_counter_1'), undefined);
    assert.equal(kernel().symbols.resolve('udpstat'), undefined);
    assert.equal(image.symbol('udpstat'), undefined);
    image.showSymbol('sim_counter_1');
    image.showSymbol('udpstat');
    assert.equal(kernel().symbols.resolve('udpstat')!.address, image.symbol('udpstat')!.address);
  });

  it('changes pointer cells and memory', () => {
    const { image } = simulator();
    const pointer = image.cell('sim_counter_0');
    image.setCell('sim_counter_0', 0, 0n);
    assert.equal(image.cell('sim_counter_0'), 0n);
    image.setCell('sim_counter_0', 0, pointer);
    const value = Buffer.alloc(8);
    value.writeBigInt64LE(-1n);
    image.write(image.copyAddress('sim_counter_0', 0, 2), value);
    assert.equal(image.counterCopies('sim_counter_0')[2], 2n ** 64n - 1n);
    assert.throws(() => image.read(0n, 8), /the image has no 8 bytes at 0x0/);
  });

  it('keeps the made-up counters side by side', () => {
    const { image } = simulator();
    assert.equal(image.symbol('sim_counter_1')!.address - image.symbol('sim_counter_0')!.address, 8n);
    assert.match(simulator().configFile!, /simulated\.yaml$/);
  });

  it('has the vnets on a list, the newest first', () => {
    const { image } = simulator();
    const word = (address: bigint): bigint => image.read(address, 8).readBigUInt64LE();
    const vnet0 = word(image.symbol('vnet0')!.address);
    const jail = word(image.symbol('vnet_head')!.address);
    assert.notEqual(jail, vnet0);
    assert.equal(word(jail), vnet0);
    assert.equal(word(vnet0), 0n);
    for (const vnet of [jail, vnet0]) assert.equal(image.read(vnet + 16n, 4).readUInt32LE(), 0x5e4a6f28);
    // The jail has counters of its own.
    const entry = kernel().symbols.lookUp('vnet_entry_tcpstat')!.value;
    const own = BigInt.asUintN(64, entry + word(jail + 40n));
    assert.notEqual(word(own), image.cell('tcpstat'));
  });
});

suite('arm64-14', (simulator, kernel) => {
  it("resolves a module's VNET symbol to its template", () => {
    simulator().image.loadModule('carp');
    assert.throws(() => kernel().symbols.resolve('carpstats'), /resolves to a module's template/);
    simulator().image.unloadModule('carp');
  });
});

suite('amd64-12', (simulator, kernel) => {
  it('reaches malloc statistics through ks_handle', () => {
    const { image } = simulator();
    const word = (address: bigint): bigint => image.read(address, 8).readBigUInt64LE();
    const names: string[] = [];
    for (let type = word(image.symbol('kmemstatistics')!.address); type !== 0n; type = word(type)) {
      const text = image.read(word(type + 16n), 8).toString('latin1');
      names.push(text.slice(0, text.indexOf('\0')));
      // What was allocated and freed, on all CPUs.
      const statistics = word(word(type + 24n) + 16n);
      const sum = (at: bigint) =>
        [0n, 1n, 2n, 3n].reduce((total, cpu) => total + word(statistics + at + 4096n * cpu), 0n);
      assert.ok(sum(0n) >= sum(8n), names.at(-1));
    }
    assert.equal(names.length, 40);
    assert.ok(names.includes('temp'));
    assert.ok(kernel().sysctls.unsigned('vfs.cache.numposhits') > 0n);
  });
});
