import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { profileNames } from '../../src/simulator/spec.js';
import { verify } from '../../src/verify/verify.js';
import { Simulated } from '../support/simulated.js';

const packs = 'packs: [tcp, udp, ip, icmp, arp, ip6, icmp6, vm, namecache, buf, vnode]';

describe('verify', () => {
  for (const profile of profileNames) {
    it(`finds every value that a sysctl tells between two looks at it, while all move: ${profile}`, async (context) => {
      const simulated = await Simulated.open(`${profile},cpus=4`, packs, 'believable');
      try {
        // The workload moves them some twelve times a second: look until it does so between two looks at the sysctls.
        let moved = false;
        for (let round = 0; round < 300 && !moved; round++) {
          const { comparisons } = await verify(simulated.kernel, simulated.scraper);
          assert.deepEqual(
            comparisons.filter(({ agrees }) => !agrees),
            [],
          );
          moved = comparisons.some(({ before, after }) => before !== after);
        }
        assert.ok(moved);
        const { comparisons, unchecked } = await verify(simulated.kernel, simulated.scraper);
        assert.ok(comparisons.length >= 250, `${comparisons.length} compared`);
        context.diagnostic(`${comparisons.length} values compared, ${unchecked.length} not`);
      } finally {
        await simulated.close();
      }
    });
  }

  it('finds a sysctl and a counter that differ by one, and no other', async () => {
    const simulated = await Simulated.open('amd64-14,cpus=2', packs);
    try {
      simulated.image.lie('net.inet.tcp.stats', 1n, 5);
      simulated.image.lie('vm.stats.vm.v_wire_count', -1n);
      const { comparisons } = await verify(simulated.kernel, simulated.scraper);
      const wrong = comparisons.filter(({ agrees }) => !agrees);
      assert.deepEqual(wrong.map(({ counter }) => counter).sort(), ['tcpstat.tcps_minmssdrops', 'vm_cnt.v_wire_count']);
    } finally {
      await simulated.close();
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
