/** docs/metrics.md: what each metric is, a table for each pack. */
import { join } from 'node:path';
import { packageRoot } from '../packageRoot.js';
import { allMetrics, type Catalog } from './catalog.js';
import type { CatalogMetric, CatalogPack } from './metric.js';
import { lineText, nameWithLabels, placeText, typeText } from './texts.js';

export const METRICS_DOCUMENT = join(packageRoot, 'docs', 'metrics.md');

export function metricsDocument(catalog: Catalog): string {
  const { packs, own } = catalog;
  return [
    '<!-- Made by `npm run metrics` from config/packs, config/layouts and the code. Do not edit. -->',
    '',
    '# Metrics',
    '',
    `All ${allMetrics(catalog).length} metrics: those of each pack, and those that the exporter publishes about itself. On any machine,`,
    '`kcounter_exporter metrics WORD` finds one by its name, a word of its help, a symbol, a member such as `tcps_listendrop`, a sysctl, or the words',
    'of a line of netstat, vmstat or pfctl; `--json` prints the same for programs. No kernel is opened for that.',
    '',
    ...READING,
    '',
    ...indexOf(packs),
    '',
    ...packs.flatMap(sectionOf),
    ...ownSection(own),
  ].join('\n');
}

const READING = [
  '## How to read it',
  '',
  '- **Metric**: with its labels in braces; some series have only some of them, and with `vnet: all` also `jail` and `jid`. `freebsd_` is the default of `prefix:`. The name is that of the',
  "  sum over all CPUs. With `cpu: both` or `cpu: per_cpu` each CPU's part is `X_per_cpu_total` (of a gauge `X_per_cpu`), labelled `cpu`; with",
  '  `cpu: spread` there are `X_per_cpu_rate{stat="max|p50|p99"}` and `X_busiest_cpu` beside the sum (of a gauge `X_per_cpu{stat="max|min"}`); with',
  '  `peak: true` also `X_peak_rate` and `X_peak_cpu`. X is the name without `_total`.',
  '- **Type**: and the unit where there is one; a counter without a unit counts events.',
  '- **Kernel**: the symbol, and the member of the struct that lays it out. Several: releases call it differently, and one of them is read.',
  '- **Also told by**: a sysctl that tells the same number, or an array that has it, on some release; the exporter checks itself by these. Then the lines of',
  "  FreeBSD's own tools that say the same. Those of `-s` and `-m` have the names that `--libxo json` gives them: `netstat -s tcp.syncache.reset` is `reset` in `syncache` in",
  '  `tcp`, the line "reset" below "syncache entries added". Those of tables have the heading of the column. They are those of FreeBSD 14, a few of older or newer releases',
  '  beside them. In brackets is what is to be added up, or else keeps the two apart. Of a metric with labels a line may have only some of the series. Empty: none is known,',
  '  or what the tool tells is made of several numbers, such as the datagrams `delivered` of `netstat -sp udp`, the USED of `vmstat -z`, or the percentages of the name cache',
  '  in `vmstat -s`.',
  "- **FreeBSD**: releases whose layout is known to have it. Empty, and for other releases: the running kernel's own types decide.",
  '  "optional" is a metric whose absence is no fault.',
];

function indexOf(packs: readonly CatalogPack[]): string[] {
  return [
    '## Packs',
    '',
    '| pack | in the default config | metrics |',
    '| --- | --- | --- |',
    ...packs.map(({ name, isDefault, metrics, packs: others }) => {
      const count = others.length === 0 ? String(metrics.length) : `those of ${others.join(', ')}`;
      return `| [${name}](#pack-${name}) | ${isDefault ? 'yes' : ''} | ${count} |`;
    }),
    '| [the exporter itself](#the-exporter-itself) | always | |',
  ];
}

function sectionOf({ name, about, metrics }: CatalogPack): string[] {
  const rows = metrics.map((metric) => {
    const { sources, optional, help } = metric;
    const tellers = [
      ...new Set(
        sources.flatMap(({ sysctl, lines }) => [
          ...(sysctl === undefined ? [] : [code(sysctl)]),
          ...lines.map((line) => lineText(line, code)),
        ]),
      ),
    ];
    const releases = [...new Set(sources.flatMap((source) => source.releases ?? []))];
    const known = [...releases, ...(optional ? ['optional'] : [])].join('; ');
    const places = [...new Set(sources.map(placeText))];
    return [code(nameWithLabels(metric)), typeText(metric), codes(places), tellers.join(', '), known, help];
  });
  const table =
    rows.length === 0 ? [] : [...tableOf(['Metric', 'Type', 'Kernel', 'Also told by', 'FreeBSD', 'Help'], rows), ''];
  return [`## Pack ${name}`, '', ...about.flatMap((paragraph) => [paragraph, '']), ...table];
}

function ownSection(own: readonly CatalogMetric[]): string[] {
  const rows = own.map((metric) => [code(nameWithLabels(metric)), typeText(metric), metric.help]);
  return [
    '## The exporter itself',
    '',
    'Under these names whatever `prefix:` says. Documents that are kept have `kcounter_exporter_snapshot_timestamp_seconds` in place of the age, and',
    'the label `textfile` where they are written for the textfile collector; `kcounter_exporter_verify_*` are those of `verify --output.textfile`.',
    '',
    ...tableOf(['Metric', 'Type', 'Help'], rows),
    '',
  ];
}

function tableOf(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)];
}

function codes(words: readonly string[]): string {
  return words.map(code).join(', ');
}

function code(word: string): string {
  return `\`${word}\``;
}
