/**
 * Things of a simulated kernel that come and go between any two reads of one scrape, and in the middle of them, while some of the reads fail. What is
 * published must be of one that was there during the scrape, under its own labels. A seed that failed is run again with LIST_SEED, and for longer
 * with LIST_ROUNDS.
 */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { KvmError } from '../../src/kernel/errors.js';
import type { Snapshot } from '../../src/snapshots/snapshot.js';
import { Faults } from '../torture/faults.js';
import { installHook } from '../torture/hook.js';
import { Random } from '../torture/random.js';
import type { Simulated } from './simulated.js';

const seed = Number(process.env['LIST_SEED'] ?? Date.now() % 1_000_000_007);
/**
 * Of 100 calls, how many something changes before or in the middle of; in a round, and less with each change: no kernel does that for ever. These and
 * FAILING take turns, so that each has met each of the other after 16 rounds.
 */
const OFTEN = [0, 2, 10, 40];
/** Reads that fail, in a round. */
const FAILING = [0, 0.002, 0.005, 0.04];
/** Reads that are torn in two. */
const TORN = 0.1;
/** Milliseconds from one scrape to the next, and until one for which all is looked up again that could not be. */
const PAUSE = { usual: 1000, long: 60_000 };

export type Life<Own> = Own & { died: number };

/** A value that was found to be of a life, under its labels. */
export interface Owned<Own> {
  readonly series: string;
  readonly life: Life<Own>;
}

export interface Comings<Own> {
  /** Of them at once: the more there are, the sooner one goes. */
  readonly most: number;
  readonly come: (changing: ComeAndGo<Own>) => Own;
  readonly go: (own: Own) => void;
  /** What else changes now and then. */
  readonly besides?: (changing: ComeAndGo<Own>) => void;
  /**
   * Whose the values of a snapshot are; of those that were there from the start none. Fails where one is nobody's, or not under his labels.
   * @param told which round that is
   */
  readonly ownersIn: (snapshot: Snapshot, changing: ComeAndGo<Own>, told: string) => readonly Owned<Own>[];
}

export class ComeAndGo<Own> {
  /** Those that were there at some time since the scrape began, the oldest first. */
  lives: Life<Own>[] = [];
  /** Changes until now. */
  now = 0;
  private readonly random = new Random(seed);

  constructor(
    private readonly simulated: Simulated,
    private readonly comings: Comings<Own>,
  ) {}

  /** From 0 up to, not including, `limit`. */
  readonly below = (limit: number): number => this.random.below(limit);

  get living(): Life<Own>[] {
    return this.lives.filter(({ died }) => died === Infinity);
  }

  /** Those that went during the scrape: nobody could tell one from another that is alike, and has its memory. */
  get justGone(): Life<Own>[] {
    return this.lives.filter(({ died }) => died < Infinity);
  }

  async run(test: TestContext, least: number): Promise<void> {
    const rounds = Number(process.env['LIST_ROUNDS'] ?? least);
    test.diagnostic(`LIST_SEED=${seed}`);
    const { scraper, simulator } = this.simulated;
    let clock = 0;
    test.mock.method(performance, 'now', () => clock);
    await scraper.read();
    const faults = new Faults(this.random, { pass: () => undefined });
    let published = 0;
    let failed = 0;
    for (let round = 0; round < rounds; round++) {
      const told = `LIST_SEED=${seed}, round ${round}`;
      for (let several = this.below(4); several > 0; several--) this.change();
      this.beginScrape();
      clock += PAUSE.usual;
      let often = OFTEN[round % OFTEN.length]!;
      const rates = {
        reading: FAILING[Math.floor(round / OFTEN.length) % FAILING.length]!,
        lookingUp: 0,
        delays: TORN,
      };
      const stop = installHook(simulator.source.library, (call, _address, length, phase) => {
        if (phase !== 'after' && this.below(100) < often) {
          this.change();
          often--;
        }
        return phase === 'before' ? faults.choose(call, length, rates) : undefined;
      });
      faults.begin();
      const snapshot = await scraper.read().catch(refused).finally(stop);
      failed += faults.reading;
      if (snapshot !== undefined) published += this.check(snapshot, told).length;
      if (round % 8 < 7) continue;
      // Nothing changes: those that took another's place are left out once.
      clock += PAUSE.long;
      await scraper.read();
      this.beginScrape();
      const found = new Set(this.check(await scraper.read(), told).map(({ life }) => life));
      assert.deepEqual(
        this.living.filter((life) => !found.has(life)),
        [],
        `${told}: missing at rest`,
      );
    }
    test.diagnostic(`${published} values published, ${this.now} changes, ${failed} reads failed`);
    assert.ok(published > rounds && failed > 0);
  }

  private change(): void {
    const { comings } = this;
    this.now++;
    if (comings.besides !== undefined && this.below(40) === 0) {
      comings.besides(this);
      return;
    }
    const { living } = this;
    if (this.below(comings.most) < living.length) {
      const life = this.random.pick(living);
      comings.go(life);
      life.died = this.now;
    } else this.lives.push({ ...comings.come(this), died: Infinity });
  }

  private beginScrape(): void {
    this.lives = this.living;
  }

  private check(snapshot: Snapshot, told: string): readonly Owned<Own>[] {
    const owned = this.comings.ownersIn(snapshot, this, told);
    const series = owned.map((one) => one.series);
    assert.equal(new Set(series).size, series.length, `${told}: ${series.join('; ')}`);
    return owned;
  }
}

/** A scrape fails as a whole where the kernel cannot be read when it begins. */
function refused(error: unknown): undefined {
  if (!(error instanceof KvmError)) throw error;
}
