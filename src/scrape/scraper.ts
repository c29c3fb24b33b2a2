/** Runs one read of the kernel after another, and lays the series out anew when the kernel's files are no longer the same. */
import { FamilyNames } from '../config/familyNames.js';
import type { Config } from '../config/model.js';
import { kernelAddress, type KernelAddress } from '../kernel/address.js';
import type { Kernel } from '../kernel/live/kernel.js';
import { chooseReader, type SelfTestResult } from '../kernel/live/selfTest.js';
import { SymbolResolver } from '../kernel/live/symbols.js';
import { KvmError } from '../kernel/errors.js';
import { LoadGenerations } from '../kernel/live/loadGenerations.js';
import { Expander } from '../plan/expand.js';
import { measureReadCost } from '../plan/readCost.js';
import { ModuleFiles } from '../plan/moduleFiles.js';
import { ProvenShapes } from '../plan/provenShapes.js';
import { Retry } from '../plan/retry.js';
import { isTarget, loadsOf } from '../plan/resolution.js';
import { layOutSeries, type SeriesLayout } from '../plan/series.js';
import { TypeSource } from '../plan/typeSource.js';
import { Pacer } from '../snapshots/pacer.js';
import { Reading, type ReadingMeans } from './reading.js';
import { SinceBoot } from './sinceBoot.js';
import { ITEM_OK, type Snapshot } from '../snapshots/snapshot.js';
import { describeSymbols, isFault, type SymbolStatus } from '../snapshots/symbolStatus.js';

/** What the scraper of a new config takes over from the one before. Both may be in use for a while, so they share it. */
interface History {
  reads: number;
  symbols: readonly SymbolStatus[];
  /** The symbols that were up in some read. */
  readonly everUp: Set<string>;
  /** As SinceBoot has it. */
  readonly zeroed: Set<string>;
  /** What is known of the kernel itself, whatever the config asks of it. */
  readonly generations: LoadGenerations;
  readonly proven: ProvenShapes;
  readonly modules: ModuleFiles;
}

export class Scraper {
  readonly selfTest: SelfTestResult;
  private readonly means: ReadingMeans;
  private reading: Reading;
  /** True where something of the layout could not be found out that may be known later. */
  private incomplete = false;
  private readonly retry = new Retry();
  private readonly history: History;
  private readonly sinceBoot: SinceBoot | undefined;
  /** What the symbols' state was last made of, and what was made. */
  private described:
    | {
        readonly reading: Reading;
        readonly states: Uint8Array;
        readonly version: number;
        readonly symbols: readonly SymbolStatus[];
        readonly series: number;
      }
    | undefined;

  /**
   * @param onChange told of every symbol that came up, went down or is down for another kind of reason, and at first of every one that is
   *   down; and whether it was up in a read before
   * @param kernelPath the file of the kernel's types where it is not the one of kern.bootfile
   * @param before the scraper that this one takes the place of: what it knew of symbols stays known
   * @throws KvmError where no reader gives this kernel's numbers
   */
  constructor(
    private readonly kernel: Kernel,
    private readonly config: Config,
    private readonly onChange: (status: SymbolStatus, wasUpBefore: boolean) => void,
    private readonly kernelPath?: string,
    before?: Scraper,
  ) {
    this.history = before?.history ?? {
      reads: 0,
      symbols: [],
      everUp: new Set(),
      zeroed: new Set(),
      generations: new LoadGenerations(kernel),
      proven: new ProvenShapes(),
      modules: new ModuleFiles(kernel),
    };
    this.sinceBoot = config.created ? new SinceBoot(this.history.zeroed) : undefined;
    this.selfTest = chooseReader(kernel, config.reader);
    const probe = this.selfTest.layout.copy(this.selfTest.probe, 0);
    const cost = measureReadCost(kernel, kernelAddress(probe - (probe % BigInt(kernel.facts.pageSize))));
    const resolver = new SymbolResolver(kernel, this.history.generations);
    this.means = { kernel, resolver, selfTest: this.selfTest, cost, reader: config.reader };
    this.reading = this.layOut(performance.now());
  }

  /** How many reads are done, by this scraper and those whose place it took. */
  get reads(): number {
    return this.history.reads;
  }

  /** The series that are published now. */
  get layout(): SeriesLayout {
    return this.reading.layout;
  }

  /** The state of every symbol after the last read; empty before the first. */
  get symbols(): readonly SymbolStatus[] {
    return this.described?.symbols ?? [];
  }

  /** Where each symbol lies that was found: one address, or for DPCPU one for each CPU. They tell KASLR's slide, so they are shown to nobody. */
  get addresses(): ReadonlyMap<string, readonly KernelAddress[]> {
    const { layout, resolution } = this.reading;
    return new Map(
      resolution.entries.flatMap((found, entry) => {
        if (!isTarget(found)) return [];
        const addresses = typeof found.address === 'bigint' ? [found.address] : [...found.address.values()];
        return [[layout.entries[entry]!.symbol, addresses] as const];
      }),
    );
  }

