/** What `describe` shows of a name that is no symbol: where a struct has a member of that name, and what is published of it. */
import { allMetrics, makeCatalog } from '../catalog/catalog.js';
import { nearNames } from '../catalog/search.js';
import { nameWithLabels, placeText } from '../catalog/texts.js';
import type { EntryKind, TypedEntry } from '../config/model.js';
import { configOfEntries, entryToLookAt } from '../config/ownEntries.js';
import type { PackConfigs } from '../config/packConfigs.js';
import { counterSymbols } from '../discover/discover.js';
import type { LayoutSource } from '../plan/layoutSource.js';
import type { TypeSource } from '../plan/typeSource.js';
import type { OpenedKernel } from '../service/openKernel.js';
import { startScraper } from '../service/scraper.js';
import { UserError } from '../service/userError.js';
import { joined } from '../yaml/diagnostics.js';
import type { Answer } from './describeAnswer.js';

/** Where a member is. */
export interface MemberPlace {
  /** Of all that the symbol holds. */
  readonly entry: TypedEntry;
  readonly member: string;
}

interface Told {
  readonly packs: PackConfigs;
  readonly types: TypeSource;
  readonly layouts: LayoutSource;
  readonly kernelPath: string | undefined;
}

/** Of what is not counters by its own type, only packs say that it counts. */
const KINDS_OF_PACKS: readonly EntryKind[] = ['zpcpu', 'dpcpu', 'values'];

/** @param name of a member, or `symbol.member` */
export function findMember(
  kernel: OpenedKernel,
  name: string,
  { packs, types, layouts, kernelPath }: Told,
): MemberPlace[] {
  const [member, symbol] = partsOf(name);
  const entries = [
    ...counterSymbols(kernel, types, layouts).map((found) => entryToLookAt('counters', found.symbol, found.struct)),
    ...KINDS_OF_PACKS.flatMap((kind) => symbolsOfPacks(packs, kind)),
    entryToLookAt('pcpu', 'pcpu'),
  ].filter((entry) => symbol === undefined || entry.symbol === symbol);
  // Names are of no use here, and must not be had twice.
  const named = entries.map((entry, index) => ({ ...entry, metric: `n${index}_*` }));
  const { layout } = startScraper(kernel, configOfEntries(named), { kernelPath });
  const places = new Set(layout.rows.flatMap((row) => (row.member === member ? [row.entry] : [])));
  return [...places].flatMap((place) => {
    const own = layout.entries[place];
    const entry = entries.find(({ kind, symbol: of }) => of === own?.symbol && kind === own.kind);
    return entry === undefined ? [] : [{ entry, member }];
  });
}

/** The metrics of a member. Throws UserError where neither the kernel nor a pack knows it. */
export async function tellPublished(
  answer: Answer,
  packs: PackConfigs,
  name: string,
  places: readonly MemberPlace[],
): Promise<void> {
  const all = allMetrics(await makeCatalog(packs));
  const [member, symbol] = partsOf(name);
  const metrics = all.flatMap((metric) =>
    metric.sources
      .filter((source) => isNamed(source.member, member) && (symbol === undefined || source.symbol === symbol))
      .map((source) => ({ metric, source })),
  );
  if (places.length === 0 && metrics.length === 0) throw new UserError(nothingFound(all, name));
  const facts = metrics.map(({ metric: { name: metric, pack, help }, source }) => ({ metric, pack, help, ...source }));
  const owners = [
    ...new Set([...places.map(({ entry }) => entry.symbol), ...metrics.map(({ source }) => source.symbol)]),
  ];
  answer.tell(`${member}: a member of what ${joined(owners, 'and').replaceAll('`', '')} holds`, { member, of: owners });
  answer.tell(
    metrics.length === 0
      ? `no pack publishes it; "members: [${member}]" in an entry of a config does`
      : metrics
          .map(({ metric, source }) => {
            const by = `${nameWithLabels(metric)}, by the pack ${metric.pack}, from ${placeText(source)}`;
            return `published as ${by}\n  ${metric.help}`;
          })
          .join('\n'),
    { metrics: facts },
  );
  const elsewhere = metrics.filter(({ source }) => !places.some(({ entry }) => entry.symbol === source.symbol));
  for (const of of new Set(elsewhere.map(({ source }) => source.symbol))) {
    answer.tell(`describe ${of} shows what this kernel has there`);
  }
}

function nothingFound(all: ReturnType<typeof allMetrics>, name: string): string {
  const known = all.find(({ sources }) => sources.some(({ symbol }) => symbol === name));
  if (known !== undefined) {
    return `no loaded file has the symbol ${name}; the pack ${known.pack} reads it of kernels that have it`;
  }
  const near = nearNames(all, name);
  const meant = near.length === 0 ? 'discover lists those with counters' : `did you mean ${joined(near, 'or')}?`;
  return `no loaded file has the symbol ${name}, nor a counter of that name as a member; ${meant}`;
}

/** The metrics of an array are each of one of its elements. */
function isNamed(of: string | undefined, member: string): boolean {
  return of === member || of?.replace(/\[\w+\]$/, '') === member;
}

function partsOf(name: string): [member: string, symbol: string | undefined] {
  const dot = name.indexOf('.');
  return dot === -1 ? [name, undefined] : [name.slice(dot + 1), name.slice(0, dot)];
}

function symbolsOfPacks(packs: PackConfigs, kind: EntryKind): TypedEntry[] {
  const entries = packs.entriesOf(kind).map(({ entry }) => entryToLookAt(kind, entry.symbol, entry.struct));
  return [...new Map(entries.map((entry) => [entry.symbol, entry])).values()];
}
