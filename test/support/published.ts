/** The values that a snapshot publishes as sums, by the names of their series. */
import type { Snapshot } from '../../src/snapshots/snapshot.js';
import { isRead, sumOf } from '../../src/snapshots/values.js';

export interface Published {
  readonly metric: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly isGauge: boolean;
  /** What it is the value of. */
  readonly symbol: string;
  readonly member: string | undefined;
  readonly cellOffset: number;
  readonly value: bigint;
}

/** All values that could be read. */
export function publishedIn(snapshot: Snapshot): Published[] {
  const { families, rows, entries } = snapshot.layout;
  return families.flatMap(({ family, from, to }) =>
    rows.slice(from, to).flatMap(({ entry, labels, member, cellOffset }, index): Published[] => {
      const value = sumOf(snapshot, from + index);
      if (value === undefined || !isRead(snapshot, from + index)) return [];
      return [
        {
          metric: family.name,
          labels: Object.fromEntries(labels.map((label) => [label.name, label.value])),
          isGauge: family.type === 'gauge',
          symbol: entries[entry]!.symbol,
          member,
          cellOffset,
          value,
        },
      ];
    }),
  );
}

/** A series as Prometheus writes it, but for the prefix. */
export function seriesName({ metric, labels }: Pick<Published, 'metric' | 'labels'>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}=${value}`);
  return `${metric.replace(/^freebsd_/, '').replace(/_total$/, '')}{${pairs.join()}}`;
}
