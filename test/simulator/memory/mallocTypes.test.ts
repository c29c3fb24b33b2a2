/** malloc(9)'s types: the list tells what kern.malloc_stats tells, on every simulated kernel. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { profileNames } from '../../../src/simulator/spec.js';
import { PATIENCE_MS } from '../../support/until.js';
import { withLookout } from '../lookout.js';
import { toldMallocTypes as stream, walkMallocTypes as walk } from './mallocWalk.js';

for (const profile of profileNames) {
  describe(profile, () => {
    it('tells the same of malloc types by its list and by its sysctls', async () => {
      await withLookout(`${profile},cpus=3,absent=1`, (look) => {
        const found = walk(look);
        const { maxcpus, types } = stream(look.sysctl('kern.malloc_stats'));
        assert.equal(maxcpus, Number(look.kernel.sysctls.unsigned('kern.smp.maxcpus')));
        assert.equal(look.kernel.sysctls.unsigned('kern.malloc_count'), BigInt(found.length));
        assert.equal(look.int(look.symbol('kmemcount')), found.length);
        assert.deepEqual(
          types.map(({ name }) => name),
          found.map(({ name }) => name),
        );
        for (const [nth, { name, statistics }] of found.entries()) {
          for (const [cpu, words] of statistics.entries())
            assert.deepEqual(types[nth]!.statistics[cpu], words, `${name} on CPU ${cpu}`);
          assert.ok(types[nth]!.statistics.slice(4).every((words) => words.equals(Buffer.alloc(64))));
          const sum = (at: number): bigint =>
            statistics.reduce((total, words) => total + words.readBigUInt64LE(at), 0n);
          assert.ok(sum(0) >= sum(8) && sum(16) >= sum(24), name);
        }
        const names = found.map(({ name }) => name);
        assert.equal(names.length, 40);
        assert.equal(names.filter((name) => name === 'linux').length, 2);
        assert.ok(names.includes('sim "odd\\ name" \xe9'));
      });
    });
  });
}

it('has as many malloc types as it is told to, and none', async () => {
  for (const count of [0, 3, 1000]) {
    await withLookout(`amd64-14,cpus=2,malloctypes=${count}`, (look) => {
      const names = walk(look).map(({ name }) => name);
      assert.equal(names.length, count);
      assert.equal(look.sysctl('kern.malloc_stats').length, 16 + count * (32 + 64 * 256));
      if (count === 3) assert.deepEqual(names, ['mbuf_tag', 'temp', 'devbuf']);
    });
  }
});

it('tells of now, and lies when told to', async () => {
  await withLookout(
    'arm64-14,cpus=2',
    (look) => {
      const temp = (): bigint => {
        const { statistics } = stream(look.sysctl('kern.malloc_stats')).types.find(({ name }) => name === 'temp')!;
        return statistics.reduce((total, words) => total + words.readBigUInt64LE(0), 0n);
      };
      const walked = (): bigint =>
        walk(look)
          .find(({ name }) => name === 'temp')!
          .statistics.reduce((total, words) => total + words.readBigUInt64LE(0), 0n);
      const deadline = performance.now() + PATIENCE_MS;
      const first = temp();
      while (temp() === first) assert.ok(performance.now() < deadline, 'temp moves');
      for (let round = 0; round < 50; round++) {
        const low = temp();
        const sum = walked();
        assert.ok(low <= sum && sum <= temp());
      }
    },
    'believable',
  );
  await withLookout('amd64-13,cpus=2', (look) => {
    const before = look.sysctl('kern.malloc_stats');
    look.image.lie('kern.malloc_stats', 5n, 6);
    const lie = look.sysctl('kern.malloc_stats');
    assert.equal(lie.readBigUInt64LE(48), before.readBigUInt64LE(48) + 5n);
  });
});
