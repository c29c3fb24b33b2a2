/** A metric as the reference tells of it. */
import type { MetricType } from '../config/model.js';
import type { ToolLine } from './lines/toolLine.js';

/** What a metric's values are read from. */
export interface KernelSource {
  readonly symbol: string;
  /** Undefined where the symbol is the value. */
  readonly member: string | undefined;
  /** One that tells the same on some release, where one is known. */
  readonly sysctl: string | undefined;
  /** Of FreeBSD's own tools, that tell the same. */
  readonly lines: readonly ToolLine[];
  /** Of FreeBSD, in which it is known to be; undefined where only the running kernel's own types tell. */
  readonly releases: string | undefined;
}

export interface CatalogMetric {
  /** With the prefix. */
  readonly name: string;
  readonly type: MetricType;
  readonly unit: string | undefined;
  readonly help: string;
  /** Names of the labels that its series may have, besides `cpu`. */
  readonly labels: readonly string[];
  /** The pack that publishes it; undefined for the exporter's own. */
  readonly pack: string | undefined;
  /** True where a kernel without it is no fault. */
  readonly optional: boolean;
  /** Several where releases have different members for one thing; none for the exporter's own. */
  readonly sources: readonly KernelSource[];
  /** Further names under which `cpu` and `peak` may publish what is known of it. */
  readonly further: readonly string[];
}

export interface CatalogPack {
  readonly name: string;
  /** What its file says of it, as Markdown, by paragraphs. */
  readonly about: readonly string[];
  /** True where the default config has it. */
  readonly isDefault: boolean;
  /** Packs whose metrics it publishes. */
  readonly packs: readonly string[];
  readonly metrics: readonly CatalogMetric[];
}
