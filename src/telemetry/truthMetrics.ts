/** What the proofs of counters found, for whoever wants to be alerted. */
import type { Label, MetricType } from '../config/model.js';
import type { OwnFamily } from '../exposition/ownFamilies.js';
import { sources } from '../truth/prover.js';
import type { TruthReport, TruthWatch } from '../truth/watch.js';
import type { OtherMetrics } from './families.js';
import { labelsOf, type KeptDocument } from './readFamilies.js';

interface TruthMetric {
  readonly name: string;
  readonly help: string;
  readonly type: MetricType;
  /** By the label `source`; a number has none. */
  readonly valueOf: (report: TruthReport) => number | TruthReport['checks'];
}

const PREFIX = 'kcounter_exporter_truth_';

const METRICS: readonly TruthMetric[] = [
  {
    name: `${PREFIX}checks_total`,
    help: 'Proofs of counters while they were published, by who was asked: libkvm or a sysctl.',
    type: 'counter',
    valueOf: ({ checks }) => checks,
  },
  {
    name: `${PREFIX}mismatches_total`,
    help: 'Proofs that a counter did not stand.',
    type: 'counter',
    valueOf: ({ mismatches }) => mismatches,
  },
  {
    name: `${PREFIX}withdrawn`,
    help: 'Counters that are left out because they disagree with the kernel; /symbols says which.',
    type: 'gauge',
    valueOf: ({ withdrawn }) => withdrawn,
  },
  {
    name: `${PREFIX}doubted`,
    help: 'Counters that are published although they disagree with a sysctl, which may be what is wrong on this release; the log says which.',
    type: 'gauge',
    valueOf: ({ doubted }) => doubted,
  },
  {
    name: `${PREFIX}unprovable`,
    help: 'Counters that neither libkvm nor a sysctl tells on this kernel.',
    type: 'gauge',
    valueOf: ({ unprovable }) => unprovable,
  },
  {
    name: `${PREFIX}oldest_proof_age_seconds`,
    help: 'Time since the counter agreed that was proven least recently, of all that are published and can be proven.',
    type: 'gauge',
    valueOf: ({ oldestProof }) => oldestProof,
  },
];

export class TruthMetrics implements OtherMetrics {
  private known: readonly OwnFamily[] = [];

  private readonly labels: readonly Label[];

  /** @param kept as in ExporterMetrics */
  constructor(
    private readonly watch: Pick<TruthWatch, 'report'>,
    kept: KeptDocument | undefined,
  ) {
    this.labels = labelsOf(kept);
  }

  families(): Promise<readonly OwnFamily[]> {
    const { report } = this.watch;
    this.known = METRICS.map(({ name, help, type, valueOf }, index) => {
      const samples = this.samplesOf(valueOf(report));
      const before = this.known[index];
      const isSame = before?.samples.every(({ value }, at) => value === samples[at]?.value) === true;
      return isSame ? before : { name, help, type, samples };
    });
    return Promise.resolve(this.known);
  }

  private samplesOf(values: number | TruthReport['checks']): OwnFamily['samples'] {
    if (typeof values === 'number') return [{ labels: this.labels, value: values }];
    return sources.map((source) => ({
      labels: [...this.labels, { name: 'source', value: source }],
      value: values[source],
    }));
  }
}
