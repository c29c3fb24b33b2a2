/** Covers: kernel/core: a dump gives what the kernel gave that it was taken of, value by value; and nobody but the dump is asked. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { Config } from '../../../src/config/model.js';
import { openCoreKernel } from '../../../src/kernel/core/coreKernel.js';
import { startScraper } from '../../../src/service/scraper.js';
import { writeDump } from '../../../src/simulator/dump/writeDump.js';
import { profileNames } from '../../../src/simulator/spec.js';
import { publishedIn, seriesName } from '../../support/published.js';
import { configOf, Simulated } from '../../support/simulated.js';

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

function valuesOf(values: ReturnType<typeof publishedIn>): Map<string, bigint> {
  return new Map(values.map((published) => [seriesName(published), published.value]));
}

describe('a dumped kernel', () => {
  for (const profile of profileNames) {
    it(`has the values of the one that ran: ${profile}`, async (test) => {
      const simulated = await Simulated.open(`${profile},cpus=4,absent=1,jails=2`, PACKS);
      try {
        const { simulator, scraper, kernel } = simulated;
        const running = valuesOf(publishedIn(await scraper.read()));
        const { facts } = kernel;
        const core = join(simulator.dir, 'vmcore.0');
        writeDump(simulator, core);
        const dumped = openCoreKernel({ core, kernel: simulator.source.execfile, libkvm: undefined });
        try {
          const config: Config = configOf(PACKS);
          const read = await startScraper(dumped, config).read();
          const values = valuesOf(publishedIn(read));
          assert.ok(running.size > 500);
          assert.deepEqual(values, running);
          // No symbol of 12 tells it; and nothing of 12 that is published needs it.
          const scheduler = profile.endsWith('12') ? undefined : facts.scheduler;
          const { dump, ...known } = dumped.facts;
          assert.deepEqual(known, { ...facts, origin: 'core', scheduler });
          assert.deepEqual(dump?.panic, 'page fault');
          test.diagnostic(`${values.size} values`);
        } finally {
          dumped.close();
        }
      } finally {
        await simulated.close();
      }
    });
  }
});
