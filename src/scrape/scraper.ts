/** Runs one read of the kernel after another into one snapshot. It allocates when pointers move, and next to nothing otherwise. */
import type { Config } from '../config/model.js';
import { kernelAddress } from '../kvm/address.js';
import type { Kernel } from '../kvm/kernel.js';
import { chooseReader, type SelfTestResult } from '../kvm/selfTest.js';
import { measureReadCost } from '../plan/readCost.js';
import { Resolution } from '../plan/resolution.js';
import { layOutSeries, type SeriesLayout } from '../plan/series.js';
import { CellReader } from './cellReader.js';
import type { CopyReader, CopyTable } from './copyReader.js';
import { Gatherer } from './gather.js';
import { LibkvmReader } from './libkvmReader.js';
import { Pacer } from './pacer.js';
import { SlabReader } from './slabReader.js';
import { ITEM_OK, itemStates, type Snapshot } from './snapshot.js';
import { describeSymbols, type SymbolStatus } from './symbolStatus.js';

const UNRESOLVED = itemStates.indexOf('unresolved');
const COPIES_UNREADABLE = itemStates.indexOf('copies-unreadable');

export class Scraper {
  readonly layout: SeriesLayout;
  readonly selfTest: SelfTestResult;
  private readonly resolution: Resolution;
  private readonly cells: CellReader;
  private readonly copies: CopyReader;
  private readonly gatherer: Gatherer;
  private readonly snapshot: Snapshot;
  private readonly failures = new Map<number, string>();
  private table: CopyTable | undefined;
  private plannedVersion = -1;
  /** What the symbols' state was last made of, and what was made. */
  private described:
    | {
        readonly states: Uint8Array;
        readonly version: number;
        readonly symbols: readonly SymbolStatus[];
        readonly series: number;
      }
    | undefined;

  /**
   * @param onChange told of every symbol that came up or went down, and at first of every one that is down
   * @throws KvmError where no reader gives this kernel's numbers
   */
  constructor(
    private readonly kernel: Kernel,
    config: Config,
    private readonly onChange: (status: SymbolStatus) => void,
  ) {
    const { facts } = kernel;
    this.selfTest = chooseReader(kernel, config.reader);
    const zpcpu = this.selfTest.layout;
    const probe = zpcpu.copy(this.selfTest.probe, 0);
    const cost = measureReadCost(kernel, kernelAddress(probe - (probe % BigInt(facts.pageSize))));
    this.layout = layOutSeries(config.entries, facts.cpus);
    this.resolution = new Resolution(kernel, config.entries, Date.now());
    this.cells = new CellReader(kernel, this.layout, zpcpu, cost);
    // Call by call is slow, and there for who wants nothing but libkvm's own arithmetic.
    const callByCall = config.reader === 'libkvm' || !this.selfTest.layoutAgrees;
    this.copies = callByCall
      ? new LibkvmReader(kernel, this.layout)
      : new SlabReader(kernel, this.layout, zpcpu, cost, this.selfTest.reader === 'libkvm');
    this.gatherer = new Gatherer(this.layout, facts.maxId);
    this.snapshot = {
      layout: this.layout,
      words: new Uint32Array(2 * this.layout.rows.length * (facts.cpus.length + 1)),
      states: new Uint8Array(this.layout.items.length),
      report: { sequence: 0, takenAt: 0, durationSeconds: 0, reads: 0, bytes: 0, series: 0, symbols: [] },
    };
  }

  /** The state of every symbol after the last read; empty before the first. */
  get symbols(): readonly SymbolStatus[] {
    return this.snapshot.report.symbols;
  }

  /** Reads everything once. The snapshot is one object that the next call fills again; calls must not overlap. */
  async take(): Promise<Snapshot> {
    const { snapshot, kernel } = this;
    const pacer = new Pacer();
    const start = performance.now();
    const { reads, bytes } = kernel.traffic;
    const takenAt = Date.now();
    this.failures.clear();

    this.resolution.refresh(takenAt);
    let moved = this.table === undefined;
    if (this.resolution.version !== this.plannedVersion) {
      this.plannedVersion = this.resolution.version;
      this.cells.prepare(this.resolution.entries);
      moved = true;
    }
    if (this.cells.read(this.resolution.entries)) moved = true;
    if (moved) this.table = this.copies.prepare(this.resolution.entries, this.cells.pointers);
    snapshot.states.set(this.cells.states);
    for (const [item, reason] of this.cells.failures) this.failures.set(item, reason);
    const onFailure = (item: number, error: Error): void => {
      snapshot.states[item] = COPIES_UNREADABLE;
      this.failures.set(item, error.message);
    };
    await this.copies.read(onFailure, pacer);
    this.refuseUnloaded();
    await this.gatherer.gather(this.table!, snapshot, pacer);

    this.describe(takenAt);
    snapshot.report = {
      sequence: snapshot.report.sequence + 1,
      takenAt,
      durationSeconds: (performance.now() - start) / 1000,
      reads: kernel.traffic.reads - reads,
      bytes: kernel.traffic.bytes - bytes,
      series: this.described!.series,
      symbols: this.described!.symbols,
    };
    return snapshot;
  }

  /** What was read while a module went away may be anybody's memory. */
  private refuseUnloaded(): void {
    const gone = new Set(this.resolution.dropUnloaded());
    if (gone.size === 0) return;
    this.layout.items.forEach(({ entry }, item) => {
      if (gone.has(entry)) this.snapshot.states[item] = UNRESOLVED;
    });
  }

  /** Looks at the symbols' state where anything changed since the last read. */
  private describe(now: number): void {
    const { states } = this.snapshot;
    const { version } = this.resolution;
    if (this.described?.version === version && Buffer.compare(states, this.described.states) === 0) return;
    const before = this.described?.symbols ?? [];
    const symbols = describeSymbols(this.layout, this.resolution.entries, states, this.failures, before, now);
    this.described = { states: states.slice(), version, symbols, series: countSeries(this.layout, states) };
    const wasUp = new Map(before.map(({ symbol, up }) => [symbol, up]));
    for (const status of symbols) if (status.up !== (wasUp.get(status.symbol) ?? true)) this.onChange(status);
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