  /** Reads everything once. The next call overwrites the values; calls must not overlap. */
  async take(): Promise<Snapshot> {
    const start = performance.now();
    const takenAt = Date.now();
    const { reads, bytes } = this.kernel.traffic;
    // With a file, types and so names and offsets may have come or gone.
    if (this.reading.resolution.refresh(start)) this.reading = this.layOut(start);
    else if (this.incomplete && this.retry.isDue(start)) this.completeLayout(start);
    await this.reading.read(new Pacer());
    if (!this.reading.states.includes(ITEM_OK)) this.requireMemory();
    const { symbols, series } = this.describe(takenAt);
    const { layout, words, states } = this.reading;
    const report = {
      sequence: ++this.history.reads,
      takenAt,
      clock: performance.timeOrigin + start,
      durationSeconds: (performance.now() - start) / 1000,
      reads: this.kernel.traffic.reads - reads,
      bytes: this.kernel.traffic.bytes - bytes,
      series,
      symbols,
    };
    const sinceBoot = this.sinceBoot?.look(layout, this.reading.resolution.entries, words, states);
    return { layout, words, states, sinceBoot, report };
  }

  /** Throws KvmError where not even the counter of the self-test can be read: then it is not the symbols that are at fault. */
  private requireMemory(): void {
    const { layout, probe } = this.selfTest;
    this.kernel.read(layout.copy(probe, 0), new BigUint64Array(1));
  }

  /** Asks again for what could not be found out, and takes the answers where there are any. */
  private completeLayout(now: number): void {
    this.retry.tried(now);
    const reading = this.layOut(now);
    if (outline(reading.layout) !== outline(this.reading.layout)) this.reading = reading;
    if (!this.incomplete) this.retry.succeeded();
  }

  private layOut(now: number): Reading {
    // What is expanded is resolved for reading, too.
    return this.means.resolver.once(() => this.expandAndResolve(now));
  }

  private expandAndResolve(now: number): Reading {
    const { generations, proven, modules } = this.history;
    const types = new TypeSource(this.kernel, this.kernelPath, modules);
    // Before anything is looked up.
    const loads = seeModules(types, generations, modules);
    const expander = new Expander(this.means.resolver, types, FamilyNames.of(this.config), proven);
    const expansions = this.config.entries.map((entry) => expander.expand(entry));
    this.incomplete = expander.incomplete || loads === undefined;
    const entries = expansions.map(({ entry }) => entry);
    const faults = expansions.map(({ fault }) => fault);
    return new Reading(this.means, layOutSeries(entries, this.kernel.facts.cpus, faults), now, loads);
  }

  /** Looks at the symbols' state where anything changed since the last read. */
  private describe(now: number): { symbols: readonly SymbolStatus[]; series: number } {
    const { reading, described } = this;
    const { layout, states, failures } = reading;
    const { version, entries } = reading.resolution;
    const unchanged =
      described?.reading === reading && described.version === version && Buffer.compare(states, described.states) === 0;
    if (unchanged) return described;
    const before = this.history.symbols;
    const symbols = describeSymbols(layout, entries, states, failures, before, now);
    this.described = { reading, states: states.slice(), version, symbols, series: countSeries(layout, states) };
    this.history.symbols = symbols;
    const statusBefore = new Map(before.map((status) => [status.symbol, status]));
    for (const status of symbols) {
      const { symbol, up } = status;
      const previous = statusBefore.get(symbol);
      if (up !== (previous?.up ?? true) || (previous !== undefined && isFault(status) !== isFault(previous))) {
        this.onChange(status, this.history.everUp.has(symbol));
      }
      if (up) this.history.everUp.add(symbol);
    }
    return this.described;
  }
}

/** The same for two layouts that publish the same and miss the same for the same reasons. */
function outline({ entries, faults }: SeriesLayout): string {
  return entries.map(({ fields }, entry) => `${fields.length} ${faults[entry]?.reason ?? ''}`).join('\n');
}

/** Which loads of which files there are, as loadsOf() tells it; undefined where that can't be told now. */
function seeModules(types: TypeSource, generations: LoadGenerations, modules: ModuleFiles): string | undefined {
  try {
    types.countLoads(generations);
    const loads = generations.look();
    modules.see(loads);
    return loadsOf(loads);
  } catch (error) {
    if (!(error instanceof KvmError)) throw error;
    return undefined;
  }
}

/** How many series are published where the items are in these states. */
function countSeries({ families, rows, cpus }: SeriesLayout, states: Uint8Array): number {
  let series = 0;
  for (const { family, from, to } of families) {
    const each = (family.cpu === 'per_cpu' ? 0 : 1) + (family.cpu === 'sum' ? 0 : cpus.length);
    for (let row = from; row < to; row++) if (states[rows[row]!.item] === ITEM_OK) series += each;
  }
  return series;
}
