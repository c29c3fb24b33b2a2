/** Covers: liveKernel.ts, handle.ts, facts.ts, memory.ts, linker.ts, sysctls.ts. */
import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { kernelAddress, type ZpcpuPointer } from '../../../src/kernel/address.js';
import { KernelOpenError, KvmError } from '../../../src/kernel/errors.js';
import { openLiveKernel, type LiveKernel } from '../../../src/kernel/live/liveKernel.js';
import { Simulator } from '../../../src/simulator/simulator.js';
import { parseSimulatorSpec } from '../../../src/simulator/spec.js';
import { booted } from '../../support/booted.js';

/** On every platform this is no address of the kernel's that is mapped. */
const UNMAPPED = kernelAddress(0xffff_8000_dead_0000n);

async function withKernel(spec: string, act: (kernel: LiveKernel, simulator: Simulator) => void): Promise<void> {
  const simulator = await Simulator.start(parseSimulatorSpec(spec), { workload: 'none', boot: booted });
  try {
    const kernel = openLiveKernel(simulator.source);
    try {
      act(kernel, simulator);
    } finally {
      kernel.close();
    }
  } finally {
    await simulator.close();
  }
}

function pointerOf(simulator: Simulator, symbol: string): ZpcpuPointer {
  return simulator.image.cell(symbol) as ZpcpuPointer;
}

describe('a live kernel', () => {
  it('knows the CPUs that exist, not the limit of kvm_getmaxcpu', async () => {
    await withKernel('amd64-14,cpus=3,absent=1+2', (kernel, { image }) => {
      const { facts } = kernel;
      assert.deepEqual(facts.cpus, [0, 3, 4]);
      assert.equal(facts.maxId, 4);
      assert.equal(facts.ncpus, 3);
      const booted = kernel.bootTime();
      assert.ok(booted !== undefined && booted > 1e9 && booted < Date.now() / 1000);
      image.lie('kern.boottime', 100n);
      assert.equal((Math.round(kernel.bootTime()! - booted) + 256) % 256, 100, 'as it says now');
      image.lie('kern.boottime', -1n, 7);
      assert.equal(kernel.bootTime(), undefined, 'before 1970');
    });
  });

  it('is not confused by the caches that libkvm keeps from a kernel that was open before', async () => {
    await withKernel('amd64-14,cpus=8', ({ facts }) => {
      assert.equal(facts.cpus.length, 8);
    });
    await withKernel('amd64-14,cpus=2', (kernel, simulator) => {
      assert.deepEqual(kernel.facts.cpus, [0, 1]);
      assert.equal(
        kernel.memory.counterU64Fetch(pointerOf(simulator, 'nummiss')),
        simulator.image.counterSum('nummiss'),
      );
    });
  });

  it('refuses a CPU that does not exist before kvm_read_zpcpu reads junk for it', async () => {
    await withKernel('amd64-14,cpus=4', (kernel, simulator) => {
      const pointer = pointerOf(simulator, 'nummiss');
      const into = new BigUint64Array(1);
      for (const cpu of [-1, 4, 64, 255, 1.5, NaN]) {
        assert.throws(() => {
          kernel.memory.readZpcpu(pointer, into, cpu);
        }, RangeError);
      }
      kernel.memory.readZpcpu(pointer, into, 3);
      assert.equal(into[0], simulator.image.counterCopies('nummiss')[3]);
    });
  });

  it('takes a short count and a failed read for errors, with the call and the reason, and without the address', async () => {
    for (const spec of ['amd64-14,cpus=2', 'arm64-14,cpus=2']) {
      await withKernel(spec, (kernel, simulator) => {
        const { image } = simulator;
        assert.throws(
          () => {
            kernel.memory.read(UNMAPPED, new BigUint64Array(1));
          },
          (error: unknown) => error instanceof KvmError && error.message === 'kvm_read: kvm_read: Bad address',
        );
        const page = image.copyAddress('nummiss', 0, 1) & ~4095n;
        image.unmap(page, 4096);
        assert.throws(
          () => {
            kernel.memory.read(kernelAddress(page - 8n), new BigUint64Array(2));
          },
          (error: unknown) =>
            error instanceof KvmError &&
            /short read, 8 of 16 bytes|Bad address/.test(error.message) &&
            !error.message.includes('ffff'),
        );
        assert.throws(() => {
          kernel.memory.readZpcpu(pointerOf(simulator, 'sim_unmapped'), new BigUint64Array(1), 0);
        }, KvmError);
      });
    }
  });

  it('finds symbols by their exact names, and nothing for a name that is not there', async () => {
    await withKernel('amd64-14,cpus=2', (kernel, { image }) => {
      assert.deepEqual(kernel.symbols.lookUp('nummiss'), { value: image.symbol('nummiss')!.address, size: 8 });
      assert.equal(kernel.symbols.lookUp('_nummiss'), undefined);
      assert.equal(kernel.symbols.lookUp('no_such_symbol'), undefined);
    });
  });

  it('knows where the loaded files came from', async () => {
    await withKernel('amd64-14,cpus=1', (kernel, { image, dir }) => {
      const carp = image.loadModule('carp');
      const paths = kernel.modules.files().map((id) => kernel.modules.pathOf(id));
      assert.equal(paths[0], kernel.sysctls.text('kern.bootfile'));
      assert.ok(paths.includes(join(dir, 'boot', 'kernel', 'carp.ko')));
      image.unloadModule('carp');
      assert.equal(kernel.modules.pathOf(carp), undefined);
    });
  });

  it('reads sysctls of 4 and 8 bytes, and tells one that is missing from one of another size', async () => {
    await withKernel('amd64-14,cpus=5', (kernel) => {
      assert.equal(kernel.sysctls.unsigned('kern.smp.cpus'), 5n);
      assert.ok(kernel.sysctls.unsigned('vm.stats.sys.v_swtch') > 2n ** 32n);
      assert.equal(kernel.sysctls.bytes('no.such.node'), undefined);
      assert.throws(() => kernel.sysctls.unsigned('no.such.node'), /there is no no\.such\.node/);
      assert.throws(() => kernel.sysctls.unsigned('kern.osrelease'), /has \d+ bytes, not 4 or 8/);
    });
  });

  it('is open once at a time, and can be closed twice but not used afterwards', async () => {
    await withKernel('amd64-14,cpus=2', (kernel, simulator) => {
      assert.throws(() => openLiveKernel(simulator.source), KernelOpenError);
      kernel.close();
      kernel.close();
      assert.throws(() => kernel.symbols.lookUp('nummiss'), /the kernel was closed/);
      assert.throws(() => {
        kernel.memory.read(UNMAPPED, new BigUint64Array(1));
      }, /the kernel was closed/);
    });
  });
});

