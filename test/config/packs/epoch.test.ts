/** Covers: config/packs/epoch.yaml, and changes/epochs.ts: what waits in each epoch on each CPU, also while epochs come and go. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EpochChanges, pendingOf } from '../../../src/simulator/changes/epochs.js';
import { profileOf } from '../../../src/simulator/profiles.js';
import { profileNames } from '../../../src/simulator/spec.js';
import type { Snapshot } from '../../../src/snapshots/snapshot.js';
import { verify } from '../../../src/truth/verify.js';
import { ComeAndGo } from '../../support/comeAndGo.js';
import { rowsOf, Simulated } from '../../support/simulated.js';

const PACK = 'packs: [{pack: epoch, cpu: both}]';
const ROUNDS = 48;
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
      try {
        const { scraper, image } = simulated;
        const epochs = new EpochChanges(image);
        const atBoot = new Set(['Global', 'Global preemptible', 'Net preemptible']);
        const changing = new ComeAndGo<{ name: string; slot: number; pending: string }>(simulated, {
          most: 20,
          come: ({ now, justGone }) => {
            const name = NAMES.find((other) => !justGone.some((gone) => gone.name === other)) ?? `e${now}`;
            const mark = `life ${now}`;
            const pending = scraper.layout.cpus.map((cpu) => pendingOf(mark, cpu)).join();
            return { name, slot: epochs.add(name, mark), pending };
          },
          go: ({ slot }) => {
            epochs.remove(slot);
          },
          ownersIn: (snapshot, { lives }, told) => {
            const byPending = new Map(lives.map((life) => [life.pending, life]));
            return pendingIn(snapshot).flatMap(([series, sum, parts]) => {
              const name = /^epoch=([^,]*)/.exec(series)![1]!;
              if (atBoot.has(name)) return [];
              const life = byPending.get(parts.join());
              assert.equal(life?.name, name, `${told}, ${series}: ${parts.join()}`);
              assert.equal(
                sum,
                parts.reduce((total, part) => total + part),
              );
              return [{ series, life: life }];
            });
          },
        });
        await changing.run(test, ROUNDS);
      } finally {
        await simulated.close();
      }
    });
  }
});
