/** Covers: config/packs/malloc.yaml: what it publishes on each simulated kernel is what kern.malloc_stats tells. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { profileOf } from '../../../src/simulator/profiles.js';
import { profileNames } from '../../../src/simulator/spec.js';
import { mallocTypesIn } from '../../support/kernelStreams.js';
import { comparePack } from '../../support/packValues.js';
import { Simulated } from '../../support/simulated.js';

const metrics = {
  allocatedBytes: 'malloc_allocated_bytes',
  freedBytes: 'malloc_freed_bytes',
  allocations: 'malloc_allocations',
  frees: 'malloc_frees',
};

describe('the pack malloc', () => {
  for (const profile of profileNames.filter((name) => profileOf(name).release > 12)) {
    it(`tells of each type what kern.malloc_stats does, while all move: ${profile}`, async (context) => {
      const compared = await comparePack(`${profile},cpus=3,absent=1`, 'malloc', ({ sysctls }) => {
        const types = mallocTypesIn(sysctls.bytes('kern.malloc_stats')!);
        assert.equal(types.size, 40);
        assert.equal([...types.keys()].filter((type) => type.endsWith(',nth=2')).length, 1);
        return new Map(
          [...types].flatMap(([type, numbers]) =>
            Object.entries(metrics).map(([key, metric]) => [`${metric}{type=${type}}`, numbers[key]!] as const),
          ),
        );
      });
      context.diagnostic(`${compared} values compared`);
    });
  }

  it('says why there is nothing of it in 12', async () => {
    const simulated = await Simulated.open('amd64-12,cpus=2', 'packs: [malloc]');
    try {
      const { report } = await simulated.scraper.read();
      assert.deepEqual(
        report.symbols.map(({ symbol, optional, up, reason }) => [symbol, optional, up, reason]),
        [['kmemstatistics', true, false, 'struct malloc_type has no member ks_version']],
      );
    } finally {
      await simulated.close();
    }
  });

  it('takes for a type only what has the version of one', async () => {
    const simulated = await Simulated.open('amd64-14,cpus=2', 'packs: [malloc]');
    try {
      const { image, scraper } = simulated;
      // ks_version follows ks_next.
      const head = image.read(image.symbol('kmemstatistics')!.address, 8).readBigUInt64LE();
      image.write(head + 8n, Buffer.alloc(8));
      const [list] = (await scraper.read()).report.lists;
      assert.deepEqual([list?.elements.published, list?.elements.doubtful], [39, 1]);
    } finally {
      await simulated.close();
    }
  });
});