describe('openLiveKernel', () => {
  const dir = mkdtempSync(join(tmpdir(), 'kcounter-open-'));
  let simulator: Simulator;
  before(async () => {
    simulator = await Simulator.start(parseSimulatorSpec(''), { workload: 'none', boot: booted });
  });
  after(async () => {
    await simulator.close();
    rmSync(dir, { recursive: true });
  });

  function failure(corefile: string, library = simulator.source.library): string {
    try {
      openLiveKernel({ origin: 'simulated', library, execfile: simulator.source.execfile, corefile }).close();
    } catch (error) {
      assert.ok(error instanceof KernelOpenError);
      assert.doesNotMatch(error.message, /\n/);
      return error.message;
    }
    return assert.fail('it opened');
  }

  it('says where libkvm is missing, and what reads a kernel without it', () => {
    assert.match(failure('x', '/nowhere/libkvm.so.7'), /^cannot load \/nowhere\/libkvm\.so\.7: .*npm run demo/);
  });

  it("hands on kvm_openfiles' reason", () => {
    assert.match(failure('/nonexistent'), /\/nonexistent: No such file or directory/);
    const text = join(dir, 'text');
    writeFileSync(text, 'This is no kernel.\n'.repeat(1000));
    assert.match(failure(text), /invalid core/);
  });

  it('says how to get permission', { skip: process.getuid?.() === 0 ? 'root may read every file' : false }, () => {
    const secret = join(dir, 'secret');
    writeFileSync(secret, '');
    chmodSync(secret, 0o000);
    assert.match(failure(secret), /Permission denied; run as root or as a member of group kmem/);
  });

  it('refuses a kernel that opens but gives no bytes, such as /dev/null', () => {
    assert.match(failure('/dev/null'), /^the kernel was opened but cannot be read: /);
  });

  it('can open another kernel after a failure', () => {
    const kernel = openLiveKernel(simulator.source);
    assert.equal(kernel.facts.cpus.length, 8);
    kernel.close();
  });
});
