/** Covers: config/packs/epoch.yaml, and changes/epochs.ts: what waits in each epoch on each CPU, also while epochs come and go. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EpochChanges, pendingOf } from '../../../src/simulator/changes/epochs.js';
import { Random } from '../../../src/simulator/memory/random.js';
import { profileOf } from '../../../src/simulator/profiles.js';
import { profileNames } from '../../../src/simulator/spec.js';
import type { Snapshot } from '../../../src/snapshots/snapshot.js';
import { verify } from '../../../src/truth/verify.js';
import { beforeReads } from '../../support/kernelCalls.js';
import { rowsOf, Simulated } from '../../support/simulated.js';

const PACK = 'packs: [{pack: epoch, cpu: both}]';
const ROUNDS = 150;
const NAMES = ['a', 'b', 'c', 'd'];

/** Of each epoch that is published, by its labels, the sum and what each CPU has. */
function pendingIn(snapshot: Snapshot): [labels: string, sum: bigint, parts: bigint[]][] {
  const values = rowsOf(snapshot);
  return snapshot.layout.rows.flatMap(({ labels }, row): [string, bigint, bigint[]][] => {
    const value = values[row];
    if (labels.length === 0 || value === undefined) return [];
    return [[labels.map(({ name, value: own }) => `${name}=${own}`).join(), value.sum, value.parts]];
  });
}

describe('the pack epoch', () => {
  for (const profile of profileNames) {
    it(`tells what kern.epoch.stats does, and of each epoch what waits on each CPU: ${profile}`, async () => {
      const simulated = await Simulated.open(`${profile},cpus=3,absent=1`, PACK);
      try {
        const { scraper, kernel, image } = simulated;
        const { comparisons } = await verify(kernel, scraper);
        assert.deepEqual([comparisons.length, comparisons.filter(({ agrees }) => !agrees)], [6, []]);
        const hasList = profileOf(profile).release > 12;
        assert.deepEqual(
          pendingIn(await scraper.read()).map(([labels]) => labels),
          hasList ? ['epoch=Global', 'epoch=Global preemptible', 'epoch=Net preemptible'] : [],
        );
        if (!hasList) return;
        const epochs = new EpochChanges(image);
        for (let nth = 0; nth < 2; nth++) assert.equal(epochs.add('twice', `twice ${nth}`), 3 + nth);
        const found = pendingIn(await scraper.read()).slice(3);
        assert.deepEqual(
          found.map(([labels, , parts]) => [labels, parts]),
          ['epoch=twice', 'epoch=twice,nth=2'].map((labels, nth) => [
            labels,
            scraper.layout.cpus.map((cpu) => BigInt(pendingOf(`twice ${nth}`, cpu))),
          ]),
        );
        for (const [, sum, parts] of found)
          assert.equal(
            sum,
            parts.reduce((total, part) => total + part),
          );
        epochs.remove(3);
        // What was the second stays that.
        assert.deepEqual(
          pendingIn(await scraper.read())
            .slice(3)
            .map(([labels]) => labels),
          ['epoch=twice,nth=2'],
        );
      } finally {
        await simulated.close();
      }
    });
  }

  for (const profile of ['amd64-14', 'arm64-15'] as const) {
    it(`has no value under another's name, nor a name twice, while epochs come and go between any two reads: ${profile}`, async (test) => {
      const simulated = await Simulated.open(`${profile},cpus=2`, PACK);
      const random = new Random(Number(process.env['LIST_SEED'] ?? Date.now() % 1_000_000_007));
      const below = (limit: number): number => random.bits() % limit;
      try {
        const { scraper, image, kernel } = simulated;
        const epochs = new EpochChanges(image);
        const lives = new Map<string, { name: string; slot: number; died: number }>();
        let now = 0;
        /** When the read began that is under way. */
        let begin = 0;
        const change = (): void => {
          const living = [...lives].filter(([, { died }]) => died === Infinity);
          const one = living[below(Math.max(1, living.length))];
          if (one === undefined || (living.length < 20 && below(2) === 0)) {
            // Nothing tells one from the one before it in the same slot, with the same record and name.
            const last = [...lives.values()].at(-1)?.name;
            const gone = [...lives.values()]
              .filter(({ died }) => died < Infinity && died >= begin)
              .map(({ name }) => name);
            const name = NAMES.find((other) => other !== last && !gone.includes(other)) ?? `e${now}`;
            const mark = `life ${now}`;
            lives.set(mark, { name, slot: epochs.add(name, mark), died: Infinity });
          } else {
            epochs.remove(one[1].slot);
            one[1].died = now;
          }
          now++;
        };
        const atBoot = new Set(['Global', 'Global preemptible', 'Net preemptible']);
        let published = 0;
        for (let round = 0; round < ROUNDS; round++) {
          for (let changes = below(4); changes > 0; changes--) change();
          const start = (begin = now);
          let often = [0, 5, 30, 100][below(4)]!;
          const stop = beforeReads(kernel, () => {
            if (below(100) < often) change();
            // No kernel does that for ever.
            often = Math.max(0, often - 1);
          });
          const found = pendingIn(await scraper.read());
          stop();
          const labels = found.map(([own]) => own);
          assert.equal(new Set(labels).size, labels.length, labels.join('; '));
          const possible = new Map(
            [...lives]
              .filter(([, { died }]) => died >= start)
              .map(([mark, { name }]) => [scraper.layout.cpus.map((cpu) => pendingOf(mark, cpu)).join(), name]),
          );
          for (const [own, sum, parts] of found) {
            const name = /^epoch=([^,]*)/.exec(own)![1]!;
            if (atBoot.has(name)) continue;
            assert.equal(possible.get(parts.join()), name, `${own}: ${parts.join()}`);
            assert.equal(
              sum,
              parts.reduce((total, part) => total + part),
            );
            published++;
          }
        }
        test.diagnostic(`${published} values published, ${now} changes`);
        assert.ok(published > ROUNDS);
      } finally {
        await simulated.close();
      }
    });
  }
});
