/** Covers: scraper.ts, plan/moduleFiles.ts, plan/typeSource.ts and kernel/live/loadGenerations.ts, where modules and files on disk come and go. */
import assert from 'node:assert/strict';
import { beforeReads } from '../support/kernelCalls.js';
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { basisText } from '../../src/plan/layoutBasis.js';
import { startScraper } from '../../src/service/scraper.js';
import type { Snapshot } from '../../src/snapshots/snapshot.js';
import { kernelFile } from '../../src/simulator/memory/kernelFile.js';
import { bootKernel } from '../../src/simulator/memory/bootKernel.js';
import { offsetOf, type StructType } from '../../src/simulator/model/ctypes.js';
import { carpstats, tcpstat } from '../../src/simulator/model/netTypes.js';
import { profileOf } from '../../src/simulator/profiles.js';
import { profileNames } from '../../src/simulator/spec.js';
import { configOf, rowsOf, Simulated } from '../support/simulated.js';

const SPEC = 'amd64-14,cpus=2';
/** Which counter of tcpstat tcps_rcvtotal is. */
const RCVTOTAL = offsetOf(tcpstat(14), 'tcps_rcvtotal') / 8;
const carp = `
counters:
  - {symbol: carpstats, struct: carpstats, optional: true, members: ["*"]}
  - {symbol: tcpstat, struct: tcpstat, members: [tcps_rcvtotal]}
`;

/** The value of each row by its member; undefined for one that is not published. */
function byMember(snapshot: Snapshot): Map<string, bigint | undefined> {
  const rows = rowsOf(snapshot);
  return new Map(snapshot.layout.rows.map(({ member }, row) => [member ?? '', rows[row]?.sum]));
}

async function withSimulated(yaml: string, act: (simulated: Simulated, boot: string) => Promise<void>): Promise<void> {
  const simulated = await Simulated.open(SPEC, yaml);
  try {
    await act(simulated, dirname(simulated.simulator.source.execfile));
  } finally {
    await simulated.close();
  }
}

/** carp.ko of another build: its first two counters have changed places. */
function otherCarp(simulated: Simulated): Buffer {
  const swap = (layout: StructType): StructType => {
    const [first, second, ...rest] = layout.members;
    return { ...layout, members: [second!, first!, ...rest] };
  };
  return kernelFile(bootKernel(simulated.simulator.spec), 'carp', swap);
}

