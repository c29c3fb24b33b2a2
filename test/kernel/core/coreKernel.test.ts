/** Covers: kernel/core: a dump gives what the kernel gave that it was taken of, value by value; and nobody but the dump is asked. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFileSync, rmSync, truncateSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { kernelAddress } from '../../../src/kernel/address.js';
import { openCoreKernel, type CoreKernel } from '../../../src/kernel/core/coreKernel.js';
import { text } from '../../../src/exposition/formats/text.js';
import type { OpenedKernel } from '../../../src/service/openKernel.js';
import { publish } from '../../../src/service/publication.js';
import { startScraper } from '../../../src/service/scraper.js';
import { writeDump, type DumpOptions, type WrittenDump } from '../../../src/simulator/dump/writeDump.js';
import type { Simulator } from '../../../src/simulator/simulator.js';
import { profileNames } from '../../../src/simulator/spec.js';
import { publishedIn, seriesName } from '../../support/published.js';
import { knownConfigOf, Simulated } from '../../support/simulated.js';

/** All that the exporter comes with, but for what is told by sysctls alone. */
const PACKS = `
packs:
  - {pack: vm, cpu: both}
  - {pack: tcp, vnet: all, cpu: both}
  - {pack: cpu, cpu: both}
  - udp
  - ip
  - arp
  - icmp
  - netisr
  - ip6
  - icmp6
  - carp
  - namecache
  - vnode
  - buf
  - malloc
  - uma
  - epoch
  - interrupts
  - listen
  - bpf
`;

async function valuesOf(kernel: CoreKernel, config = PACKS): Promise<Map<string, bigint>> {
  const snapshot = await startScraper(kernel, knownConfigOf(config)).read();
  return new Map(publishedIn(snapshot).map((published) => [seriesName(published), published.value]));
}

/** The kernel's part of what `print` prints. */
async function printed(kernel: OpenedKernel): Promise<string> {
  const config = { ...knownConfigOf(PACKS), scrapeIntervalMs: undefined };
  const { publisher, stop } = publish({ kernel, scraper: startScraper(kernel, config), config });
  const { chunks, release } = await publisher.document(text);
  const document = Buffer.concat(chunks).toString();
  release();
  stop();
  return document.slice(0, document.indexOf('# HELP kcounter_exporter_'));
}

function dumpOf(simulator: Simulator, options: DumpOptions = {}): WrittenDump {
  return writeDump(simulator, join(simulator.dir, 'vmcore.0'), options);
}

/** @param isBoth whether the simulated libkvm is asked, too */
function open(
  { source, spec, dir }: Simulator,
  isBoth: boolean,
  kernel: string | undefined = source.execfile,
): CoreKernel {
  const machineArch = spec.profile.startsWith('arm64') ? 'aarch64' : 'amd64';
  const libraries = { libkvm: source.library, libc: source.library };
  return openCoreKernel({
    core: join(dir, 'vmcore.0'),
    kernel,
    libkvm: isBoth ? { libraries, machineArch } : undefined,
  });
}

