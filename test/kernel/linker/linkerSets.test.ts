/** Covers: linkerSets.ts and fileList.ts: where the data of modules' VNET and DPCPU symbols is, on kernels whose symbols lead to it and to templates. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TemplateError } from '../../../src/kernel/errors.js';
import { openLiveKernel, type LiveKernel } from '../../../src/kernel/live/liveKernel.js';
import type { LinkerFileOffsets } from '../../../src/kernel/modules.js';
import type { ImageFile } from '../../../src/simulator/image.js';
import { offsetOf } from '../../../src/simulator/model/ctypes.js';
import { elfFile } from '../../../src/simulator/model/kernelTypes.js';
import { profileOf, type Release } from '../../../src/simulator/profiles.js';
import { Simulator } from '../../../src/simulator/simulator.js';
import { parseSimulatorSpec, profileNames, type ProfileName } from '../../../src/simulator/spec.js';

function offsetsOf(release: Release): LinkerFileOffsets {
  const at = (path: string): number => offsetOf(elfFile(release), path);
  return {
    next: at('lf.link.tqe_next'),
    id: at('lf.id'),
    loadcnt: at('lf.loadcnt'),
    sets: {
      set_vnet: { start: at('vnet_start'), stop: at('vnet_stop'), base: at('vnet_base') },
      set_pcpu: { start: at('pcpu_start'), stop: at('pcpu_stop'), base: at('pcpu_base') },
    },
  };
}
const OFFSETS = offsetsOf(14);

async function withKernel(profile: ProfileName, act: (kernel: LiveKernel, image: ImageFile) => void): Promise<void> {
  const simulator = await Simulator.start(parseSimulatorSpec(`${profile},cpus=3,absent=1`), { workload: 'none' });
  try {
    const kernel = openLiveKernel(simulator.source);
    try {
      act(kernel, simulator.image);
    } finally {
      kernel.close();
    }
  } finally {
    await simulator.close();
  }
}

function word(image: ImageFile, address: bigint): bigint {
  return image.read(address, 8).readBigUInt64LE();
}

function setWord(image: ImageFile, address: bigint, value: bigint): void {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  image.write(address, bytes);
}

/** Where the last file of the kernel's list has its struct elf_file. */
function lastElement(image: ImageFile): bigint {
  let element = word(image, image.symbol('linker_files')!.address);
  for (let next = element; next !== 0n; next = word(image, element + BigInt(OFFSETS.next))) element = next;
  return element;
}

