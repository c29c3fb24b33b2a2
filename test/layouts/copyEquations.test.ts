/** Layouts of struct pcpu on kernels whose types are missing: taken where the ids and the time of all CPUs bear them out. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { chooseReader } from '../../src/kernel/live/selfTest.js';
import { LayoutFolder, type LayoutData } from '../../src/layouts/layoutFiles.js';
import { LayoutError, NoLayoutError, ProvenLayouts, type LaidOutSymbol } from '../../src/layouts/provenLayouts.js';
import type { StructLayout } from '../../src/layouts/structLayout.js';
import { basisText } from '../../src/plan/layoutBasis.js';
import { profileNames } from '../../src/simulator/spec.js';
import type { Workload } from '../../src/simulator/simulator.js';
import { rowsOf, Simulated } from '../support/simulated.js';

const shipped = new LayoutFolder();
const TICKS = 'pcpu: [{fields: [{name: pc_cp_time, metric: ticks_total, help: H., type: counter}]}]';

/** The shipped layouts of struct pcpu, changed. */
function changed(change: (layout: StructLayout) => StructLayout): LayoutData {
  return {
    structs: (symbol) => shipped.structs(symbol).map(change),
    counters: (symbol) => shipped.counters(symbol),
    named: (name) => shipped.named(name),
    symbols: () => shipped.symbols(),
  };
}

/** One member elsewhere. */
function moved(name: string, by: number): LayoutData {
  return changed((layout) => ({
    ...layout,
    members: layout.members.map((member) =>
      member.name === name ? { ...member, offset: member.offset + by } : member,
    ),
  }));
}

interface Opened {
  readonly simulated: Simulated;
  readonly pcpu: LaidOutSymbol;
  readonly layouts: (data?: LayoutData, osreldate?: number) => ProvenLayouts;
}

async function open(spec: string, workload: Workload, look: (opened: Opened) => void): Promise<void> {
  const simulated = await Simulated.open(`${spec},types=none`, TICKS, workload);
  try {
    const { facts, memory, sysctls, symbols } = simulated.kernel;
    const copies = symbols.resolvePcpu()!.addresses;
    const reader = chooseReader(simulated.kernel, 'auto');
    look({
      simulated,
      pcpu: { name: 'pcpu', size: undefined, cells: undefined, copies },
      layouts: (data = shipped, osreldate = facts.osreldate) =>
        new ProvenLayouts({ facts: { ...facts, osreldate }, memory, sysctls }, reader, data),
    });
  } finally {
    await simulated.close();
  }
}

const refuses = (act: () => unknown, message: RegExp): void => {
  assert.throws(act, (error) => error instanceof LayoutError && message.test(error.message), String(message));
};

describe('a layout of struct pcpu', () => {
  for (const profile of profileNames) {
    it(`is proven while the CPUs work, and read by: ${profile}`, async () => {
      await open(`${profile},cpus=3,absent=1`, 'believable', ({ layouts, pcpu }) => {
        const { types, proof } = layouts().typesFor(pcpu, undefined);
        assert.equal(proof, 'names');
        assert.ok(types.findStruct('pcpu') !== undefined);
      });
      const simulated = await Simulated.open(`${profile},cpus=3,absent=1,types=none`, TICKS);
      try {
        const snapshot = await simulated.scraper.read();
        assert.match(basisText(snapshot.report.symbols[0]!.bases[0]!), /^by layout, proof names \(/);
        const times = simulated.kernel.sysctls.bytes('kern.cp_times')!;
        for (const [mode, row] of rowsOf(snapshot).entries()) {
          assert.deepEqual(
            row!.parts,
            [0, 2, 3].map((cpu) => times.readBigUInt64LE(40 * cpu + 8 * mode)),
          );
        }
      } finally {
        await simulated.close();
      }
    });
  }

  it('is refused where one member lies elsewhere, or a sysctl tells otherwise', async () => {
    await open('amd64-14,cpus=2', 'none', ({ layouts, pcpu, simulated: { image } }) => {
      refuses(() => layouts(moved('pc_cpuid', -4)).typesFor(pcpu, undefined), /pc_cpuid is not the id of CPU \d/);
      refuses(
        () => layouts(moved('pc_cp_time', 8)).typesFor(pcpu, undefined),
        /pc_cp_time is not what kern\.cp_times says/,
      );
      const proven = layouts();
      image.lie('kern.cp_times', 1n, 9);
      refuses(() => proven.typesFor(pcpu, undefined), /pc_cp_time is not what kern\.cp_times says/);
      image.lie('kern.cp_times', 0n);
      refuses(() => proven.typesFor(pcpu, undefined), /pc_cp_time is not what kern\.cp_times says/);
      assert.equal(layouts().typesFor(pcpu, undefined).proof, 'names');
    });
  });

  it('is taken in a release that nobody has seen where all agrees, and nowhere without a proof', async () => {
    await open('arm64-14,cpus=2', 'none', ({ layouts, pcpu }) => {
      assert.equal(layouts(shipped, 1_700_000).typesFor(pcpu, undefined).proof, 'names');
      const untold = changed((layout) => ({ ...layout, members: layout.members.slice(0, 1) }));
      refuses(() => layouts(untold).typesFor(pcpu, undefined), /no sysctl tells whether that of another is right/);
    });
  });
});

describe('a symbol that no layout knows', () => {
  it('is of another form, not at fault, where the kernel tells no types and the entry is optional', async () => {
    const yaml = 'dpcpu: [{symbol: sim_dpcpu, optional: true, fields: [events]}]';
    const simulated = await Simulated.open('amd64-14,cpus=2,types=none', yaml);
    try {
      const [status] = (await simulated.scraper.read()).report.symbols;
      assert.deepEqual([status!.up, status!.cause], [false, 'unfit']);
      assert.match(status!.reason, /it has no type information .*; there is no layout of sim_dpcpu$/);
    } finally {
      await simulated.close();
    }
    await open('amd64-14,cpus=2', 'none', ({ layouts }) => {
      const unknown = { name: 'sim_dpcpu', size: 24, cells: undefined };
      assert.throws(() => layouts().typesFor(unknown, undefined), NoLayoutError);
    });
  });
});