describe('a dumped kernel', () => {
  for (const profile of profileNames) {
    for (const cpus of ['cpus=4', 'cpus=3,absent=1']) {
      it(`has the values of the one that ran, through libkvm and without: ${profile},${cpus}`, async (test) => {
        const simulated = await Simulated.open(`${profile},${cpus},jails=2,modules=carp`, PACKS);
        const { simulator, kernel } = simulated;
        const { facts } = kernel;
        try {
          const running = await printed(kernel);
          assert.ok(running.split('\n').length > 2000);
          dumpOf(simulator);
          // libkvm serves one kernel at a time.
          kernel.close();
          for (const isBoth of [false, true]) {
            const dumped = open(simulator, isBoth);
            try {
              assert.equal(await printed(dumped), running);
              // No symbol of 12 tells it; and nothing of 12 that is published needs it.
              const scheduler = profile.endsWith('12') ? undefined : facts.scheduler;
              const { dump, ...known } = dumped.facts;
              assert.deepEqual(known, { ...facts, origin: 'core', scheduler });
              assert.equal(dump?.panic, 'page fault');
              const { reader } = dumped.chooseReader('auto');
              const isRight = profile.startsWith('amd64') && facts.maxId < facts.ncpus;
              assert.equal(reader, isBoth && isRight ? 'libkvm' : 'direct');
            } finally {
              dumped.close();
            }
          }
          test.diagnostic(`${running.split('\n').length} lines, the same`);
        } finally {
          await simulated.close();
        }
      });
    }

    it(`has the same bytes by libkvm and by its own pages, on every page: ${profile}`, async (test) => {
      const simulated = await Simulated.open(`${profile},cpus=2`, PACKS);
      try {
        const { simulator, image, kernel } = simulated;
        const { pages, missing } = dumpOf(simulator, { missingPart: 0.01 });
        kernel.close();
        const dumped = open(simulator, true);
        try {
          const page = Buffer.alloc(kernel.facts.pageSize);
          // Each read is made by both, and fails where they differ.
          for (const address of pages) dumped.memory.read(kernelAddress(address), page);
          for (const address of missing) {
            assert.throws(() => {
              dumped.memory.read(kernelAddress(address), page);
            }, /invalid address|not in the dump/);
          }
          test.diagnostic(`${pages.length} pages the same, ${missing.length} in neither`);
          assert.ok(pages.length > 100 && missing.length > 0 && image.maxId === 1);
        } finally {
          dumped.close();
        }
      } finally {
        await simulated.close();
      }
    });
  }

  it('asks nothing of the kernel that runs: a libc that aborts where it is asked is never called', async () => {
    const simulated = await Simulated.open('amd64-14,cpus=2,modules=carp', PACKS);
    try {
      const { simulator } = simulated;
      dumpOf(simulator);
      const { source, dir } = simulator;
      const module = (path: string): string => JSON.stringify(new URL(`../../../src/${path}`, import.meta.url).href);
      const script = `
        const { openCoreKernel } = await import(${module('kernel/core/coreKernel.js')});
        const { startScraper } = await import(${module('service/scraper.js')});
        const { loadConfig } = await import(${module('config/load.js')});
        const library = ${JSON.stringify(source.library)};
        const kernel = openCoreKernel({
          core: ${JSON.stringify(join(dir, 'vmcore.0'))},
          kernel: ${JSON.stringify(source.execfile)},
          libkvm: { libraries: { libkvm: library, libc: library }, machineArch: 'amd64' },
        });
        const snapshot = await startScraper(kernel, loadConfig(['config/kcounter.yaml'])).read();
        console.log(kernel.chooseReader('auto').reader, snapshot.layout.rows.length > 100);
        kernel.close();`;
      const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
        encoding: 'utf8',
        env: { ...process.env, KVMSIM_NO_ASK: '1' },
      });
      assert.equal(output, 'libkvm true\n');
    } finally {
      await simulated.close();
    }
  });

  it('is refused with the file of another kernel, and found beside the dump', async () => {
    const simulated = await Simulated.open('amd64-14,cpus=2', PACKS);
    const other = await Simulated.open('amd64-13,cpus=2', PACKS).catch(() => undefined);
    try {
      const { simulator } = simulated;
      dumpOf(simulator);
      simulated.kernel.close();
      const beside = join(simulator.dir, 'kernel');
      copyFileSync(simulator.source.execfile, beside);
      open(simulator, false, undefined).close();
      rmSync(beside);
      // A folder boot beside the dump is looked into, too.
      open(simulator, false, undefined).close();
      assert.throws(
        () => open(simulator, false, join(simulator.dir, 'boot', 'kernel', 'carp.ko')),
        /vmcore\.0: the file of the kernel that it was taken of is needed.*carp\.ko: it has no build id/,
      );
      assert.throws(
        () => open(simulator, false, '/nonexistent/kernel'),
        /\/nonexistent\/kernel: cannot be read \(ENOENT\)/,
      );
    } finally {
      await other?.close();
      await simulated.close();
    }
  });

  it('gives what a dump that was cut short still has, and says how many pages it lacks', async () => {
    const simulated = await Simulated.open('amd64-14,cpus=2', PACKS);
    try {
      const { simulator } = simulated;
      const { vmcore } = dumpOf(simulator);
      simulated.kernel.close();
      const whole = open(simulator, false);
      const values = await valuesOf(whole);
      assert.equal(whole.pages.missing, 0);
      whole.close();
      const { size } = statSync(vmcore);
      truncateSync(vmcore, size - 100 * 4096);
      const cut = open(simulator, false);
      try {
        assert.equal(cut.pages.missing, 100);
        const left = await valuesOf(cut);
        for (const [name, value] of left) assert.equal(value, values.get(name), name);
        assert.ok(left.size > 0);
      } finally {
        cut.close();
      }
    } finally {
      await simulated.close();
    }
  });
});
