/** Covers: discover.ts, classify.ts, gauges.ts. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { discover, type DiscoveredFile } from '../../src/discover/discover.js';
import { judge } from '../../src/discover/gauges.js';
import { openLiveKernel } from '../../src/kernel/live/liveKernel.js';
import { openLayouts, startScraper } from '../../src/service/scraper.js';
import { Simulator, type Workload } from '../../src/simulator/simulator.js';
import { profileOf } from '../../src/simulator/profiles.js';
import { parseSimulatorSpec, profileNames } from '../../src/simulator/spec.js';
import { booted } from '../support/booted.js';
import { packConfigs } from '../support/shippedPacks.js';

const packs = packConfigs.entriesOf('list');

async function discovered(
  spec: string,
  options: { symbols?: string; module?: string },
  look: (files: DiscoveredFile[], simulator: Simulator) => void,
  prepare: (simulator: Simulator) => void = () => undefined,
  betweenReads: (simulator: Simulator) => void = () => undefined,
  workload: Workload = 'none',
): Promise<void> {
  const simulator = await Simulator.start(parseSimulatorSpec(spec), { workload, boot: booted });
  try {
    prepare(simulator);
    const kernel = openLiveKernel(simulator.source);
    try {
      look(
        await discover(kernel, {
          symbols: options.symbols,
          module: options.module,
          kernelPath: undefined,
          layouts: openLayouts(kernel),
          packs,
          // The workload moves meanwhile; without one, what a test does between two reads.
          pause: workload === 'none' ? 0 : 50,
          open: (config) => {
            const scraper = startScraper(kernel, config);
            return {
              read: async () => {
                const snapshot = await scraper.read();
                betweenReads(simulator);
                return snapshot;
              },
            };
          },
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
      const { release } = profileOf(profile);
      await discovered(`${profile},cpus=2,counters=3`, {}, ([kernel]) => {
        const found = new Map(kernel!.entries.map((entry) => [entry.found.symbol, entry]));
        assert.equal(found.get('tcpstat')?.found.struct, 'tcpstat');
        assert.equal(found.get('tcpstat')?.found.counters, { 12: 113, 13: 113, 14: 120, 15: 125 }[release]);
        assert.equal(found.get('tcps_states')?.type, 'gauge');
        const gauges = ['v_wire_count', ...(release >= 15 ? ['v_nofree_count'] : [])];
        assert.deepEqual(
          found.get('vm_cnt')?.gauges,
          gauges.map((name) => ({ name, why: undefined })),
        );
        assert.equal(found.get('vm_cnt')?.found.counters, release >= 15 ? 37 : 36);
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
          assert.equal(files[0]!.entries[0]!.readable, 13, 'all but three that 14 never counts');
        },
        ({ image }) => {
          image.loadModule('carp');
        },
      );
    });
  }

  it('tells gauges from counters on a host under load, on every release', async () => {
    for (const profile of profileNames) {
      await discovered(
        `${profile},cpus=4`,
        {},
        ([kernel]) => {
          for (const { found, type, gauges } of kernel!.entries) {
            const { symbol } = found;
            const isKnown = /^(tcps_states|numcachehv|buf(freekvacnt|kvaspace))$/.test(symbol);
            const isKtls = /^ktls_(.*active|cnt_.*|.*_(cbc|gcm|chacha20))$/.test(symbol);
            assert.equal(type, isKnown || isKtls ? 'gauge' : 'counter', `${profile} ${symbol}`);
            assert.deepEqual(
              gauges.map(({ name }) => name),
              symbol !== 'vm_cnt'
                ? []
                : profile.endsWith('-15')
                  ? ['v_wire_count', 'v_nofree_count']
                  : ['v_wire_count'],
            );
          }
        },
        undefined,
        undefined,
        'believable',
      );
    }
  });

  it('takes for a gauge what goes down or is negative on one CPU, and says why', async () => {
    const add = ({ image }: Simulator, symbol: string, step: bigint, index = 0): void => {
      const address = image.copyAddress(symbol, index, 1);
      const value = image.read(address, 8).readBigInt64LE() + step;
      const bytes = Buffer.alloc(8);
      bytes.writeBigInt64LE(value);
      image.write(address, bytes);
    };
    await discovered(
      'amd64-14,cpus=2',
      {},
      ([kernel]) => {
        const found = new Map(kernel!.entries.map((entry) => [entry.found.symbol, entry]));
        const { type, why } = found.get('dothits')!;
        assert.deepEqual({ type, why }, { type: 'gauge', why: 'it was seen to go down' });
        assert.equal(found.get('dotdothits')!.why, "a CPU's part of it is negative");
        assert.equal(found.get('numneghits')!.type, 'counter', 'it went up');
        assert.equal(found.get('recycles_count')!.type, 'counter', 'its name and an administrator mislead');
        const tcp = found.get('tcpstat')!;
        assert.equal(tcp.type, 'counter');
        assert.deepEqual(tcp.gauges, [{ name: 'tcps_accepts', why: 'it was seen to go down' }]);
        assert.ok(tcp.members!.includes('tcps_accepts') && tcp.members!.length > 100);
        assert.ok(!tcp.members!.includes('_pad'), 'which a "*" would take');
        assert.deepEqual(found.get('udpstat')!.gauges, []);
      },
      (simulator) => {
        const { image } = simulator;
        add(simulator, 'dotdothits', -5n - image.read(image.copyAddress('dotdothits', 0, 1), 8).readBigInt64LE());
      },
      (simulator) => {
        add(simulator, 'dothits', -1n);
        add(simulator, 'recycles_count', -1n);
        add(simulator, 'tcpstat', -1n, 1);
        add(simulator, 'numneghits', 1n);
      },
    );
  });

  it('leaves out what only fills a struct, and what the release never counts', async () => {
    for (const profile of profileNames) {
      await discovered(`${profile},cpus=1`, { symbols: '*p*stat' }, ([kernel]) => {
        for (const { found, members, readable } of kernel!.entries) {
          const hasSpares = found.symbol === 'arpstat' || (found.symbol === 'icmp6stat' && profile !== 'amd64-12');
          const dead = NEVER_COUNTED[found.symbol];
          const isDead = /-1[45]$/.test(profile) && dead !== undefined;
          assert.equal(members !== undefined, hasSpares || isDead, `${profile} ${found.symbol}`);
          assert.ok(!members?.some((name) => /spare|pad/.test(name)));
          if (isDead) assert.ok(!members?.includes(dead), `${profile} ${found.symbol}`);
          if (found.symbol === 'arpstat') assert.equal(readable, found.counters - (profile === 'amd64-12' ? 4 : 3));
        }
      });
    }
  });
});

/** Of these structs a member that FreeBSD 14 never counts. */
const NEVER_COUNTED: Readonly<Record<string, string>> = {
  espstat: 'esps_invalid',
  icmpstat: 'icps_oldshort',
  icmp6stat: 'icp6s_overflowdefrtr',
  ip6stat: 'ip6s_rawout',
  ipcompstat: 'ipcomps_invalid',
  pfkeystat: 'sockerr',
  tcpstat: 'tcps_minmssdrops',
  udpstat: 'udps_fastout',
};

