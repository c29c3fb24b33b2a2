/** Every trap of libkvm, through the real FFI: the simulated library must have each of them, or the guards against them prove nothing. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { POINTER_MINUS_ONE } from '../../src/kernel/libkvm/functions.js';
import { Simulator } from '../../src/simulator/simulator.js';
import { parseSimulatorSpec } from '../../src/simulator/spec.js';
import { Libkvm, nlistEntry, openHandle } from './libkvm.js';

/** Opens one simulated kernel at rest for the tests of a suite. */
function withKernel(spec: string): { sim: () => Simulator; kvm: () => Libkvm } {
  let simulator: Simulator;
  let libkvm: Libkvm;
  before(async () => {
    simulator = await Simulator.start(parseSimulatorSpec(spec), { workload: 'none' });
    libkvm = Libkvm.open(simulator);
  });
  after(async () => {
    libkvm.close();
    await simulator.close();
  });
  return { sim: () => simulator, kvm: () => libkvm };
}

describe('libkvm on amd64-14', () => {
  const { sim, kvm } = withKernel('amd64-14,cpus=4,counters=4');

  it('sums a counter as the kernel does', () => {
    for (const symbol of ['sim_counter_0', 'numposhits', 'tcpstat']) {
      assert.equal(kvm().fetch(sim().image.cell(symbol)), sim().image.counterSum(symbol));
      assert.notEqual(sim().image.counterSum(symbol), 0n);
    }
  });

  it('gives garbage for a NULL base, through the bias', () => {
    assert.ok(kvm().fetch(0n) > 1n << 63n);
    assert.notEqual(kvm().fetch(sim().image.cell('sim_early')), 0n);
  });

  it('gives 0 for every error', () => {
    const pointer = sim().image.cell('sim_unmapped');
    assert.equal(kvm().fetch(pointer), 0n);
    assert.equal(kvm().readZpcpu(pointer, 0).count, -1);
    assert.equal(kvm().error(), 'kvm_read: Bad address');
    // The text stays after the next success.
    assert.equal(kvm().fetch(sim().image.cell('sim_counter_0')), sim().image.counterSum('sim_counter_0'));
    assert.equal(kvm().error(), 'kvm_read: Bad address');
  });

  it('gives 0 for a counter at rest too', () => {
    assert.equal(kvm().fetch(sim().image.cell('sim_rest')), 0n);
    assert.equal(sim().image.counterSum('sim_rest'), 0n);
  });

  it('reads for any CPU number without error', () => {
    const pointer = sim().image.cell('numposhits');
    for (let cpu = 4; cpu <= 16; cpu++) assert.deepEqual(kvm().readZpcpu(pointer, cpu), { count: 8, value: 0n });
    const strange = [-1, 64, 128, 192, 255].map((cpu) => kvm().readZpcpu(pointer, cpu));
    assert.ok(strange.every(({ count }) => count === 8));
    assert.ok(
      strange.some(({ value }) => value !== 0n),
      'what others have there',
    );
  });

  it('stops short at an unmapped page', () => {
    const address = sim().image.copyAddress('sim_counter_0', 0, 1) & ~0xfffn;
    sim().image.unmap(address + 4096n, 4096);
    assert.equal(kvm().read(address, 8192).count, 4096);
    assert.equal(kvm().error(), 'short read');
    assert.equal(kvm().read(address + 4096n).count, -1);
    assert.equal(kvm().fetch(sim().image.cell('sim_counter_0')), 0n);
    sim().image.map(address + 4096n, 4096);
    assert.equal(kvm().read(address, 8192).count, 8192);
  });

  it('tells the limit, not the CPUs', () => {
    assert.equal(kvm().c.kvm_getmaxcpu(kvm().kd), 256);
    assert.equal(kvm().c.kvm_getncpus(kvm().kd), 4);
  });

  it('hands out a struct pcpu, NULL or -1', () => {
    const { c, kd } = kvm();
    const present = c.kvm_getpcpu(kd, 3);
    assert.ok(present !== null && present !== POINTER_MINUS_ONE);
    c.free(present);
    assert.equal(c.kvm_getpcpu(kd, 4), null);
    assert.equal(c.kvm_getpcpu(kd, 256), null);
    assert.equal(c.kvm_getpcpu(kd, 100_000), null);
    assert.equal(c.kvm_getpcpu(kd, -1), POINTER_MINUS_ONE);
    assert.equal(kvm().error(), 'unable to read per-CPU data');
  });

  it('counts the names that it did not find, and leaves their entries alone', () => {
    const list = [
      nlistEntry('_sim_counter_0', 9, 99),
      nlistEntry('_no_such_symbol', 9, 99),
      nlistEntry('___pcpu'),
      nlistEntry(''),
      nlistEntry('_mp_ncpus', 9, 99),
      nlistEntry(null),
    ];
    assert.equal(kvm().c.kvm_nlist(kvm().kd, list), 1);
    assert.equal(kvm().error(), 'kvm_nlist: No such file or directory');
    assert.equal(BigInt(list[0]!.n_value), sim().image.symbol('sim_counter_0')!.address);
    assert.equal(list[0]!.n_type, 4);
    assert.deepEqual([list[1]!.n_type, list[1]!.n_value], [9, 99]);
    assert.equal(BigInt(list[2]!.n_value), sim().image.symbol('__pcpu')!.address);
    assert.equal(list[4]!.n_value, 99, 'an empty name ends the list');
  });

  it('strips one underscore, no more', () => {
    assert.equal(kvm().nlist('mp_ncpus'), kvm().nlist('_mp_ncpus'));
    assert.equal(kvm().nlist('__mp_ncpus'), undefined);
    assert.equal(kvm().nlist('__pcpu'), undefined);
  });

  it("finds the host's VNET symbols and the chosen CPU's DPCPU ones", () => {
    const { c, kd } = kvm();
    assert.equal(kvm().nlist('_tcpstat'), sim().image.symbol('tcpstat')!.address);
    const addresses = [0, 1, 2, 3].map((cpu) => {
      assert.equal(c.kvm_dpcpu_setcpu(kd, cpu), 0);
      const address = kvm().nlist('_nws')!;
      // nws_cpu
      assert.equal(
        kvm()
          .read(address + 48n, 4)
          .bytes.readUInt32LE(),
        cpu,
      );
      return address;
    });
    assert.equal(new Set(addresses).size, 4);
    assert.equal(c.kvm_dpcpu_setcpu(kd, 4), -1);
    assert.match(kvm().error(), /CPU 4 not found$/);
    assert.equal(c.kvm_dpcpu_setcpu(kd, 256), -1);
    assert.match(kvm().error(), /CPU 256 too big$/);
    assert.equal(kvm().nlist('_nws'), addresses[3], 'a refused CPU changes nothing');
  });

  it('asks kldsym for exact names', () => {
    const { c } = kvm();
    const ask = (symname: string, fileId = 0, version = 32, command = 1) => {
      const lookup = { version, symname, symvalue: 0, symsize: 0 };
      return { result: c.kldsym(fileId, command, lookup), lookup };
    };
    const found = ask('vnet_entry_tcpstat');
    assert.equal(found.result, 0);
    assert.equal(found.lookup.symsize, 120 * 8);
    assert.equal(ask('vnet_entry_tcpstat', 1).result, 0);
    for (const missed of [ask('_mp_ncpus'), ask('tcpstat'), ask('mp_ncpus', 2)]) assert.equal(missed.result, -1);
    assert.equal(ask('mp_ncpus', 0, 24).result, -1);
    assert.equal(ask('mp_ncpus', 0, 32, 2).result, -1);
  });

  it('answers sysctlbyname as sysctl(3) says', () => {
    const { c } = kvm();
    const length: [number] = [0];
    assert.equal(c.sysctlbyname('hw.machine_arch', null, length, null, 0), 0);
    assert.deepEqual(length, [6]);
    const small = Buffer.alloc(3);
    length[0] = 3;
    assert.equal(c.sysctlbyname('hw.machine_arch', small, length, null, 0), -1);
    assert.equal(small.toString(), 'amd');
    assert.equal(c.sysctlbyname('no.such.node', null, length, null, 0), -1);
  });
});

