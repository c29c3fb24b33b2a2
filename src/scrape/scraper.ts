/** Runs one read of the kernel after another: what is planned, read, gathered and told of each. */
import type { Config } from '../config/model.js';
import type { KernelAddress, ZpcpuPointer } from '../kernel/address.js';
import type { Kernel, RunningKernel } from '../kernel/kernel.js';
import type { ProvenReader } from '../kernel/reader.js';
import type { FollowerTally } from '../plan/instances/instance.js';
import { partOfLayout, type SeriesLayout } from '../plan/layout.js';
import { KernelKnowledge, Planner } from '../plan/planner.js';
import type { ReadCost } from '../plan/readCost.js';
import type { ReadPlan } from '../plan/readPlan.js';
import { isResolved, type Walks } from '../plan/resolution.js';
import type { LayoutSource } from '../plan/layoutSource.js';
import { Pacer } from '../snapshots/pacer.js';
import { ITEM_OK } from '../snapshots/itemStates.js';
import type { GroupStatus } from '../snapshots/groupStatus.js';
import type { Snapshot, SnapshotSource } from '../snapshots/snapshot.js';
import type { SymbolStatus } from '../snapshots/symbolStatus.js';
import { describeLists } from '../snapshots/listStatus.js';
import { SymbolWatch, type OnGroupChange, type OnSymbolChange } from '../snapshots/symbolWatch.js';
import { methodFor, Reading, type ReadingTools } from './reading.js';
import { CountersSeen, SinceBoot } from './sinceBoot.js';

/** How a kernel is read, found out before anything of it is published. */
export interface ScrapeParts {
  readonly kernel: Kernel & Partial<Pick<RunningKernel, 'sysctls'>>;
  readonly config: Config;
  /** Proven right, as the config wants it. */
  readonly reader: ProvenReader;
  readonly cost: ReadCost;
  readonly layouts: LayoutSource;
}

/** Some rows of a layout, which are read apart from the others. */
export interface PartReading extends Pick<Snapshot, 'layout' | 'words' | 'states' | 'origins'> {
  /** As Reading has it, for a row. */
  pointerTo(row: number): ZpcpuPointer | undefined;
  /** Overwrites the words and states. */
  read(): Promise<void>;
}

/** What the scraper of a new config takes over from the one before. Both may be in use for a while, so they share it. */
class History {
  reads = 0;
  readonly counters = new CountersSeen();
  readonly watch: SymbolWatch;

  constructor(
    readonly knowledge: KernelKnowledge,
    onChange: OnSymbolChange,
    onGroupChange: OnGroupChange,
  ) {
    this.watch = new SymbolWatch(onChange, onGroupChange);
  }
}

/** Who knows which counters must not be published although they can be read. */
export interface Judge {
  /**
   * Marks what is to be left out of a read.
   * @param states as in Snapshot: what is `ok` may become `withdrawn`
   * @param failures for each item that does, why
   */
  withdraw(layout: SeriesLayout, states: Uint8Array, failures: Map<number, string>): void;
}

export interface ScraperOptions {
  /** Undefined where all that can be read is published. */
  readonly judge?: Judge | undefined;
  /** Told of symbols that come up or go down; nobody where another scraper was before, which has its own. */
  readonly onChange?: OnSymbolChange;
  /** The same for groups that give nothing. */
  readonly onGroupChange?: OnGroupChange;
  /** The file of the kernel's types where it is not the one that the kernel names. */
  readonly kernelPath?: string | undefined;
  /** The scraper that this one takes the place of: what it knew of symbols stays known, and goes on being told. */
  readonly before?: Scraper | undefined;
}

export class Scraper implements SnapshotSource {
  readonly reader: ProvenReader;
  private readonly kernel: Kernel;
  private readonly tools: ReadingTools;
  private readonly planner: Planner;
  private reading: Reading;
  private readonly history: History;
  private readonly sinceBoot: SinceBoot;
  private readonly judge: Judge | undefined;

  constructor({ kernel, config, reader, cost, layouts }: ScrapeParts, options: ScraperOptions = {}) {
    const { onChange = () => undefined, onGroupChange = () => undefined, kernelPath, before, judge } = options;
    this.kernel = kernel;
    this.reader = reader;
    this.judge = judge;
    this.history =
      before?.history ?? new History(new KernelKnowledge(kernel.modules, layouts, kernelPath), onChange, onGroupChange);
    this.sinceBoot = new SinceBoot(kernel.facts, this.history.counters, before?.sinceBoot);
    this.tools = { kernel, reader, cost, choice: config.reader };
    const sumsAlone = methodFor(this.tools) === 'calls';
    this.planner = new Planner(kernel, config, this.history.knowledge, performance.now(), sumsAlone);
    this.reading = new Reading(this.tools, this.planner.layout);
  }