describe('judge', () => {
  it('goes by what is known, then by what was seen, then by the name', () => {
    const isGauge = (name: string, seen?: 'down' | 'negative', isStatistic = false): boolean =>
      judge({ name, seen, isStatistic }).isGauge;
    for (const name of ['ktls_sw_gcm', 'ktls_toe_chacha20', 'snd_tag_count', 'tcp_log_pcb_ids_cur'])
      assert.equal(isGauge(name), true, name);
    for (const name of ['kernel_pt_page_count', 'pc_chunk_count', 'foo_active', 'foo_pending', 'foo_cnt'])
      assert.equal(isGauge(name), true, name);
    for (const name of ['v_swtch', 'recycles_free_count', 'direct_recycles_free_count', 'bufdefragcnt', 'switch_count'])
      assert.equal(isGauge(name), false, name);
    assert.equal(isGauge('tcps_dsack_count', undefined, true), false, 'statistics count what has happened');
    assert.equal(isGauge('tcps_dsack_count', 'down', true), true);
    assert.equal(isGauge('recycles_count', 'down'), false);
  });

  it('says of each member that packs name what they say of it, whatever it holds', () => {
    let compared = 0;
    for (const { pack, entry } of packConfigs.entriesOf('counters')) {
      for (const { pattern, type } of entry.members ?? []) {
        if (/[*?[]/.test(pattern)) continue;
        compared++;
        const { isGauge } = judge({ name: pattern, isStatistic: true, seen: undefined });
        assert.equal(isGauge, type === 'gauge', `${pattern} of ${pack}`);
      }
    }
    assert.ok(compared > 300, `only ${compared} members`);
  });
});
