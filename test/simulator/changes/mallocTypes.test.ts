/** Malloc types that come and go: the list and the sysctls follow, and memory is poisoned and used again. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fingerprint } from '../../../src/simulator/changes/elementFingerprint.js';
import { addMallocType, mallocColumns, removeMallocType } from '../../../src/simulator/changes/mallocTypes.js';
import { profileNames } from '../../../src/simulator/spec.js';
import { withLookout, type Lookout } from '../lookout.js';
import { toldMallocTypes, walkMallocTypes } from '../memory/mallocWalk.js';
import { untilTicked } from '../ticks.js';

function names(look: Lookout): string[] {
  const found = walkMallocTypes(look);
  const told = toldMallocTypes(look.sysctl('kern.malloc_stats')).types;
  assert.deepEqual(
    told.map(({ name, statistics }) => ({ name, statistics: statistics.slice(0, look.image.maxId + 1) })),
    found,
  );
  assert.equal(look.kernel.sysctls.unsigned('kern.malloc_count'), BigInt(found.length));
  return found.map(({ name }) => name);
}

for (const profile of profileNames) {
  describe(profile, () => {
    it('adds types that hold their fingerprints, and gives the memory of one that has gone to the next', async () => {
      await withLookout(`${profile},cpus=3,absent=1`, (look) => {
        const { image } = look;
        const before = names(look);
        const first = addMallocType(image, 'first');
        assert.deepEqual(names(look), ['first', ...before]);
        const { statistics } = walkMallocTypes(look)[0]!;
        for (const [nth, column] of mallocColumns.entries()) {
          const sum = statistics.reduce((total, words) => total + words.readBigUInt64LE(8 * nth), 0n);
          assert.equal(sum, fingerprint('first', column), column);
        }
        assert.deepEqual(statistics[1], Buffer.alloc(64));
        removeMallocType(image, 'first');
        assert.deepEqual(names(look), before);
        assert.equal(look.int(first), 0xdeadc0de);
        assert.equal(addMallocType(image, 'second'), first, 'the memory of the first');
        assert.equal(names(look)[0], 'second');
        removeMallocType(image, first);

        // One that is there from the start, from the middle of the list; and as many as there is room for.
        removeMallocType(image, 'socket');
        assert.deepEqual(
          names(look),
          before.filter((name) => name !== 'socket'),
        );
        for (let nth = 0; nth < 25; nth++) addMallocType(image, `more ${nth}`);
        assert.throws(() => addMallocType(image, 'too many'), /no memory left for another mallocType/);
        assert.throws(() => {
          removeMallocType(image, 'socket');
        }, /no malloc type socket/);
        assert.equal(names(look).length, before.length - 1 + 25);
      });
    });
  });
}

it('ends what the workload did to a type that has gone', async () => {
  await withLookout(
    'amd64-14,cpus=2',
    async (look) => {
      const { image } = look;
      const cell = look.symbol('kmemstatistics');
      let type = look.word(cell);
      while (look.text(look.word(type + look.offset('malloc_type', 'ks_shortdesc'))) !== 'temp') type = look.word(type);
      const item = look.copy(look.word(type + look.offset('malloc_type', 'ks_mti.mti_stats')));
      removeMallocType(image, 'temp');
      await untilTicked(image);
      addMallocType(image, 'in its place');
      await untilTicked(image);
      assert.equal(
        look.word(item) + look.word(look.copy(item - image.bias, 1)),
        fingerprint('in its place', 'mts_memalloced'),
      );
    },
    'believable',
  );
});
