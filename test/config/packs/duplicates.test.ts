/**
 * Covers: config/packs/uma.yaml and malloc.yaml where several elements have one name, and come and go as those of jails and modules do: the
 * series of one that lives is always there, is always its own, and never goes back.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fingerprint } from '../../../src/simulator/changes/elementFingerprint.js';
import { addMallocType, removeMallocType } from '../../../src/simulator/changes/mallocTypes.js';
import { createZone, destroyZone } from '../../../src/simulator/changes/umaZones.js';
import type { ImageFile } from '../../../src/simulator/image.js';
import { Random } from '../../../src/simulator/memory/random.js';
import { publishedIn, seriesName } from '../../support/published.js';
import { configOf, Simulated } from '../../support/simulated.js';
import { startScraper } from '../../../src/service/scraper.js';

const ROUNDS = 60;
const MOST = 5;
const NAME = 'of a jail';

interface Kind {
  readonly pack: string;
  /** The counter that tells whose a series is, and what it is published as. */
  readonly column: string;
  readonly metric: string;
  readonly label: string;
  add(image: ImageFile, mark: string): bigint;
  remove(image: ImageFile, at: bigint): void;
}

const kinds: readonly Kind[] = [
  {
    pack: 'uma',
    column: 'uz_fails',
    metric: 'uma_allocation_failures',
    label: 'zone',
    add: (image, mark) => createZone(image, NAME, { mark }),
    remove: destroyZone,
  },
  {
    pack: 'malloc',
    column: 'mts_numallocs',
    metric: 'malloc_allocations',
    label: 'type',
    add: (image, mark) => addMallocType(image, NAME, mark),
    remove: removeMallocType,
  },
];

/** By the value of each series of that name, which tells whose it is, the series' name. */
async function seriesOf(
  { scraper }: Pick<Simulated, 'scraper'>,
  { metric, label }: Kind,
): Promise<Map<bigint, string>> {
  const published = publishedIn(await scraper.read()).filter(
    (each) => each.labels[label] === NAME && seriesName(each).startsWith(`${metric}{`),
  );
  return new Map(published.map((each) => [each.value, seriesName(each)]));
}

describe('elements with the same name', () => {
  for (const kind of kinds) {
    it(`keep their series while others come and go: ${kind.pack}`, async () => {
      const simulated = await Simulated.open('amd64-14,cpus=2', `packs: [${kind.pack}]`);
      try {
        const { image, kernel } = simulated;
        const random = new Random(7);
        const living = new Map<string, { readonly at: bigint; series?: string }>();
        const taken = new Map<string, string>();
        const host = `${kind.metric}{${kind.label}=${NAME}}`;
        let marks = 0;
        let { scraper } = simulated;
        const add = (): void => {
          const mark = `element ${marks++}`;
          living.set(mark, { at: kind.add(image, mark) });
        };
        const remove = (): void => {
          const [mark, { at }] = [...living][1 + Math.floor(random.between(0, living.size - 1))]!;
          kind.remove(image, at);
          living.delete(mark);
        };
        add();
        for (let round = 0; round < ROUNDS; round++) {
          // Not both: what takes the place of another between two reads cannot be told from it.
          const isRemoving = living.size === MOST || (living.size > 1 && round % 2 === 0);
          for (let changes = Math.floor(random.between(0, 3)); changes > 0; changes--) {
            if (!isRemoving && living.size < MOST) add();
            if (isRemoving && living.size > 1) remove();
          }
          // A file is loaded, and the config is loaded anew.
          if (round % 7 === 3) image.loadModule('carp');
          if (round % 7 === 6) image.unloadModule('carp');
          if (round % 10 === 9) scraper = startScraper(kernel, configOf(`packs: [${kind.pack}]`), { before: scraper });

          const now = await seriesOf({ scraper }, kind);
          assert.equal(now.size, living.size);
          for (const [mark, life] of living) {
            const series = now.get(fingerprint(mark, kind.column));
            assert.ok(series !== undefined, `round ${round}: nothing of ${mark}`);
            assert.equal(life.series ?? series, series, `round ${round}: ${mark} is another now`);
            life.series = series;
            const first = taken.get(series) ?? mark;
            assert.equal(first, mark, `round ${round}: ${series} was that of ${first}`);
            taken.set(series, mark);
          }
          assert.equal(living.get('element 0')!.series, host, 'the ordinary series is that of the oldest');
        }
        assert.ok(taken.size > MOST);
      } finally {
        await simulated.close();
      }
    });
  }
});