  /** How many reads are done, by this scraper and those whose place it took. */
  get reads(): number {
    return this.history.reads;
  }

  /** The series that are published now. */
  get layout(): SeriesLayout {
    return this.reading.layout;
  }

  /** What the last read did; undefined before the first. */
  get plan(): ReadPlan | undefined {
    return this.reading.plan;
  }

  /** By entry, of those whose instances come and go, what the last read left out. */
  get tallies(): ReadonlyMap<number, FollowerTally> {
    return this.planner.resolution.tallies;
  }

  /** What finding the instances took for the last read. */
  get walks(): Walks {
    return this.planner.resolution.walks;
  }

  /** The state of every symbol after the last read; empty before the first. */
  get symbols(): readonly SymbolStatus[] {
    return this.history.watch.seenBy(this).symbols;
  }

  /** The same of every group. */
  get groups(): readonly GroupStatus[] {
    return this.history.watch.seenBy(this).groups;
  }

  /** Where each symbol lies that was found: one address, or for DPCPU one for each CPU. They tell KASLR's slide, so they are shown to nobody. */
  get addresses(): ReadonlyMap<string, readonly KernelAddress[]> {
    const { entries } = this.layout;
    return new Map(
      this.planner.resolution.entries.flatMap((found, entry) => {
        if (!isResolved(found)) return [];
        const addresses = found.flatMap(({ where: { cells, copies } }) => [
          ...(cells === undefined ? [] : [cells]),
          ...(copies?.values() ?? []),
        ]);
        return [[entries[entry]?.symbol ?? '', addresses] as const];
      }),
    );
  }

  /** Reads everything once. The next call overwrites the values; calls must not overlap. Throws KvmError where no memory can be read at all. */
  async read(allParts = true): Promise<Snapshot> {
    const start = performance.now();
    const takenAt = Date.now();
    const { memory } = this.kernel;
    const { reads, bytes } = memory.traffic;
    const pacer = new Pacer();
    await this.planner.prepare(pacer);
    this.planner.refresh(start);
    if (pacer.due()) await pacer.rest();
    const { layout, resolution } = this.planner;
    if (this.reading.layout !== layout) this.reading = new Reading(this.tools, layout);
    const { reading } = this;
    await reading.read(resolution, pacer, allParts);
    const { words, states, failures } = reading;
    this.judge?.withdraw(layout, states, failures);
    if (!states.includes(ITEM_OK)) this.requireMemory();
    const { symbols, groups } = this.history.watch.look(this, { layout, resolution, states, failures }, takenAt);
    const report = {
      sequence: ++this.history.reads,
      takenAt,
      clock: performance.timeOrigin + start,
      generation: resolution.version,
      durationSeconds: (performance.now() - start) / 1000,
      reads: memory.traffic.reads - reads,
      bytes: memory.traffic.bytes - bytes,
      series: groups.reduce((sum, { series }) => sum + series, 0),
      symbols,
      groups,
      lists: describeLists(layout, resolution, states),
    };
    const sinceBoot = this.sinceBoot.look(layout, resolution.entries, words, states);
    return { layout, words, areSumsAlone: !allParts, states, sinceBoot, origins: reading.origins, report };
  }

  /**
   * What reads some of the rows again, in the way in which all are read for publication, but for no snapshot: neither it nor read() may begin
   * before the other is over. Of use until the layout is another one.
   */
  readingOf(rows: readonly number[]): PartReading {
    const layout = partOfLayout(this.layout, rows);
    const reading = new Reading(this.tools, layout);
    return {
      layout,
      words: reading.words,
      states: reading.states,
      get origins() {
        return reading.origins;
      },
      pointerTo: (row) => reading.pointerTo(layout.itemOf[row] ?? -1),
      read: () => reading.read(this.planner.resolution, new Pacer()),
    };
  }

  /** Throws KvmError where not even the counter of the self-test can be read: then it is not the symbols that are at fault. */
  private requireMemory(): void {
    const { layout, probe } = this.reader;
    this.kernel.memory.read(layout.copy(probe, 0), new BigUint64Array(1));
  }
}
