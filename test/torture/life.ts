/** One kernel from its boot on, and one exporter that reads it while it is tortured: some hundred scrapes, each compared with the truth. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { openmetrics } from '../../src/exposition/formats/openmetrics.js';
import { openmetrics2 } from '../../src/exposition/formats/openmetrics2.js';
import { text } from '../../src/exposition/formats/text.js';
import { publish } from '../../src/service/publication.js';
import { loadConfig } from '../../src/config/load.js';
import type { Publisher } from '../../src/exposition/publisher.js';
import { KvmError } from '../../src/kernel/errors.js';
import { openLiveKernel } from '../../src/kernel/live/liveKernel.js';
import type { Scraper } from '../../src/scrape/scraper.js';
import { startScraper } from '../../src/service/scraper.js';
import type { NativeFiles } from '../../src/simulator/build.js';
import { profileNames, type ProfileName } from '../../src/simulator/profiles.js';
import type { SimulatorSpec } from '../../src/simulator/spec.js';
import { TruthWatch } from '../../src/truth/watch.js';
import { makeCatalog } from './catalog.js';
import { Clocks } from './clock.js';
import { Faults, type FaultRates } from './faults.js';
import { installHook, type CallName } from './hook.js';
import { Mutators, type Unrest } from './mutators.js';
import { Oracle, type Finding, type Window } from './oracle.js';
import { Random } from './random.js';
import { World } from './world.js';

/** Milliseconds from one scrape to the next. */
const INTERVAL = 15_000;
/** Milliseconds by which a symbol is looked for again at the latest, after it could not be looked up. */
const LONGEST_PAUSE = 60_000;

export interface Failure extends Finding {
  readonly life: number;
  readonly scrape: number;
  readonly trace: readonly string[];
}

export interface LifeResult {
  readonly scrapes: number;
  /** Scrapes that got an error instead of a document. */
  readonly refused: number;
  readonly compared: number;
  readonly skipped: number;
  /** Proofs of counters that were decided. */
  readonly proofs: number;
  readonly injected: ReadonlyMap<string, number>;
  readonly failures: readonly Failure[];
}

/** Events that are told of the scrapes before a failure. */
const PAST_EVENTS = 12;

/** Of the faults of a scrape so many are told. */
const FAULTS_TOLD = 4;

/** What a run can be confined to, to see what alone brings a failure about. */
export const hazards = [
  'reading',
  'lookingUp',
  'delays',
  'bindings',
  'modules',
  'files',
  'clocks',
  'pages',
  'reloads',
] as const;
export type Hazard = (typeof hazards)[number];

/** A scrape in which nothing fails, and one in which much does. */
const CALM: FaultRates = { reading: 0, lookingUp: 0, delays: 0.05 };
const QUIET: Unrest = { values: 0.4, bindings: 0, modules: 0, files: 0, clocks: 0.01 };

/** What happens in one scrape. */
interface Weather {
  readonly rates: FaultRates;
  readonly unrest: Unrest;
  readonly badPages: number;
}

export class Life {
  private readonly random: Random;
  private readonly clocks = new Clocks();
  private readonly failures: Failure[] = [];
  private refused = 0;
  /** When looking up failed last, and the time before. */
  private lookUpFailed = -Infinity;
  private lookUpFailedBefore = -Infinity;
  /** What went wrong in the hook itself, through which no error gets. */
  private readonly hookErrors: Error[] = [];
  private description = '';
  /** The symbols that are down, with the exporter's own reasons. */
  private down: () => string[] = () => [];
  /** What happened in the scrapes before, but for what always happens. */
  private past: string[] = [];

  constructor(
    private readonly seed: number,
    private readonly life: number,
    private readonly profile: ProfileName | undefined,
    /** The hazards that may come about; undefined for all. */
    private readonly hazards: readonly Hazard[] | undefined,
  ) {
    this.random = new Random(seed, life);
  }

