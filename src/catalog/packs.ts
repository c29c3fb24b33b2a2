/** The packs and what each publishes, as their files and the layouts tell it: no kernel is asked. */
import { basename, join } from 'node:path';
import { perCpuName, reservationsOf } from '../config/familyNames.js';
import { groupOf } from '../config/groups.js';
import { loadConfig } from '../config/load.js';
import { ARRAY_LABEL, CPU_LABEL } from '../config/memberRules.js';
import {
  interruptLabels,
  isTyped,
  type ConfigEntry,
  type Entry,
  type MemberRule,
  type TypedEntry,
} from '../config/model.js';
import type { PackConfigs } from '../config/packConfigs.js';
import { peakNames, spreadNames } from '../config/spread.js';
import { structures } from '../config/structures.js';
import { unitOf } from '../config/units.js';
import { knownSysctl } from '../kernel/counterSysctls.js';
import { LayoutFolder, type LayoutData } from '../layouts/layoutFiles.js';
import { packageRoot } from '../packageRoot.js';
import { readText } from '../yaml/readText.js';
import { linesOf } from './lines/lines.js';
import type { CatalogMetric, CatalogPack, KernelSource } from './metric.js';
import { knownPlace } from './releases.js';

const DEFAULT_CONFIG = join(packageRoot, 'config', 'kcounter.yaml');

/** Throws FileError where a pack is damaged. */
export function catalogPacks(packs: PackConfigs): CatalogPack[] {
  const layouts = new LayoutFolder();
  const byDefault = new Set(loadConfig([DEFAULT_CONFIG]).files.map((file) => basename(file, '.yaml')));
  return packs.all.map(({ name, file, config }) => {
    const others = config.files.map((other) => basename(other, '.yaml')).filter((other) => other !== name);
    const own = config.entries.filter((entry) => groupOf(entry) === name);
    const metrics = own.flatMap((entry) => metricsOf(entry, name, config.prefix, layouts));
    return {
      name,
      about: commentOf(readText(file)),
      isDefault: byDefault.has(name),
      packs: others,
      metrics: merged(metrics),
    };
  });
}

function metricsOf(entry: ConfigEntry, pack: string, prefix: string, layouts: LayoutData): CatalogMetric[] {
  if (!isTyped(entry)) return explicitMetrics(entry, pack, layouts);
  const { members = [undefined] } = entry;
  return reservationsOf(entry).map(({ metric, type, at }) => {
    const rule = members.find((one) => one?.at === at);
    const name = prefix + metric;
    const member = rule?.pattern;
    const place = knownPlace(layouts, entry.symbol, member);
    return {
      name,
      type,
      unit: unitOf(name, rule === undefined ? entry.unit : rule.unit).unit,
      help: rule?.help ?? entry.help ?? '',
      labels: labelsOf(entry, rule, place.isArray),
      pack,
      optional: entry.optional || rule?.optional === true,
      sources: [sourceOf(entry.symbol, member, place.releases)],
      further: furtherNames(name),
    };
  });
}

/** Of an entry that says itself where each value lies. */
function explicitMetrics({ symbol, optional, fields }: Entry, pack: string, layouts: LayoutData): CatalogMetric[] {
  return [...new Set(fields.map(({ family }) => family))].map(({ name, type, unit, help }) => ({
    name,
    type,
    unit,
    help,
    labels: namesOf(fields.filter(({ family }) => family.name === name).flatMap(({ labels }) => labels)),
    pack,
    optional,
    sources: [sourceOf(symbol, undefined, knownPlace(layouts, symbol, undefined).releases)],
    further: furtherNames(name),
  }));
}

function sourceOf(symbol: string, member: string | undefined, releases: string | undefined): KernelSource {
  return { symbol, member, sysctl: knownSysctl(symbol, member), lines: linesOf(symbol, member), releases };
}

function labelsOf(entry: TypedEntry, rule: MemberRule | undefined, isArray: boolean): string[] {
  const { list, structure, interrupts } = entry;
  const all = [...entry.labels, ...(rule?.labels ?? [])].map(({ name }) => name);
  all.push(...(list?.keys.map(({ label }) => label) ?? []));
  if (list?.duplicates !== undefined) all.push(list.duplicates);
  if (structure !== undefined) all.push(...structures[structure.name].labels);
  if (interrupts !== undefined) all.push(...interruptLabels);
  const isMany = isArray || rule?.names !== undefined || (rule !== undefined && rule.label !== ARRAY_LABEL);
  // What of each CPU is there is added up, as everything else of CPUs.
  if (rule !== undefined && isMany && rule.label !== CPU_LABEL) all.push(rule.label);
  return [...new Set(all)];
}

function namesOf(labels: readonly { readonly name: string }[]): string[] {
  return [...new Set(labels.map(({ name }) => name))];
}

function furtherNames(name: string): string[] {
  const peaks = name.endsWith('_total') ? peakNames(name) : [];
  return [...new Set([perCpuName(name), ...spreadNames(name), ...peaks])];
}

/** Where an entry has one metric of several members, of which a kernel has one. */
function merged(metrics: readonly CatalogMetric[]): CatalogMetric[] {
  const found = new Map<string, CatalogMetric>();
  for (const metric of metrics) {
    const before = found.get(metric.name);
    found.set(
      metric.name,
      before === undefined ? metric : { ...before, sources: [...before.sources, ...metric.sources] },
    );
  }
  return [...found.values()];
}

/** The comment that a pack begins with, by paragraphs; without the line for editors. */
function commentOf(text: string): string[] {
  const lines = text.split('\n');
  const end = lines.findIndex((line) => !line.startsWith('#'));
  return lines
    .slice(1, end)
    .map((line) => line.replace(/^# ?/, ''))
    .join('\n')
    .split(/\n\s*\n/)
    .map((paragraph) => paragraph.trim().replaceAll('\n', ' '))
    .filter((paragraph) => paragraph !== '');
}
