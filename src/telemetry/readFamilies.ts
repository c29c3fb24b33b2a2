/** What each read of the kernel tells of itself. A scrape costs little: a family whose value is the one of before is the same object. */
import type { MetricType } from '../config/model.js';
import type { OwnFamily, OwnSample } from '../exposition/ownFamilies.js';
import type { Facts } from '../kernel/facts.js';
import type { ReadReport } from '../snapshots/snapshot.js';

/** What a document is made for, where that is no scrape. */
export interface KeptDocument {
  /** The name of the textfile that it is written to; undefined where it is printed. */
  readonly textfile: string | undefined;
}

/** What lies in a textfile names it in a label, or the files of one folder would clash. */
export function labelsOf(kept: KeptDocument | undefined): OwnSample['labels'] {
  const textfile = kept?.textfile;
  return textfile === undefined ? [] : [{ name: 'textfile', value: textfile }];
}

interface ReadMetric {
  readonly name: string;
  readonly help: string;
  readonly type: MetricType;
  /** Undefined where it is not known. */
  readonly valueOf: (report: ReadReport) => number | undefined;
}

const PREFIX = 'kcounter_exporter_';

function gauge(name: string, help: string, valueOf: ReadMetric['valueOf']): ReadMetric {
  return { name: PREFIX + name, help, type: 'gauge', valueOf };
}

/** For a scrape, which is told how old the read is: not by the time of day, which may be set back; but what a dump holds was read by nobody. */
function age(dumped: number | undefined): ReadMetric {
  const help =
    dumped === undefined ? 'Time since the read that this scrape shows began.' : 'Time since the crash dump was taken.';
  return gauge('snapshot_age_seconds', help, ({ clock }) =>
    dumped === undefined ? (performance.timeOrigin + performance.now() - clock) / 1000 : Date.now() / 1000 - dumped,
  );
}

/** Two documents that are compared later need the time between them; and of one that is kept, the age would be wrong a second later. */
function timestamp(dumped: number | undefined): ReadMetric {
  const help =
    dumped === undefined ? 'When the read that this document shows began.' : 'When the crash dump was taken.';
  return gauge('snapshot_timestamp_seconds', help, ({ takenAt }) => dumped ?? takenAt / 1000);
}

export class ReadFamilies {
  private readonly metrics: readonly ReadMetric[];
  private readonly labels: OwnSample['labels'];
  /** As they were told last; undefined for what was not. */
  private told: readonly (OwnFamily | undefined)[] = [];

  /**
   * @param bootTime as in Kernel
   * @param kept undefined for scrapes
   */
  constructor(
    { cpus, dump }: Pick<Facts, 'cpus' | 'dump'>,
    bootTime: () => number | undefined,
    kept: KeptDocument | undefined,
  ) {
    this.labels = labelsOf(kept);
    this.metrics = [
      gauge('symbols', 'Kernel symbols in the config.', ({ symbols }) => symbols.length),
      gauge(
        'series',
        'Kernel series that the last read gave, whether or not a scrape asks for all.',
        ({ series }) => series,
      ),
      gauge(
        'kernel_boot_time_seconds',
        'When the kernel that is read was booted, as it says now: what it counts began at 0 then.',
        bootTime,
      ),
      gauge('cpus', 'CPUs that exist, each with its own part of every counter.', () => cpus.length),
      gauge(
        'scrape_duration_seconds',
        'Time that the last read of the kernel took.',
        ({ durationSeconds }) => durationSeconds,
      ),
      gauge('scrape_reads', 'Calls into libkvm that the last read of the kernel made.', ({ reads }) => reads),
      gauge('scrape_read_bytes', 'Memory that the last read of the kernel copied.', ({ bytes }) => bytes),
      {
        name: `${PREFIX}kernel_reads_total`,
        help: 'Reads of the kernel since the start, however many scrapes shared each.',
        type: 'counter',
        valueOf: ({ sequence }) => sequence,
      },
      ...(kept === undefined ? [age(dump?.time)] : []),
      timestamp(dump?.time),
    ];
  }

  of(report: ReadReport): readonly OwnFamily[] {
    this.told = this.metrics.map(({ name, help, type, valueOf }, index) => {
      const value = valueOf(report);
      if (value === undefined) return undefined;
      const before = this.told[index];
      if (before?.samples[0]?.value === value) return before;
      return { name, help, type, samples: [{ labels: this.labels, value }] };
    });
    return this.told.filter((family) => family !== undefined);
  }
}