  async run(native: NativeFiles, scrapes: number): Promise<LifeResult> {
    const { random } = this;
    const spec = this.spec();
    const reader =
      spec.profile.startsWith('arm64') || spec.absent.length > 0 ? 'auto' : random.pick(['auto', 'libkvm', 'direct']);
    this.description = `${spec.profile},cpus=${spec.cpus},absent=${spec.absent.join('+')} reader ${reader}`;
    const catalog = makeCatalog(random, spec, reader);
    this.clocks.install();
    const world = new World(spec, native, new Random(this.seed, this.life, 'world'));
    try {
      const faults = new Faults(new Random(this.seed, this.life, 'faults'), this.clocks);
      const mutators = new Mutators(
        world,
        this.clocks,
        new Random(this.seed, this.life, 'mutators'),
        catalog.published,
      );
      const oracle = new Oracle(world, catalog.published);
      const file = join(world.dir, 'torture.yaml');
      writeFileSync(file, `version: 1\n${catalog.yaml}`);
      const config = loadConfig([file]);
      const kernel = openLiveKernel(world.source);
      try {
        const withdrawn: string[] = [];
        const judge = new TruthWatch(
          kernel,
          ({ counter, verdict, reason }) => {
            if (verdict !== 'good' && verdict !== 'suspect') withdrawn.push(`${counter} is ${verdict}: ${reason}`);
          },
          { allows: () => true, charge: () => undefined, pass: () => undefined },
        );
        let scraper = this.withReadCost(native, () => startScraper(kernel, config, { judge }));
        let { publisher, snapshots } = publish({ config, kernel, scraper });
        this.down = () => scraper.symbols.flatMap(({ symbol, up, reason }) => (up ? [] : [`${symbol}: ${reason}`]));
        for (let scrape = 0; scrape < scrapes; scrape++) {
          if (random.chance(0.02) && (this.hazards?.includes('reloads') ?? true)) {
            // As SIGHUP does it; the file says the same.
            snapshots.stop();
            scraper = startScraper(kernel, config, { before: scraper, judge });
            ({ publisher, snapshots } = publish({ config, kernel, scraper }));
            this.past.push(`scrape ${scrape}: config loaded again`);
          }
          const weather = this.weather();
          await this.scrapeOnce(scrape, native, world, publisher, faults, mutators, oracle, weather);
          await this.prove(native, scraper, judge, faults, mutators, weather);
          for (const text of withdrawn.splice(0))
            this.fail(scrape, { verdict: 'withdrawn wrongly', text }, mutators.trace);
        }
        snapshots.stop();
        return {
          scrapes,
          refused: this.refused,
          compared: oracle.compared,
          skipped: oracle.skipped,
          proofs: sumOf(judge.report.checks),
          injected: new Map([...faults.counts, ...mutators.counts]),
          failures: this.failures,
        };
      } finally {
        kernel.close();
      }
    } finally {
      world.close();
      this.clocks.remove();
    }
  }

  /** What a read costs decides which reads are merged, so that each life has its own price. */
  private withReadCost<T>(native: NativeFiles, work: () => T): T {
    const call = this.random.pick([0.0002, 0.001, 0.01]);
    const byte = this.random.pick([1e-8, 1e-6, 1e-5]);
    const remove = installHook(native.library, (name, _address, length, phase) => {
      if (name === 'read' && phase === 'before') this.clocks.pass(call + byte * length);
      return undefined;
    });
    try {
      return work();
    } finally {
      remove();
    }
  }

  private spec(): SimulatorSpec {
    const { random } = this;
    const profile = this.profile ?? profileNames[this.life % profileNames.length]!;
    const cpus = 1 + random.below(5);
    const absent = cpus > 2 && random.chance(0.3) ? [1] : [];
    const network = { interfaces: 8, jails: 1, spare: 16, vnets: 0 };
    return { profile, cpus, counters: 6 + random.below(10), absent, types: 'all', ...network };
  }

  /** What is to happen in a scrape: half of them are calm. */
  private weather(): Weather {
    const { random } = this;
    if (random.chance(0.5)) return { rates: CALM, unrest: QUIET, badPages: 0 };
    const some = (hazard: Hazard, chance: number, rate: number): number =>
      random.chance(chance) && (this.hazards?.includes(hazard) ?? true) ? rate : 0;
    return {
      rates: {
        reading: some('reading', 0.4, random.pick([0.02, 0.2])),
        lookingUp: some('lookingUp', 0.15, random.pick([0.05, 0.3])),
        delays: some('delays', 0.6, 0.3),
      },
      unrest: {
        values: 0.7,
        bindings: some('bindings', 0.4, 0.02),
        modules: some('modules', 0.3, 0.5),
        files: some('files', 0.1, 0.5),
        clocks: some('clocks', 0.1, 0.5),
      },
      badPages: some('pages', 0.15, 1),
    };
  }

