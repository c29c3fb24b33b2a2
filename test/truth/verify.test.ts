import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { PACK_FOLDER } from '../../src/config/packs.js';
import { addMallocType, removeMallocType } from '../../src/simulator/changes/mallocTypes.js';
import { profileNames } from '../../src/simulator/spec.js';
import { verify } from '../../src/truth/verify.js';
import { Simulated } from '../support/simulated.js';

const packs = 'packs: [tcp, udp, ip, icmp, arp, ip6, icmp6, vm, namecache, buf, vnode, interfaces, malloc, uma]';

describe('verify', () => {
  for (const profile of profileNames) {
    it(`finds every value that a sysctl tells between two looks at it, while all move: ${profile}`, async (context) => {
      const simulated = await Simulated.open(`${profile},cpus=4`, packs, 'believable');
      try {
        for (let round = 0; round < 5; round++) {
          const { comparisons, unchecked } = await verify(simulated.kernel, simulated.scraper);
          assert.deepEqual(
            comparisons.filter(({ agrees }) => !agrees),
            [],
          );
          assert.ok(comparisons.length >= 250, `${comparisons.length} compared`);
          if (round === 0) context.diagnostic(`${comparisons.length} values compared, ${unchecked.length} not`);
        }
      } finally {
        await simulated.close();
      }
    });
  }

  it('takes a value that moves between the two looks for right, and shows all three', async () => {
    const simulated = await Simulated.open('amd64-14,cpus=2', packs);
    try {
      const { image, kernel, scraper } = simulated;
      const address = image.copyAddress('dothits', 0, 1);
      const before = image.counterSum('dothits');
      const moving = {
        read: () => {
          const copy = image.read(address, 8);
          copy.writeBigUInt64LE(copy.readBigUInt64LE() + 5n);
          image.write(address, copy);
          return scraper.read();
        },
      };
      const { comparisons } = await verify(kernel, moving);
      assert.ok(comparisons.every(({ agrees }) => agrees));
      const dots = comparisons.find(({ counter }) => counter === 'dothits')!;
      // The first read only finds out what there is.
      assert.deepEqual([dots.before, dots.read, dots.after], [before + 5n, before + 10n, before + 10n]);
    } finally {
      await simulated.close();
    }
  });

  it('finds a sysctl and a counter that differ by one, and no other', async () => {
    const simulated = await Simulated.open('amd64-14,cpus=2', packs);
    try {
      simulated.image.lie('net.inet.tcp.stats', 1n, 4);
      simulated.image.lie('vm.stats.vm.v_wire_count', -1n);
      const { comparisons } = await verify(simulated.kernel, simulated.scraper);
      const wrong = comparisons.filter(({ agrees }) => !agrees);
      assert.deepEqual(wrong.map(({ counter }) => counter).sort(), ['tcpstat.tcps_conndrops', 'vm_cnt.v_wire_count']);
    } finally {
      await simulated.close();
    }
  });

  it('knows counters that a release declares and never counts, and calls them neither right nor wrong', async () => {
    const dead =
      'counters: [{symbol: vm_cnt, members: [v_pdpages, v_dfree]}, {symbol: udpstat, struct: udpstat, members: [udps_fastout]}]';
    for (const [profile, neverCounted, compared] of [
      ['amd64-14', ['vm_cnt.v_pdpages', 'udpstat.udps_fastout'], ['vm_cnt.v_dfree']],
      ['amd64-12', [], ['vm_cnt.v_pdpages', 'vm_cnt.v_dfree', 'udpstat.udps_fastout']],
    ] as const) {
      const simulated = await Simulated.open(`${profile},cpus=2`, dead);
      try {
        const verification = await verify(simulated.kernel, simulated.scraper);
        assert.deepEqual(verification.neverCounted, neverCounted);
        assert.deepEqual(
          verification.comparisons.map(({ counter, agrees }) => agrees && counter),
          compared,
        );
      } finally {
        await simulated.close();
      }
    }
  });

  for (const profile of ['amd64-14', 'arm64-14']) {
    it(`finds none of them in the packs, and says of nearly all values what a sysctl tells: ${profile}`, async () => {
      const simulated = await Simulated.open(`${profile},cpus=2`, `packs: ['${join(PACK_FOLDER, '*.yaml')}']`);
      try {
        for (const module of ['carp', 'pf', 'ipsec', 'zfs'] as const) simulated.image.loadModule(module);
        const { neverCounted, comparisons, unchecked } = await verify(simulated.kernel, simulated.scraper);
        assert.deepEqual(neverCounted, []);
        assert.ok(comparisons.every(({ agrees }) => agrees));
        const told = new Set(comparisons.map(({ counter }) => counter));
        for (const counter of [
          'ktls_sw_gcm',
          'ktls_switch_to_sw',
          'sfstat.sf_syscalls',
          'carpstats.carps_opackets6',
          'ipsec4stat.ips_out_nosa',
          'ipsec6stat.ips_in_polvio',
          'espstat.esps_obytes',
          'ahstat.ahs_replay',
          'ipcompstat.ipcomps_uncompr',
        ]) {
          assert.ok(told.has(counter), counter);
        }
        const untold = unchecked.filter(({ why }) => why === 'no sysctl tells it').map(({ counter }) => counter);
        assert.deepEqual(
          // Those of other vnets no sysctl tells, and none where an interrupt goes.
          untold.filter(
            (counter) =>
              !/^((nws|rtstat|pf_status|pfkeystat|tdq|vm_dom|epoch_array|rt_tables|sahtree|bpf_iflist|tcbinfo|unp_shead|pf_anchors|pfi_ifs|pfr_ktables)\.|interrupt_sources\[\d+\] |uma_kegs\.uz_(max_items|sleepers) )|jail=/.test(
                counter,
              ),
          ),
          [],
        );
      } finally {
        await simulated.close();
      }
    });
  }

  for (const profile of profileNames) {
    it(`compares the time of each CPU by itself: ${profile}`, async () => {
      const simulated = await Simulated.open(`${profile},cpus=3,absent=1`, 'packs: [cpu]', 'believable');
      try {
        const { image, kernel, scraper } = simulated;
        const { comparisons } = await verify(kernel, scraper);
        assert.deepEqual(
          comparisons.filter(({ agrees }) => !agrees),
          [],
        );
        assert.equal(comparisons.length, 15);
        const [first] = comparisons;
        assert.deepEqual([first!.counter, first!.sysctl], ['pcpu.pc_cp_time[0] of CPU 0', 'kern.cp_times']);
        // Of CPU 2, of whose ids one is absent below it.
        image.lie('kern.cp_times', 1n << 40n, 5 * 2 + 4);
        const wrong = (await verify(kernel, scraper)).comparisons.filter(({ agrees }) => !agrees);
        assert.deepEqual(
          wrong.map(({ counter }) => counter),
          ['pcpu.pc_cp_time[4] of CPU 2'],
        );
      } finally {
        await simulated.close();
      }
    });
  }

  it('compares interfaces, malloc types and zones, each with what is told of that one', async () => {
    const simulated = await Simulated.open('amd64-14,cpus=3', 'packs: [interfaces, malloc, uma]');
    try {
      const { image, kernel, scraper } = simulated;
      const { comparisons } = await verify(kernel, scraper);
      assert.ok(comparisons.every(({ agrees }) => agrees));
      const sysctls = new Map(comparisons.map(({ counter, sysctl }) => [counter, sysctl]));
      assert.equal(sysctls.size, 8 * 12 + 40 * 4 + 37 * 5 + 2 * 3);
      assert.equal(sysctls.get('ifnet.if_counters[5] interface=vlan7'), 'net.link.generic.ifdata.8');
      assert.equal(sysctls.get('kmemstatistics.mts_memfreed type=linux'), 'kern.malloc_stats');
      assert.equal(sysctls.get('uma_kegs.uz_fails zone=tcpcb'), 'vm.zone_stats');
      assert.equal(sysctls.get('uma_kegs.uz_fails zone=tcpcb nth=3'), 'vm.zone_stats');
      assert.equal(sysctls.get('uma_cachezones.uz_allocs zone=vm pgcache'), 'vm.zone_stats');
      // Bytes received by the first interface; what CPU 0 has of the first type, and of the first zone.
      image.lie('net.link.generic.ifdata', 7n, 16 * 1 + 5);
      image.lie('kern.malloc_stats', 5n, 6);
      image.lie('vm.zone_stats', 3n, 17);
      const wrong = (await verify(kernel, scraper)).comparisons.filter(({ agrees }) => !agrees);
      assert.deepEqual(
        wrong.map(({ counter, read, before }) => [counter, before - read!]),
        [
          ['ifnet.if_counters[5] interface=mce0', 7n],
          [`kmemstatistics.mts_memalloced type=sim "odd\\ name" \\xe9`, 5n],
          ['uma_kegs.uz_allocs zone=g_bio', 3n],
        ],
      );
    } finally {
      await simulated.close();
    }
  });

  for (const profile of profileNames) {
    it(`compares interrupts, each with what hw.intrcnt says of those with its name: ${profile}`, async () => {
      const simulated = await Simulated.open(`${profile},cpus=3,absent=1`, 'packs: [interrupts]', 'believable');
      try {
        const { image, kernel, scraper } = simulated;
        const { comparisons, unchecked } = await verify(kernel, scraper);
        assert.ok(comparisons.every(({ agrees, sysctl }) => agrees && sysctl === 'hw.intrcnt'));
        const compared = new Map(comparisons.map(({ counter, before }) => [counter, before]));
        assert.equal(compared.size, comparisons.length);
        const { layout } = await scraper.read();
        // All of them, and no CPU that one goes to.
        assert.equal(compared.size + unchecked.length, layout.rows.length);
        assert.ok(unchecked.every(({ counter }) => counter.startsWith('interrupt_sources[')));
        assert.equal(unchecked.length > 0, profile.startsWith('amd64'));
        const isArm = profile.startsWith('arm64');
        const stray = isArm ? 'intrcnt[1] interrupt=gic0,s40' : 'intrcnt[1] interrupt=irq7';
        assert.equal(compared.get(stray), 2n);
        assert.ok(compared.get(isArm ? 'intrcnt interrupt=hardclock' : 'intrcnt interrupt=timer')! > 0n);
        // Of the first that has a word of its own.
        image.lie('hw.intrcnt', 7n, isArm ? 0 : 1);
        const wrong = (await verify(kernel, scraper)).comparisons.filter(({ agrees }) => !agrees);
        assert.deepEqual(
          wrong.map(({ counter, read, before }) => [counter, before - read!]),
          [[isArm ? 'intrcnt interrupt=gic0,p0' : 'intrcnt interrupt=irq0', 7n]],
        );
      } finally {
        await simulated.close();
      }
    });
  }

  it('compares each of several elements of a name, which the kernel does not number', async () => {
    const simulated = await Simulated.open('amd64-14,cpus=2', 'packs: [malloc]');
    try {
      const { image, kernel, scraper } = simulated;
      const add = (mark: string): bigint => addMallocType(image, 'of a module', mark);
      const [first] = [add('a'), add('b'), add('c')];
      const ofModule = async () => {
        const { comparisons } = await verify(kernel, scraper);
        return comparisons.filter(({ counter }) => counter.startsWith('kmemstatistics.mts_numallocs type=of a module'));
      };
      const before = await ofModule();
      assert.equal(before.length, 3);
      assert.ok(before.every(({ agrees }) => agrees));
      // The newest now, at the place of the oldest: nobody can tell that it is another.
      removeMallocType(image, first);
      add('d');
      const after = await ofModule();
      assert.deepEqual(
        after.map(({ counter, agrees }) => [counter.slice(-5), agrees]),
        [
          ['odule', true],
          ['nth=2', true],
          ['nth=3', true],
        ],
      );
      // What CPU 0 has of the newest, which is told first.
      image.lie('kern.malloc_stats', 9n, 8);
      assert.deepEqual(
        (await ofModule()).map(({ agrees }) => agrees),
        [false, true, true],
      );
    } finally {
      await simulated.close();
    }
  });

  it('compares nothing of elements of which others are told, too, or in which something is missing', async () => {
    const alone = (rest: string) =>
      `list: [{symbol: uma_kegs, link: uk_link, inside: {member: uk_zones, link: uz_link}, keys: {zone: uz_name}, type: counter, ${rest}}]`;
    for (const [config, compared] of [
      // Of three zones of this name the first is published.
      [alone('members: [uz_fails]'), 34],
      [alone('duplicates: nth, members: [uz_fails]'), 37],
      // Without what the caches have counted.
      [alone('duplicates: nth, members: [uz_allocs, uz_sleeps]'), 37],
    ] as const) {
      const simulated = await Simulated.open('amd64-14,cpus=2', config);
      try {
        const { comparisons } = await verify(simulated.kernel, simulated.scraper);
        assert.ok(comparisons.every(({ agrees }) => agrees));
        assert.equal(comparisons.length, compared, config);
      } finally {
        await simulated.close();
      }
    }
  });

  it('says what it could not compare', async () => {
    const simulated = await Simulated.open(
      'amd64-14,cpus=2',
      'counters: [{symbol: sim_early}, {symbol: sim_rest}, {symbol: dothits}]\nzpcpu: [{symbol: sim_zpcpu, fields: [bytes]}]',
    );
    try {
      const { comparisons, unchecked } = await verify(simulated.kernel, simulated.scraper);
      assert.deepEqual(
        comparisons.map(({ counter }) => counter),
        ['dothits'],
      );
      assert.deepEqual(unchecked, [
        { counter: 'sim_early', why: 'it could not be read' },
        { counter: 'sim_rest', why: 'no sysctl tells it' },
        { counter: 'sim_zpcpu.bytes', why: 'no sysctl tells it' },
      ]);
    } finally {
      await simulated.close();
    }
  });
});
