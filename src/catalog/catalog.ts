/** Every metric that the exporter can publish by its own packs and of itself. */
import type { CatalogMetric, CatalogPack } from './metric.js';
import { ownMetrics } from './own.js';
import { PackConfigs } from '../config/packConfigs.js';
import { catalogPacks } from './packs.js';

export interface Catalog {
  readonly packs: readonly CatalogPack[];
  readonly own: readonly CatalogMetric[];
}

export async function makeCatalog(packs = new PackConfigs()): Promise<Catalog> {
  return { packs: catalogPacks(packs), own: await ownMetrics() };
}

export function allMetrics({ packs, own }: Catalog): CatalogMetric[] {
  return [...packs.flatMap(({ metrics }) => metrics), ...own];
}
