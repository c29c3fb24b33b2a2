/** malloc(9)'s types: the list tells what kern.malloc_stats tells, on every simulated kernel. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { profileNames } from '../../../src/simulator/spec.js';
import { withLookout, type Lookout } from '../lookout.js';

interface Type {
  readonly name: string;
  /** Eight words of each CPU id. */
  readonly statistics: readonly Buffer[];
}

function walk(look: Lookout): Type[] {
  const isOld = look.kernel.sysctls.text('kern.osrelease').startsWith('12');
  return look.list(look.symbol('kmemstatistics'), look.offset('malloc_type', 'ks_next')).map((type) => {
    const statistics = isOld
      ? look.word(type + look.offset('malloc_type', 'ks_handle')) + look.offset('malloc_type_internal', 'mti_stats')
      : type + look.offset('malloc_type', 'ks_mti.mti_stats');
    const pointer = look.word(statistics);
    return {
      name: look.text(look.word(type + look.offset('malloc_type', 'ks_shortdesc'))),
      statistics: Array.from({ length: look.image.maxId + 1 }, (_, cpu) => look.bytes(look.copy(pointer, cpu), 64)),
    };
  });
}

/** As libmemstat(3) reads it. */
function stream(bytes: Buffer): { maxcpus: number; types: Type[] } {
  const [version, maxcpus, count] = [0, 4, 8].map((at) => bytes.readUInt32LE(at)) as [number, number, number];
  assert.equal(version, 1);
  assert.equal(bytes.length, 16 + count * (32 + 64 * maxcpus));
  const types = Array.from({ length: count }, (_, nth) => {
    const at = 16 + nth * (32 + 64 * maxcpus);
    return {
      name: bytes.toString('latin1', at, bytes.indexOf(0, at)),
      statistics: Array.from({ length: maxcpus }, (__, cpu) => bytes.subarray(at + 32 + 64 * cpu, at + 96 + 64 * cpu)),
    };
  });
  return { maxcpus, types };
}

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
      const deadline = performance.now() + 5000;
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