  private async scrapeOnce(
    scrape: number,
    native: NativeFiles,
    world: World,
    publisher: Publisher,
    faults: Faults,
    mutators: Mutators,
    oracle: Oracle,
    { rates, unrest, badPages }: Weather,
  ): Promise<void> {
    const { random, clocks } = this;
    clocks.pass(INTERVAL);
    world.history.forget();
    mutators.begin(scrape);
    faults.begin();
    if (random.chance(0.3)) mutators.heal();
    mutators.disturb(unrest, false);
    const restore = badPages > 0 ? this.spoilPages(world, mutators) : () => undefined;
    // What happened up to here has happened before the read.
    mutators.moved = false;
    const from = world.history.time;
    const asked = new Set<CallName>();
    const remove = installHook(native.library, (call, address, length, phase) => {
      try {
        asked.add(call);
        const range = call === 'read' ? { from: address, to: address + BigInt(length) } : undefined;
        mutators.disturb(unrest, true, range);
        return phase === 'before' ? faults.choose(call, length, rates) : undefined;
      } catch (error) {
        this.hookErrors.push(error as Error);
        return undefined;
      }
    });
    let text: string | undefined;
    let refusal: unknown;
    try {
      text = await documentText(publisher, random);
    } catch (error) {
      refusal = error;
    } finally {
      remove();
      restore();
    }
    const [broken] = this.hookErrors;
    if (broken !== undefined) throw broken;
    const failed = faults.reading + faults.lookingUp + badPages > 0;
    if (faults.lookingUp > 0 || (failed && asked.has('nlist'))) {
      this.lookUpFailedBefore = this.lookUpFailed;
      this.lookUpFailed = clocks.now;
    }
    const isClean = !failed && !mutators.moved;
    const window: Window = { from, to: world.history.time, isClean, lookUps: this.lookUps() };
    const events = [...faults.trace.slice(0, FAULTS_TOLD), ...mutators.trace].filter(
      (line) => !/counted|pointer set|torn|zeroing|2\^64|wrapped|word zeroed/.test(line),
    );
    const trace = [...this.past, ...events.map((line) => `scrape ${scrape}: ${line}`)];
    this.past = trace.slice(-PAST_EVENTS);
    if (text === undefined) {
      this.refused++;
      if (isClean) this.fail(scrape, { verdict: 'not back with the next scrape', text: String(refusal) }, trace);
      return;
    }
    for (const finding of oracle.check(text, window)) this.fail(scrape, finding, trace);
  }

  /** What follows a scrape: counters are proven, in the same weather. Symbols do not get lost here, which would be a matter of the next scrape. */
  private async prove(
    native: NativeFiles,
    scraper: Scraper,
    judge: TruthWatch,
    faults: Faults,
    mutators: Mutators,
    { rates, unrest }: Weather,
  ): Promise<void> {
    const isKept = { ...rates, lookingUp: 0 };
    const remove = installHook(native.library, (call, address, length, phase) => {
      try {
        const range = call === 'read' ? { from: address, to: address + BigInt(length) } : undefined;
        mutators.disturb(unrest, true, range);
        if (phase !== 'before') return undefined;
        return faults.choose(call, length, call === 'sysctl' ? rates : isKept);
      } catch (error) {
        this.hookErrors.push(error as Error);
        return undefined;
      }
    });
    try {
      const snapshot = await scraper.read();
      await judge.turn(scraper, snapshot, 1, () => false);
    } catch (error) {
      if (!(error instanceof KvmError)) throw error;
    } finally {
      remove();
    }
    const [broken] = this.hookErrors;
    if (broken !== undefined) throw broken;
  }

  private lookUps(): Window['lookUps'] {
    const age = this.clocks.now - this.lookUpFailed;
    if (age > LONGEST_PAUSE + INTERVAL + 1000) return 'none';
    const wasAlone = this.lookUpFailed - this.lookUpFailedBefore > 2 * LONGEST_PAUSE;
    return wasAlone && age < 2 * INTERVAL ? 'next' : 'pausing';
  }

  /** Takes a page of per-CPU copies away, until the function that is returned is called. */
  private spoilPages(world: World, mutators: Mutators): () => void {
    const binding = this.random.pick(world.all);
    if (binding.current === undefined) return () => undefined;
    const address = world.wordAt(binding.current, this.random.pick(world.present), 0);
    const page = address - (address % BigInt(world.pageSize));
    world.image.unmap(page, world.pageSize);
    mutators.trace.push(`page ${page.toString(16)} unmapped (${binding.symbol})`);
    mutators.counts.set('page unmapped', (mutators.counts.get('page unmapped') ?? 0) + 1);
    return () => {
      world.image.map(page, world.pageSize);
    };
  }

  private fail(scrape: number, finding: Finding, trace: readonly string[]): void {
    this.failures.push({
      ...finding,
      text: `${finding.text} (${this.description})`,
      life: this.life,
      scrape,
      trace: [...trace, ...this.down()],
    });
  }
}

function sumOf(checks: Readonly<Record<string, number>>): number {
  return Object.values(checks).reduce((sum, count) => sum + count, 0);
}

/** The document in one of the forms that scrapers ask for. */
async function documentText(publisher: Publisher, random: Random): Promise<string> {
  // Doubles do not tell all digits.
  const format = random.chance(0.3) ? random.pick([openmetrics, openmetrics2]) : text;
  const { chunks, isGzip, release } = await publisher.document(format, { takesGzip: random.chance(0.3) });
  try {
    const bytes = Buffer.concat(chunks);
    // Since when a counter counts is another test's matter.
    return (isGzip ? gunzipSync(bytes) : bytes).toString().replaceAll(/ st@[\d.]+$/gm, '');
  } finally {
    release();
  }
}
