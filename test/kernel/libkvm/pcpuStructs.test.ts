/** The struct pcpu of each CPU: found where the kernel has it, and taken for it only where libkvm sees the same. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openLiveKernel } from '../../../src/kernel/live/liveKernel.js';
import type { Symbols } from '../../../src/kernel/symbols.js';
import type { ImageFile } from '../../../src/simulator/image.js';
import { Simulator } from '../../../src/simulator/simulator.js';
import { parseSimulatorSpec, profileNames } from '../../../src/simulator/spec.js';
import { installHook, type CallName, type Fault } from '../../torture/hook.js';

interface Opened {
  readonly symbols: Symbols;
  readonly image: ImageFile;
  readonly library: string;
  /** Where the table leads for a CPU. */
  readonly cell: (cpu: number) => bigint;
  readonly setCell: (cpu: number, address: bigint) => void;
}

async function withKernel(spec: string, act: (opened: Opened) => void): Promise<void> {
  const simulator = await Simulator.start(parseSimulatorSpec(spec), { workload: 'none' });
  try {
    const kernel = openLiveKernel(simulator.source);
    const { image } = simulator;
    const at = (cpu: number): bigint => image.symbol('cpuid_to_pcpu')!.address + BigInt(8 * cpu);
    try {
      act({
        symbols: kernel.symbols,
        image,
        library: simulator.source.library,
        cell: (cpu) => image.read(at(cpu), 8).readBigUInt64LE(),
        setCell: (cpu, address) => {
          const bytes = Buffer.alloc(8);
          bytes.writeBigUInt64LE(address);
          image.write(at(cpu), bytes);
        },
      });
    } finally {
      kernel.close();
    }
  } finally {
    await simulator.close();
  }
}

function hooked(library: string, hook: (call: CallName, address: bigint) => Fault | undefined, act: () => void): void {
  const remove = installHook(library, (call, address, _length, phase) =>
    phase === 'before' ? hook(call, BigInt.asUintN(64, address)) : undefined,
  );
  try {
    act();
  } finally {
    remove();
  }
}

/** Changes pc_curthread, the first word. */
function switchThread(image: ImageFile, pcpu: bigint, by: bigint): void {
  const word = image.read(pcpu, 8);
  word.writeBigUInt64LE(word.readBigUInt64LE() + by);
  image.write(pcpu, word);
}

describe('the structs pcpu', () => {
  for (const profile of profileNames) {
    it(`are those of the CPUs that exist, and are asked of libkvm once: ${profile}`, async () => {
      await withKernel(`${profile},cpus=3,absent=1`, ({ symbols, library, cell }) => {
        const first = symbols.resolvePcpu()!;
        assert.deepEqual(
          [...first.addresses],
          [0, 2, 3].map((cpu) => [cpu, cell(cpu)]),
        );
        assert.equal(first.origin.name, 'cpuid_to_pcpu');
        assert.equal(first.origin.inModule, false);
        const called: CallName[] = [];
        const note = (call: CallName): undefined => {
          called.push(call);
        };
        hooked(library, note, () => {
          assert.equal(symbols.resolvePcpu()!.addresses, first.addresses);
        });
        assert.deepEqual(
          called.filter((call) => call !== 'kldsym'),
          [],
        );
      });
    });
  }

  it('are not taken where the table leads to what libkvm does not have for the CPU', async () => {
    await withKernel('amd64-14,cpus=2', ({ symbols, cell, setCell }) => {
      const right = cell(0);
      setCell(0, cell(1));
      assert.throws(() => symbols.resolvePcpu(), {
        name: 'KvmError',
        message: 'kvm_getpcpu: its copy of CPU 0 is not what cpuid_to_pcpu leads to',
      });
      setCell(0, 0n);
      assert.throws(() => symbols.resolvePcpu(), /cpuid_to_pcpu leads nowhere for CPU 0/);
      setCell(0, right);
      assert.equal(symbols.resolvePcpu()!.addresses.get(0), right);
    });
  });

  it('are known for what they are while threads come and go in them', async () => {
    await withKernel('arm64-14,cpus=2', ({ symbols, image, library, cell }) => {
      hooked(
        library,
        (_call, address) => {
          for (const cpu of [0, 1]) if (address === cell(cpu)) switchThread(image, address, 64n);
          return undefined;
        },
        () => {
          assert.equal(symbols.resolvePcpu()!.addresses.get(1), cell(1));
        },
      );
    });
    await withKernel('arm64-14,cpus=2', ({ symbols, image, library, cell }) => {
      // Another thread while libkvm makes its first copy, and the same again afterwards: reads 1 and 3 are the exporter's, 2 is libkvm's.
      let reads = 0;
      hooked(
        library,
        (call, address) => {
          if (call !== 'read' || address !== cell(0)) return undefined;
          reads++;
          if (reads === 2 || reads === 3) switchThread(image, address, reads === 2 ? 64n : -64n);
          return undefined;
        },
        () => {
          assert.equal(symbols.resolvePcpu()!.addresses.get(0), cell(0));
        },
      );
      assert.equal(reads, 6);
    });
  });

  it('are not known where libkvm fails', async () => {
    await withKernel('amd64-14,cpus=2', ({ symbols, library, cell }) => {
      hooked(
        library,
        (call) => (call === 'getpcpu' ? { kind: 'fail', argument: 14 } : undefined),
        () => {
          assert.throws(() => symbols.resolvePcpu(), { message: 'kvm_getpcpu: unable to read per-CPU data' });
        },
      );
      assert.equal(symbols.resolvePcpu()!.addresses.get(1), cell(1));
    });
  });
});