describe('Scraper, where files come and go', () => {
  const [first, second] = carpstats.members.map(({ name }) => name) as [string, string];

  it('names the counters of a module anew that was replaced at the same place, with the same id and path', async () => {
    await withSimulated(carp, async (simulated, boot) => {
      const { image, scraper } = simulated;
      image.loadModule('carp');
      for (let cpu = 0; cpu < 2; cpu++) image.write(image.copyAddress('carpstats', 0, cpu), Buffer.alloc(8, 1));
      let values = byMember(await scraper.read());
      assert.equal(values.get(first), image.counterSum('carpstats', 0));
      assert.equal(values.get(second), image.counterSum('carpstats', 1));
      writeFileSync(join(boot, 'carp.ko'), otherCarp(simulated));
      image.replaceModule('carp');
      for (let cpu = 0; cpu < 2; cpu++) image.write(image.copyAddress('carpstats', 0, cpu), Buffer.alloc(8, 2));
      values = byMember(await scraper.read());
      assert.equal(values.get(second), image.counterSum('carpstats', 0));
      assert.equal(values.get(first), image.counterSum('carpstats', 1));
      assert.notEqual(image.counterSum('carpstats', 0), image.counterSum('carpstats', 1));
    });
  });

  it('tells of a read that its values make no rate with those before, where a module was replaced, and only then', async () => {
    await withSimulated(carp, async ({ image, scraper }) => {
      image.loadModule('carp');
      const generations: number[] = [];
      const read = async (): Promise<void> => {
        generations.push((await scraper.read()).report.generation);
      };
      await read();
      await read();
      image.replaceModule('carp');
      await read();
      await read();
      const [one, two, three, four] = generations;
      assert.equal(two, one);
      assert.notEqual(three, two);
      assert.equal(four, three);
    });
  });

  it('publishes nothing that was read while a module was replaced, and all of it with the next read', async () => {
    await withSimulated(carp, async ({ image, scraper, kernel }) => {
      image.loadModule('carp');
      await scraper.read();
      let replaced = false;
      const stop = beforeReads(kernel, ({ call }) => {
        if (call === 'kvm_read' || replaced) return;
        replaced = true;
        image.replaceModule('carp');
      });
      assert.equal(byMember(await scraper.read()).get(first), undefined);
      assert.ok(replaced);
      stop();
      assert.equal(byMember(await scraper.read()).get(first), image.counterSum('carpstats', 0));
    });
  });

  for (const profile of profileNames) {
    // Seven limits in 12, ten since 13.1, and a reason to drop more in 15.
    const pf = { 12: 29, 13: 32, 14: 32, 15: 33 }[profileOf(profile).release];
    it(`reads the packs of modules wherever these are loaded, and nothing where not: ${profile}`, async () => {
      const simulated = await Simulated.open(`${profile},cpus=3,absent=1`, 'packs: [carp, pf, ipsec]');
      try {
        const { image, scraper } = simulated;
        const places = new Set<bigint>();
        for (let load = 0; load < 3; load++) {
          const { rows: others } = (await scraper.read()).layout;
          const kernels = new Set(others.map(({ entry }) => scraper.layout.entries[entry]!.symbol));
          assert.deepEqual([...kernels], ['pfkeystat'], 'which the kernel has without ipsec.ko');
          for (const module of ['carp', 'pf', 'ipsec'] as const) image.loadModule(module);
          for (const [symbol, count] of [
            ['carpstats', 16],
            ['pf_status', pf],
            ['ipsec4stat', 16],
            ['ipsec6stat', 16],
            ['espstat', 276],
            ['ahstat', 35],
            ['ipcompstat', 25],
          ] as const) {
            places.add(image.symbol(symbol)!.address);
            for (let index = 0; index < count; index++) {
              const copy = Buffer.alloc(8);
              copy.writeBigUInt64LE(BigInt(1000 * load + 31 * index + 7));
              image.write(image.copyAddress(symbol, index, index % 4), copy);
            }
          }
          const snapshot = await scraper.read();
          const rows = rowsOf(snapshot);
          const { entries } = snapshot.layout;
          assert.equal(rows.length, others.length + 13 + pf + 9 + 9 + 273 + 32 + 23);
          for (const [row, { entry, cellOffset }] of snapshot.layout.rows.entries()) {
            const { symbol } = entries[entry]!;
            assert.equal(rows[row]?.sum, image.counterSum(symbol, cellOffset / 8), `${symbol} ${cellOffset}`);
            if (symbol !== 'pfkeystat') assert.notEqual(rows[row].sum, 0n);
          }
          for (const module of ['carp', 'pf', 'ipsec'] as const) image.unloadModule(module);
        }
        assert.equal(places.size, 14);
      } finally {
        await simulated.close();
      }
    });
  }

  it("finds a module's data by a layout where the kernel's file cannot be read", async () => {
    const simulated = await Simulated.open('arm64-14,cpus=2', 'packs: [carp]');
    try {
      const { image, scraper, simulator } = simulated;
      const { execfile } = simulator.source;
      image.loadModule('carp');
      renameSync(execfile, `${execfile}.away`);
      assert.equal((await scraper.read()).layout.rows.length, 13);
    } finally {
      await simulated.close();
    }
  });

  it('takes no types from a file that took the place of the one that was loaded, and no layout in their stead', async () => {
    await withSimulated('counters: [{symbol: numneghits}]', async (simulated, boot) => {
      const { image, scraper, kernel } = simulated;
      image.loadModule('carp');
      await scraper.read();
      writeFileSync(join(boot, 'carp.ko'), otherCarp(simulated));
      const after = startScraper(kernel, configOf(carp), { before: scraper });
      const { report } = await after.read();
      const status = report.symbols.find(({ symbol }) => symbol === 'carpstats')!;
      assert.match(status.reason, /carp\.ko: it was replaced or changed on disk after it was loaded/);
      assert.equal(report.symbols.find(({ symbol }) => symbol === 'tcpstat')!.up, true);
    });
  });

  it('keeps what the types said where the kernel file is replaced or away, over a kldload and a reload', async () => {
    await withSimulated(carp, async ({ image, scraper, kernel }, boot) => {
      const path = join(boot, 'kernel');
      const total = image.counterSum('tcpstat', RCVTOTAL);
      for (const breakFile of [
        () => {
          writeFileSync(path, 'newer');
        },
        () => {
          rmSync(path);
        },
      ]) {
        breakFile();
        image.loadModule('pf');
        assert.equal(byMember(await scraper.read()).get('tcps_rcvtotal'), total);
        image.unloadModule('pf');
        assert.equal(byMember(await scraper.read()).get('tcps_rcvtotal'), total);
      }
      const after = startScraper(kernel, configOf(carp), { before: scraper });
      assert.equal(byMember(await after.read()).get('tcps_rcvtotal'), total);
    });
  });

  it("finds the running kernel's file beside the one that took its place, and says what to do where there is none", async () => {
    await withSimulated(carp, async ({ image, kernel }, boot) => {
      const total = image.counterSum('tcpstat', RCVTOTAL);
      const path = join(boot, 'kernel');
      const old = join(dirname(boot), 'kernel.old');
      mkdirSync(old);
      renameSync(path, join(old, 'kernel'));
      const found = startScraper(kernel, configOf(carp));
      assert.equal(byMember(await found.read()).get('tcps_rcvtotal'), total);
      renameSync(join(old, 'kernel'), join(dirname(boot), 'away'));
      const without = startScraper(kernel, configOf(carp));
      const snapshot = await without.read();
      const statusOf = (name: string) => snapshot.report.symbols.find(({ symbol }) => symbol === name)!;
      const reason = /kernel: cannot be read \(ENOENT\); --kvm\.kernel=FILE names .*nullfs\(5\)/;
      assert.match(basisText(statusOf('tcpstat').bases[0]!), reason);
      assert.equal(byMember(snapshot).get('tcps_rcvtotal'), total);
      // What no layout is known of is not read until the file is there.
      const unknown = configOf('counters: [{symbol: sim_rest, type: counter}]');
      const again = startScraper(kernel, unknown);
      assert.match(
        (await startScraper(kernel, unknown).read()).report.symbols[0]!.reason,
        /\(ENOENT\); .*nullfs\(5\) .*; there is no layout of sim_rest$/,
      );
      renameSync(join(dirname(boot), 'away'), path);
      assert.equal((await again.read()).report.symbols[0]!.up, true);
    });
  });
});
