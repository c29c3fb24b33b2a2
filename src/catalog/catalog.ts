/** Every metric that the exporter can publish by its own packs and of itself. */
import type { CatalogMetric, CatalogPack } from './metric.js';
import { ownMetrics } from './own.js';
import { catalogPacks } from './packs.js';

export interface Catalog {
  readonly packs: readonly CatalogPack[];
  readonly own: readonly CatalogMetric[];
}

export async function makeCatalog(): Promise<Catalog> {
  return { packs: catalogPacks(), own: await ownMetrics() };
}

export function allMetrics({ packs, own }: Catalog): CatalogMetric[] {
  return [...packs.flatMap(({ metrics }) => metrics), ...own];
}
