/** The exporter's metrics about itself, by prom-client: what it is, what it reads, and whether that worked. */
import { Counter, Gauge, Registry } from 'prom-client';
import type { KernelFacts } from '../kernel/live/kernel.js';
import type { SelfTestResult } from '../kernel/live/selfTest.js';
import type { ReadReport } from '../snapshots/snapshot.js';
import { isFault, type SymbolStatus } from '../snapshots/symbolStatus.js';

const PREFIX = 'kcounter_exporter_';

/** Metrics that outlive a config, in text format 0.0.4. */
export interface OtherMetrics {
  render(): Promise<string>;
}

/** What a document is made for, where that is no scrape. */
export interface KeptDocument {
  /** The name of the textfile that it is written to; undefined where it is printed. */
  readonly textfile: string | undefined;
}

/** Of one config: a reload begins with new ones, so that nothing of the old config is left in them. */
export class OwnMetrics {
  private readonly registry = new Registry();
  /** What changes with the symbols' state only: rendered when that changes, since there may be hundreds of lines. */
  private readonly symbolRegistry = new Registry();
  private readonly symbolUp = new Gauge({
    name: `${PREFIX}symbol_up`,
    help: 'Whether everything that the config wants of a kernel symbol could be read (1) or not (0).',
    labelNames: ['symbol', 'optional'],
    registers: [this.symbolRegistry],
  });
  /** There is no duration of a group: what lies side by side in memory is read together, whatever group it belongs to. */
  private readonly groupSuccess = new Gauge({
    name: `${PREFIX}group_success`,
    help: 'Whether every symbol of a pack or config file that is not optional could be read (1) or not (0).',
    labelNames: ['group'],
    registers: [this.symbolRegistry],
  });
  private readonly symbols = this.gauge('symbols', 'Kernel symbols in the config.');
  private readonly series = this.gauge(
    'series',
    'Kernel series that the last read gave, whether or not a scrape asks for all.',
  );
  private readonly cpus = this.gauge('cpus', 'CPUs that exist, each with its own part of every counter.');
  private readonly duration = this.gauge('scrape_duration_seconds', 'Time that the last read of the kernel took.');
  private readonly readCalls = this.gauge('scrape_reads', 'Calls into libkvm that the last read of the kernel made.');
  private readonly readBytes = this.gauge('scrape_read_bytes', 'Memory that the last read of the kernel copied.');
  private readonly reads = new Counter({
    name: `${PREFIX}kernel_reads_total`,
    help: 'Reads of the kernel since the start, however many scrapes shared each.',
    registers: [this.registry],
  });
  private shown: { readonly symbols: readonly SymbolStatus[]; readonly text: Promise<string> } | undefined;
  private sequenceShown = 0;
  private readonly tellAge: (report: ReadReport) => void;

  /**
   * @param kept where documents are kept, and read at any time after they were made: they tell when the read was, since its age would be
   *   wrong a second later; and what lies in a textfile names it in a label, or the files of one folder would clash
   */
  constructor(
    version: string,
    facts: KernelFacts,
    selfTest: SelfTestResult,
    private readonly others: readonly OtherMetrics[],
    kept?: KeptDocument,
  ) {
    const { textfile } = kept ?? {};
    if (textfile !== undefined) {
      for (const registry of [this.registry, this.symbolRegistry]) registry.setDefaultLabels({ textfile });
    }
    if (kept === undefined) {
      const age = this.gauge('snapshot_age_seconds', 'Time since the read that this scrape shows began.');
      // Not by the time of day, which may be set back.
      this.tellAge = ({ clock }) => {
        age.set((performance.timeOrigin + performance.now() - clock) / 1000);
      };
    } else {
      const at = this.gauge('snapshot_timestamp_seconds', 'When the read that this document shows began.');
      this.tellAge = ({ takenAt }) => {
        at.set(takenAt / 1000);
      };
    }
    this.info('build_info', 'The exporter and the JavaScript engine that runs it.', {
      version,
      runtime:
        process.versions['bun'] === undefined ? `node ${process.versions.node}` : `bun ${process.versions['bun']}`,
    });
    this.info('kernel_info', 'The kernel that is read.', {
      kernel: facts.origin,
      release: facts.release,
      osreldate: String(facts.osreldate),
      machine: facts.machineArch,
    });
    this.info('reader_info', 'How per-CPU memory is read, and why so.', {
      reader: selfTest.reader,
      reason: selfTest.reason,
    });
    this.cpus.set(facts.cpus.length);
  }

  /** Text format 0.0.4. */
  async render(report: ReadReport): Promise<string> {
    this.symbols.set(report.symbols.length);
    this.series.set(report.series);
    this.duration.set(report.durationSeconds);
    this.tellAge(report);
    this.readCalls.set(report.reads);
    this.readBytes.set(report.bytes);
    this.reads.inc(Math.max(0, report.sequence - this.sequenceShown));
    this.sequenceShown = Math.max(report.sequence, this.sequenceShown);
    const parts = await Promise.all([
      this.registry.metrics(),
      this.symbolText(report.symbols),
      ...this.others.map((metrics) => metrics.render()),
    ]);
    return parts.join('\n');
  }

  private symbolText(symbols: readonly SymbolStatus[]): Promise<string> {
    if (this.shown?.symbols !== symbols) {
      this.symbolUp.reset();
      const faulty = new Map<string, boolean>();
      for (const status of symbols) {
        const { symbol, groups, optional, up } = status;
        this.symbolUp.set({ symbol, optional: String(optional) }, up ? 1 : 0);
        for (const group of groups) faulty.set(group, isFault(status) || faulty.get(group) === true);
      }
      for (const [group, isFaulty] of faulty) this.groupSuccess.set({ group }, isFaulty ? 0 : 1);
      this.shown = { symbols, text: this.symbolRegistry.metrics() };
    }
    return this.shown.text;
  }

  private gauge(name: string, help: string, labelNames: readonly string[] = []): Gauge {
    return new Gauge({ name: PREFIX + name, help, labelNames, registers: [this.registry] });
  }

  private info(name: string, help: string, labels: Readonly<Record<string, string>>): void {
    this.gauge(name, help, Object.keys(labels)).set(labels, 1);
  }
}
