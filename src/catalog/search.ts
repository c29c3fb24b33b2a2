/** Finds metrics by a word that a person knows: a name, a member of a struct of the kernel, a sysctl, or what the help says. */
import { distance } from 'fastest-levenshtein';
import type { CatalogMetric } from './metric.js';
import { lineText } from './texts.js';

/** Words that are near enough, at most. */
const MAX_NEAR = 5;

/** Those that `word` is in, whatever the case: first those that it names, then those whose names have it, then those that only speak of it. */
export function findMetrics(metrics: readonly CatalogMetric[], word: string): CatalogMetric[] {
  const wanted = word.toLowerCase();
  const ranked = metrics.map((metric) => ({ metric, rank: rankOf(metric, wanted) }));
  return ranked
    .filter(({ rank }) => rank < NOT_FOUND)
    .toSorted((a, b) => a.rank - b.rank)
    .map(({ metric }) => metric);
}

const NOT_FOUND = 3;

function rankOf(metric: CatalogMetric, wanted: string): number {
  const names = namesOf(metric).map((name) => name.toLowerCase());
  if (names.includes(wanted)) return 0;
  if (names.some((name) => name.includes(wanted))) return 1;
  const texts = [
    metric.help,
    metric.pack ?? '',
    ...metric.sources.flatMap(({ sysctl = '', lines }) => [sysctl, ...lines.map((line) => lineText(line))]),
  ];
  return texts.some((text) => asWords(text).includes(asWords(wanted))) ? 2 : NOT_FOUND;
}

/** The tools write "listen queue overflows" where their JSON has listen-queue-overflows. */
function asWords(text: string): string {
  return text.toLowerCase().replaceAll(/[-_\s]+/g, ' ');
}

/** Names that may have been meant, the nearest first. */
export function nearNames(metrics: readonly CatalogMetric[], word: string): string[] {
  const wanted = word.toLowerCase();
  const most = Math.max(2, Math.ceil(word.length / 3));
  const known = new Set(metrics.flatMap(namesOf));
  return [...known]
    .map((name) => ({ name, slips: slipsOf(name.toLowerCase(), wanted) }))
    .filter(({ slips }) => slips <= most)
    .toSorted((a, b) => a.slips - b.slips)
    .slice(0, MAX_NEAR)
    .map(({ name }) => name);
}

/** Prefixes, of metrics and of members, are what people leave out. */
function slipsOf(name: string, wanted: string): number {
  return Math.min(distance(name, wanted), distance(name.replace(/^[^_]+_/, ''), wanted));
}

/** What it is called, and what it is read from. */
function namesOf({ name, further, sources }: CatalogMetric): string[] {
  const ofKernel = sources.flatMap(({ symbol, member }) => (member === undefined ? [symbol] : [symbol, member]));
  return [name, ...further, ...ofKernel];
}
