/** The exporter's metrics about itself, as they are handed over to be published in any format. */
import type { Label, MetricType } from '../config/model.js';
import type { ReadReport } from '../snapshots/snapshot.js';

export interface OwnSample {
  readonly labels: readonly Label[];
  readonly value: number;
}

export interface OwnFamily {
  /** A counter's ends in `_total`. */
  readonly name: string;
  readonly help: string;
  readonly type: MetricType;
  readonly samples: readonly OwnSample[];
}

/** Where they come from. A family that did not change since the last time is the same object. */
export interface OwnMetrics {
  /** @param report of the read that the document shows */
  families(report: ReadReport): Promise<readonly OwnFamily[]>;
}