describe('libkvm on other profiles', () => {
  describe('amd64-12', () => {
    const { sim, kvm } = withKernel('amd64-12,cpus=4');
    it('adds no bias: a NULL base is an error, which reads as 0', () => {
      const pointer = sim().image.cell('numposhits');
      assert.equal(pointer, sim().image.copyAddress('numposhits', 0, 0));
      assert.equal(kvm().fetch(pointer), sim().image.counterSum('numposhits'));
      assert.equal(kvm().fetch(0n), 0n);
    });
    it('has __pcpu as an array, whose first word is no bias', () => {
      const { address, size } = sim().image.symbol('__pcpu')!;
      assert.equal(size, 256 * 4096);
      assert.equal(kvm().word(sim().image.symbol('cpuid_to_pcpu')!.address), address);
    });
  });

  describe('arm64-14', () => {
    const { sim, kvm } = withKernel('arm64-14,cpus=4');
    it("strides by sizeof(struct pcpu) and reads other counters in CPU 0's page", () => {
      const pointer = sim().image.cell('numposhits');
      const copies = sim().image.counterCopies('numposhits');
      assert.equal(kvm().readZpcpu(pointer, 0).value, copies[0]);
      for (const cpu of [1, 2, 3]) {
        const { count, value } = kvm().readZpcpu(pointer, cpu);
        assert.equal(count, 8);
        assert.notEqual(value, copies[cpu]);
      }
      assert.notEqual(kvm().fetch(pointer), sim().image.counterSum('numposhits'));
    });
    it('fails whole where a page is unmapped', () => {
      const address = sim().image.copyAddress('numposhits', 0, 1) & ~0xfffn;
      sim().image.unmap(address + 4096n, 4096);
      assert.equal(kvm().read(address, 8192).count, -1);
      assert.equal(kvm().error(), 'kvm_read: Bad address');
      sim().image.map(address + 4096n, 4096);
    });
    it('has EARLY_COUNTER inside struct pcpu', () => {
      const pcpu0 = sim().image.symbol('pcpu0')!;
      const early = sim().image.cell('sim_early');
      assert.equal(pcpu0.size, 512);
      assert.ok(early > pcpu0.address && early < pcpu0.address + 512n);
    });
  });

  describe('sparse CPU ids', () => {
    const { sim, kvm } = withKernel('amd64-14,cpus=4,absent=1+2');
    it('are missed by the sum from mp_ncpus on', () => {
      const copies = sim().image.counterCopies('numposhits');
      assert.equal(copies.length, 6);
      assert.deepEqual([copies[1], copies[2]], [0n, 0n]);
      assert.equal(kvm().fetch(sim().image.cell('numposhits')), copies[0]! + copies[3]!);
      assert.equal(kvm().c.kvm_getpcpu(kvm().kd, 1), null);
      assert.equal(kvm().c.kvm_dpcpu_setcpu(kvm().kd, 2), -1);
    });
  });
});