describe('LinkerSets', () => {
  for (const profile of profileNames) {
    it(`find the data of a module's symbols wherever it is loaded: ${profile}`, async () => {
      await withKernel(profile, ({ symbols, modules, memory }, image) => {
        modules.readListBy(offsetsOf(profileOf(profile).release));
        image.loadModule('pf');
        const seen = new Set<bigint>();
        for (let load = 0; load < 3; load++) {
          image.loadModule('carp');
          const allow = new Uint32Array(1);
          memory.read(symbols.resolve('carp_allow')!.address, allow);
          assert.equal(allow[0], 1, 'what the vnet has a copy of');
          for (const name of ['carpstats', 'pf_status', 'tcpstat']) {
            assert.equal(symbols.resolve(name)!.address, image.symbol(name)!.address, name);
          }
          seen.add(symbols.resolve('carpstats')!.address);
          const { addresses } = symbols.resolveDpcpu('sim_module_dpcpu')!;
          assert.deepEqual([...addresses.keys()], [0, 2, 3]);
          for (const [cpu, address] of addresses) {
            // It counts for each CPU, and begins at 0 when it is loaded.
            const off = word(image, image.symbol('dpcpu_off')!.address + BigInt(8 * cpu));
            const [start, stop] = ['__start_set_pcpu', '__stop_set_pcpu'].map((mark) => image.symbol(mark)!.address);
            const inSet = BigInt.asUintN(64, address - off);
            assert.ok(inSet >= start! && inSet < stop!);
            assert.ok(inSet >= image.symbol('pcpu_entry_modspace')!.address);
          }
          image.unloadModule('carp');
          assert.equal(symbols.resolve('carpstats'), undefined);
        }
        assert.equal(seen.size, 2, 'it was at both of its places');
      });
    });
  }

  it("leave a module's data alone that only a template is known of, and say why", async () => {
    await withKernel('arm64-14', ({ symbols, modules }, image) => {
      image.loadModule('carp');
      const refused = (why: RegExp): void => {
        for (const find of [() => symbols.resolve('carpstats'), () => symbols.resolveDpcpu('sim_module_dpcpu')]) {
          assert.throws(find, (error: Error) => error instanceof TemplateError && why.test(error.message));
        }
      };
      refused(/resolves to a module's template, not to its data; the kernel's types do not tell where that is$/);
      modules.readListBy({ ...OFFSETS, sets: undefined });
      refused(/the kernel's types do not tell where that is$/);
      modules.readListBy(OFFSETS);
      assert.ok(symbols.resolve('carpstats'));
    });
  });

  const set = { vnet: ['carpstats', 'resolve'], pcpu: ['sim_module_dpcpu', 'resolveDpcpu'] } as const;
  for (const [name, [symbol, find]] of Object.entries(set)) {
    const kernelSet = `set_${name}`;
    const template = /where the kernel's list of files has the template, the symbol is not$/;
    const data = new RegExp(`where the kernel's list of files has the data, the kernel's ${kernelSet} is not$`);
    const lies: readonly [string, 'start' | 'stop' | 'base', (truth: bigint, image: ImageFile) => bigint, RegExp][] = [
      ['a template that begins after the symbol', 'start', (truth) => truth + 8n, template],
      ['a template that ends within the symbol', 'stop', (truth) => truth - 8n, template],
      ['a template that ends nowhere', 'stop', () => 0n, template],
      ['no template', 'start', () => 0n, template],
      ['a template of a size that no set has', 'stop', (truth) => truth + 0x10_0000n, data],
      ['data before the set', 'base', (_, image) => image.symbol(`__start_${kernelSet}`)!.address - 16n, data],
      ['data that ends after the set', 'base', (_, image) => image.symbol(`__stop_${kernelSet}`)!.address - 8n, data],
      ['no data', 'base', () => 0n, template],
    ];
    it(`refuse a list of files that lies of ${kernelSet}`, async () => {
      await withKernel('arm64-14', ({ symbols, modules }, image) => {
        image.loadModule('carp');
        modules.readListBy(OFFSETS);
        for (const [what, bound, lie, why] of lies) {
          const address = lastElement(image) + BigInt(offsetOf(elfFile(14), `${name}_${bound}`));
          const truth = word(image, address);
          setWord(image, address, BigInt.asUintN(64, lie(truth, image)));
          assert.throws(
            () => symbols[find](symbol),
            (error: Error) => {
              assert.ok(error instanceof TemplateError && why.test(error.message), `${what}: ${error.message}`);
              return true;
            },
            what,
          );
          setWord(image, address, truth);
          assert.ok(symbols[find](symbol), `${what}, and the truth again`);
        }
      });
    });
  }

  it('are not asked of a list that has no end, or leads elsewhere', async () => {
    await withKernel('arm64-14', ({ symbols, modules }, image) => {
      image.loadModule('carp');
      modules.readListBy(OFFSETS);
      const last = lastElement(image);
      const link = last + BigInt(OFFSETS.next);
      for (const next of [last, last + 1n, 8n]) {
        setWord(image, link, next);
        assert.throws(() => symbols.resolve('carpstats'), { message: /the list of loaded files leads to no file/ });
      }
      setWord(image, link, 0n);
      assert.ok(symbols.resolve('carpstats'));
      // Another file's id: the module is not on the list.
      const id = image.read(last + BigInt(OFFSETS.id), 4);
      image.write(last + BigInt(OFFSETS.id), Buffer.from([77, 0, 0, 0]));
      assert.throws(() => symbols.resolve('carpstats'), { name: 'KvmError' });
      image.write(last + BigInt(OFFSETS.id), id);
      assert.ok(symbols.resolve('carpstats'));
    });
  });
});
