/** `metrics [WORD]`: what the packs publish, and what it is read from. Opens no kernel. */
import type { Command } from 'commander';
import { allMetrics, makeCatalog } from '../catalog/catalog.js';
import type { CatalogMetric, KernelSource } from '../catalog/metric.js';
import { findMetrics, nearNames } from '../catalog/search.js';
import { lineText, nameWithLabels, placeText, typeText } from '../catalog/texts.js';
import { UserError } from '../service/userError.js';
import { joined } from '../yaml/diagnostics.js';
import { table } from './table.js';

interface MetricsOptions {
  readonly json?: boolean;
}

export function addMetrics(program: Command): void {
  program
    .command('metrics')
    .description('tell what the packs publish, and from which symbols, offline')
    .argument(
      '[word]',
      'part of a name, of the help, of a symbol, a member such as tcps_listendrop, a sysctl, or a line of netstat, vmstat, pfctl',
    )
    .option('--json', 'print JSON')
    .action(run);
}

async function run(word: string | undefined, { json = false }: MetricsOptions): Promise<void> {
  const all = allMetrics(await makeCatalog());
  const found = word === undefined ? all : findMetrics(all, word);
  if (word !== undefined && found.length === 0) throw new UserError(nothingFound(all, word));
  if (json) console.log(JSON.stringify(found, undefined, 2));
  else if (word === undefined) console.log(overview(found).join('\n'));
  else console.log(found.map(described).join('\n\n'));
}

function nothingFound(all: readonly CatalogMetric[], word: string): string {
  const near = nearNames(all, word);
  const meant = near.length === 0 ? 'discover finds counters that no pack has' : `did you mean ${joined(near, 'or')}?`;
  return `no metric of a pack has "${word}" in its name, help, symbol, member or sysctl, nor on a line of netstat, vmstat or pfctl; ${meant}`;
}

function overview(metrics: readonly CatalogMetric[]): string[] {
  const rows = metrics.map((metric) => [
    metric.pack ?? '',
    metric.name,
    typeText(metric),
    metric.sources.map(placeText).join(', '),
  ]);
  return table(['pack', 'metric', 'type', 'read from'], rows, 4);
}

function described(metric: CatalogMetric): string {
  const { pack, help, optional, sources } = metric;
  const of = pack === undefined ? "the exporter's own" : `pack ${pack}${optional ? ', optional' : ''}`;
  return [`${nameWithLabels(metric)}  (${typeText(metric)}; ${of})`, `  ${help}`, ...sources.map(sourceText)].join(
    '\n',
  );
}

function sourceText(source: KernelSource): string {
  const { sysctl, lines, releases } = source;
  const told = [sysctl === undefined ? '' : `; sysctl ${sysctl}`, ...lines.map((line) => `; ${lineText(line)}`)].join(
    '',
  );
  return `  read from ${placeText(source)}${told}${releases === undefined ? '' : `; known in FreeBSD ${releases}`}`;
}