describe('the caches of the process', () => {
  it('outlive the handle, and the NULL calls leave mp_ncpus and the bias', async () => {
    const first = await Simulator.start(parseSimulatorSpec('amd64-14,cpus=2'), { workload: 'none' });
    const second = await Simulator.start(parseSimulatorSpec('amd64-14,cpus=6'), { workload: 'none' });
    try {
      const one = Libkvm.open(first);
      const { c } = one;
      one.close();
      const { handle } = openHandle(c, second.source.corefile);
      assert.ok(handle !== null);
      assert.equal(c.kvm_getncpus(handle), 2, "the first kernel's");
      const pointer = second.image.cell('numposhits');
      const copies = second.image.counterCopies('numposhits');
      assert.equal(BigInt(c.kvm_counter_u64_fetch(handle, pointer)), copies[0]! + copies[1]!);
      assert.equal(c.kvm_getpcpu(handle, 4), null);
      c.kvm_getpcpu(null, 0);
      assert.equal(c.kvm_getncpus(handle), 2);
      assert.equal(c.kvm_getmaxcpu(handle), 256);
      assert.equal(c.kvm_getncpus(handle), 6);
      c.kvm_close(handle);
    } finally {
      await first.close();
      await second.close();
    }
  });
});

describe('a set-up that fails', () => {
  it('reads as 0 to kvm_read_zpcpu and as -1 to others', async () => {
    const simulator = await Simulator.start(parseSimulatorSpec('cpus=2'), { workload: 'none' });
    try {
      // In a process whose caches are still empty.
      const module = new URL('../../src/kernel/live/runningFunctions.js', import.meta.url).href;
      const script = `
        const { bindRunning } = await import(${JSON.stringify(module)});
        const library = ${JSON.stringify(simulator.source.library)};
        const c = bindRunning({ libkvm: library, libc: library });
        const kd = c.kvm_openfiles(null, '/dev/null', null, 0, Buffer.alloc(2048));
        const results = [c.kvm_read_zpcpu(kd, 4096n, Buffer.alloc(8), 8, 0), c.kvm_counter_u64_fetch(kd, 4096n)];
        results.push(c.kvm_getncpus(kd), c.kvm_getmaxcpu(kd), c.kvm_dpcpu_setcpu(kd, 0), c.kvm_geterr(kd));
        console.log(JSON.stringify(results));`;
      const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
        encoding: 'utf8',
        env: { ...process.env, KVMSIM_IMAGE: simulator.source.corefile },
      });
      assert.deepEqual(JSON.parse(output), [0, 0, -1, -1, -1, 'kvm_dpcpu_setcpu: init failed']);
    } finally {
      await simulator.close();
    }
  });
});

