/** The exporter's metrics about itself: what it is, what it reads, and whether that worked. By prom-client, but for what each read tells. */
import { Gauge, Registry } from 'prom-client';
import type { OwnFamily, OwnMetrics } from '../exposition/ownFamilies.js';
import type { Facts } from '../kernel/facts.js';
import type { ProvenReader } from '../kernel/reader.js';
import { runtime } from '../release.js';
import type { ReadReport } from '../snapshots/snapshot.js';
import { familiesOf, type OtherMetrics } from './families.js';
import { ListFamilies } from './listFamilies.js';
import { ReadFamilies, type KeptDocument } from './readFamilies.js';

const PREFIX = 'kcounter_exporter_';

/** What changes only when something comes, goes or fails. */
type Statuses = Pick<ReadReport, 'symbols' | 'groups'>;

/** What these metrics are about. */
export interface OwnMetricsParts {
  readonly version: string;
  readonly facts: Facts;
  /** As in Kernel. */
  readonly bootTime: () => number | undefined;
  readonly reader: Pick<ProvenReader, 'reader' | 'reason'>;
  /** Metrics that outlive a config. */
  readonly others: readonly OtherMetrics[];
  /** Those that change between any two reads: they come first, so that the others can be kept as they were rendered. */
  readonly changing?: readonly OtherMetrics[];
  /** Undefined for scrapes. */
  readonly kept?: KeptDocument | undefined;
}

/** Of one config: a reload begins with new ones, so that nothing of the old config is left in them. */
export class ExporterMetrics implements OwnMetrics {
  private readonly registry = new Registry();
  /** Of Statuses. */
  private readonly symbolRegistry = new Registry();
  private readonly symbolUp = new Gauge({
    name: `${PREFIX}symbol_up`,
    help: 'Whether everything that the config wants of a kernel symbol could be read (1) or not (0).',
    labelNames: ['symbol', 'optional'],
    registers: [this.symbolRegistry],
  });
  private readonly layoutInfo = new Gauge({
    name: `${PREFIX}layout_info`,
    help: "By what it is known where a symbol's values lie: the kernel's types (ctf), a layout or the config's offsets, and what proves it.",
    labelNames: ['symbol', 'source', 'proof'],
    registers: [this.symbolRegistry],
  });
  /** There is no duration of a group: what lies side by side in memory is read together, whatever group it belongs to. */
  private readonly groupSuccess = new Gauge({
    name: `${PREFIX}group_success`,
    help: 'Whether nothing is wrong with a pack or config file (1) or something is (0): a symbol is down that must not be, or nothing is read of those that the kernel has.',
    labelNames: ['group'],
    registers: [this.symbolRegistry],
  });
  private readonly groupSeries = new Gauge({
    name: `${PREFIX}group_series`,
    help: 'Kernel series that the last read gave of a pack or config file.',
    labelNames: ['group'],
    registers: [this.symbolRegistry],
  });
  private readonly read: ReadFamilies;
  private readonly lists: ListFamilies;
  private readonly others: readonly OtherMetrics[];
  private readonly changing: readonly OtherMetrics[];
  /** What was told last besides what each read tells: part by part, and all together. */
  private parts: readonly (readonly OwnFamily[])[] = [];
  private lasting: readonly OwnFamily[] = [];
  /** They never change. */
  private readonly infos: Promise<readonly OwnFamily[]>;
  private shown: { readonly of: Statuses; readonly families: Promise<readonly OwnFamily[]> } | undefined;

  constructor({ version, facts, bootTime, reader, others, changing = [], kept }: OwnMetricsParts) {
    this.others = others;
    this.changing = changing;
    this.read = new ReadFamilies(facts, bootTime, kept);
    this.lists = new ListFamilies(kept);
    if (kept?.textfile !== undefined) {
      for (const registry of [this.registry, this.symbolRegistry]) {
        registry.setDefaultLabels({ textfile: kept.textfile });
      }
    }
    this.info('build_info', 'The exporter and the JavaScript engine that runs it.', {
      version,
      runtime,
    });
    this.info('kernel_info', 'The kernel that is read.', {
      kernel: facts.origin,
      release: facts.release,
      osreldate: String(facts.osreldate),
      machine: facts.machineArch,
    });
    this.info('reader_info', 'How per-CPU memory is read, and why so.', {
      reader: reader.reader,
      reason: reader.reason,
    });
    this.infos = familiesOf(this.registry);
  }

  async families(report: ReadReport): Promise<readonly OwnFamily[]> {
    const parts = await Promise.all([
      this.infos,
      this.symbolFamilies(report),
      ...this.others.map((metrics) => metrics.families()),
    ]);
    if (parts.some((part, index) => part !== this.parts[index])) {
      this.parts = parts;
      this.lasting = parts.flat();
    }
    const changing = await Promise.all(this.changing.map((metrics) => metrics.families()));
    return [...this.read.of(report), ...this.lists.of(report.lists), ...changing.flat(), ...this.lasting];
  }

  private symbolFamilies({ symbols, groups }: Statuses): Promise<readonly OwnFamily[]> {
    if (this.shown?.of.symbols !== symbols || this.shown.of.groups !== groups) {
      for (const gauge of [this.symbolUp, this.layoutInfo, this.groupSuccess, this.groupSeries]) gauge.reset();
      for (const { symbol, optional, up, bases } of symbols) {
        this.symbolUp.set({ symbol, optional: String(optional) }, up ? 1 : 0);
        for (const { source, proof } of bases) this.layoutInfo.set({ symbol, source, proof }, 1);
      }
      for (const { group, isGood, series } of groups) {
        this.groupSuccess.set({ group }, isGood ? 1 : 0);
        this.groupSeries.set({ group }, series);
      }
      this.shown = { of: { symbols, groups }, families: familiesOf(this.symbolRegistry) };
    }
    return this.shown.families;
  }

  private info(name: string, help: string, labels: Readonly<Record<string, string>>): void {
    new Gauge({
      name: PREFIX + name,
      help,
      labelNames: Object.keys(labels),
      registers: [this.registry],
    }).set(labels, 1);
  }
}
