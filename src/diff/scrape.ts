/** A scrape that was kept: what a document of the exporter says, whichever of the formats it is in. */
import type { Label } from '../config/model.js';
import { labelSet } from '../exposition/syntax.js';
import type { Decimal } from './decimal.js';

export interface ScrapeFamily {
  /** As the document names it: OpenMetrics names a counter's without `_total`. */
  readonly name: string;
  /** Undefined where no TYPE line tells. */
  type?: string;
  help?: string;
  unit?: string;
}

export interface Sample {
  /** A counter's ends in `_total`. */
  readonly name: string;
  readonly labels: readonly Label[];
  /** Undefined for NaN and the infinities. */
  readonly value: Decimal | undefined;
  /** Undefined where no line before it tells of it. */
  readonly family: ScrapeFamily | undefined;
  /** Since when a counter counts, where OpenMetrics tells: seconds since the epoch. */
  created?: Decimal;
}

export interface Scrape {
  /** By name and labels, as `keyOf` puts them together. */
  readonly samples: ReadonlyMap<string, Sample>;
  /** True where some counters tell since when they count. */
  readonly tellsCreated: boolean;
}

/** The same for the same labels in whichever order. */
export function keyOf(name: string, labels: readonly Label[]): string {
  const sorted = labels.length < 2 ? labels : [...labels].sort((a, b) => (a.name < b.name ? -1 : 1));
  return name + labelSet(sorted);
}