describe('kvm_openfiles', () => {
  const { sim, kvm } = withKernel('amd64-14,cpus=2');
  const dir = mkdtempSync(join(tmpdir(), 'kcounter-test-'));
  after(() => {
    rmSync(dir, { recursive: true });
  });

  it('says what is wrong in errbuf', () => {
    const { c } = kvm();
    const noImage = join(dir, 'text');
    const empty = join(dir, 'empty');
    writeFileSync(noImage, 'x'.repeat(5000));
    writeFileSync(empty, '');
    assert.equal(openHandle(c, '/nonexistent').error, '/nonexistent: No such file or directory');
    assert.equal(openHandle(c, noImage).error, 'invalid core');
    assert.equal(openHandle(c, noImage, '/nonexistent').error, '/nonexistent: No such file or directory');
    assert.equal(openHandle(c, empty).error, 'empty file: Invalid argument');
    assert.equal(openHandle(c, sim().source.corefile, null, 0x200).error, 'bad flags arg');
    assert.match(openHandle(c, null).error, /^\/dev\/mem: /);
  });

  it('says which file may not be read', { skip: process.getuid?.() === 0 ? 'root may read everything' : false }, () => {
    const secret = join(dir, 'secret');
    writeFileSync(secret, 'x');
    chmodSync(secret, 0);
    assert.equal(openHandle(kvm().c, secret).error, `${secret}: Permission denied`);
  });

  it('opens the image that the environment names where no file is', () => {
    process.env['KVMSIM_IMAGE'] = sim().source.corefile;
    const { handle } = openHandle(kvm().c, null);
    delete process.env['KVMSIM_IMAGE'];
    assert.ok(handle !== null);
    assert.equal(kvm().c.kvm_getncpus(handle), 2);
    kvm().c.kvm_close(handle);
  });

  it('ignores the execfile of a live kernel', () => {
    const { handle } = openHandle(kvm().c, sim().source.corefile, '/nonexistent');
    assert.ok(handle !== null);
    kvm().c.kvm_close(handle);
  });

  it('opens /dev/null, where symbols resolve and reads are short', () => {
    const { c } = kvm();
    const { handle } = openHandle(c, '/dev/null');
    assert.ok(handle !== null);
    const list = [nlistEntry('_mp_ncpus'), nlistEntry('_tcpstat'), nlistEntry(null)];
    assert.equal(c.kvm_nlist(handle, list), 1, 'plain symbols only');
    assert.equal(c.kvm_read(handle, BigInt(list[0]!.n_value), Buffer.alloc(4), 4), 0);
    assert.equal(c.kvm_geterr(handle), 'short read');
    // A set-up that fails is -1 to some calls, and 0 to kvm_read_zpcpu only where nothing was known before.
    c.kvm_getmaxcpu(null);
    assert.equal(c.kvm_getmaxcpu(handle), -1);
    assert.equal(c.kvm_getpcpu(handle, 0), POINTER_MINUS_ONE);
    c.kvm_close(handle);
  });
});
