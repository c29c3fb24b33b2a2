/** Metrics of prom-client as families that any format can publish. */
import type { MetricObjectWithValues, MetricValue, Registry } from 'prom-client';
import type { OwnFamily } from '../exposition/ownFamilies.js';

/** Families that do not hang on a read of the kernel: those of the process, its log, its config. */
export interface OtherMetrics {
  /** A family that did not change since the last time is the same object. */
  families(): Promise<readonly OwnFamily[]>;
}

/** What a registry holds now, but for families without a sample. For counters and gauges, which are all that there are. */
export async function familiesOf(registry: Registry): Promise<OwnFamily[]> {
  const metrics: readonly MetricObjectWithValues<MetricValue<string>>[] = await registry.getMetricsAsJSON();
  const told = metrics.filter(({ values }) => values.length > 0);
  return told.map(({ name, help, type, values }) => ({
    name,
    help,
    type: String(type) === 'counter' ? 'counter' : 'gauge',
    samples: values.map(({ labels, value }) => ({
      labels: Object.entries(labels).map(([label, text]) => ({ name: label, value: String(text) })),
      value,
    })),
  }));
}
