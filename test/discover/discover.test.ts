/** Covers: discover.ts, classify.ts. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { discover, type DiscoveredFile } from '../../src/discover/discover.js';
import { openLiveKernel } from '../../src/kernel/live/liveKernel.js';
import { startScraper } from '../../src/service/scraper.js';
import { Simulator } from '../../src/simulator/simulator.js';
import { parseSimulatorSpec, profileNames } from '../../src/simulator/spec.js';

async function discovered(
  spec: string,
  options: { symbols?: string; module?: string },
  look: (files: DiscoveredFile[], simulator: Simulator) => void,
  prepare: (simulator: Simulator) => void = () => undefined,
): Promise<void> {
  const simulator = await Simulator.start(parseSimulatorSpec(spec), { workload: 'none' });
  try {
    prepare(simulator);
    const kernel = openLiveKernel(simulator.source);
    try {
      look(
        await discover(kernel, {
          symbols: options.symbols,
          module: options.module,
          kernelPath: undefined,
          read: (config) => startScraper(kernel, config).read(),
        }),
        simulator,
      );
    } finally {
      kernel.close();
    }
  } finally {
    await simulator.close();
  }
}

describe('discover', () => {
  it('finds single counters, arrays, structs and arrays that a struct lays out, on every release', async () => {
    for (const profile of profileNames) {
      await discovered(`${profile},cpus=2,counters=3`, {}, ([kernel]) => {
        const found = new Map(kernel!.entries.map((entry) => [entry.found.symbol, entry]));
        assert.equal(found.get('tcpstat')?.found.struct, 'tcpstat');
        assert.equal(found.get('tcpstat')?.found.counters, profile === 'amd64-12' ? 113 : 120);
        assert.equal(found.get('tcps_states')?.type, 'gauge');
        assert.deepEqual(found.get('vm_cnt')?.gauges, ['v_wire_count']);
        assert.equal(found.get('vm_cnt')?.found.counters, 36);
        assert.equal(found.get('numneghits')?.type, 'counter');
        assert.equal(found.get('sim_counter_2')?.readable, 1);
        assert.equal(found.has('pfsyncstats'), false, 'plain integers are no counters');
        assert.equal(found.has('igmpstat'), false);
        assert.equal(found.has('sim_zpcpu'), false, 'nor are other zpcpu items');
      });
    }
  });

  it('says which cannot be read now, and why', async () => {
    await discovered('amd64-14,cpus=1', { symbols: 'sim_*' }, ([kernel]) => {
      const problems = Object.fromEntries(kernel!.entries.map(({ found, problem }) => [found.symbol, problem]));
      assert.match(problems['sim_early']!, /EARLY_COUNTER/);
      assert.match(problems['sim_null']!, /NULL/);
      assert.match(problems['sim_unmapped']!, /could not be read/);
      assert.equal(problems['sim_rest'], '');
      assert.ok(Object.keys(problems).every((symbol) => symbol.startsWith('sim_')));
    });
  });

  for (const profile of ['amd64-14', 'arm64-14']) {
    it(`finds a module's counters by the module's own types: ${profile}`, async () => {
      await discovered(
        `${profile},cpus=1`,
        { module: 'carp' },
        (files) => {
          assert.equal(files.length, 1);
          assert.match(files[0]!.path, /carp\.ko$/);
          assert.deepEqual(
            files[0]!.entries.map(({ found }) => found.symbol),
            ['carpstats'],
          );
          assert.equal(files[0]!.entries[0]!.readable, 16);
        },
        ({ image }) => {
          image.loadModule('carp');
        },
      );
    });
  }
});
