/** Finds every counter(9) of the kernel and of its loaded modules by their type information, and whether it can be read now. */
import { FamilyNames } from '../config/familyNames.js';
import { matchesGlob } from '../config/glob.js';
import { metricStem } from '../config/madeNames.js';
import type { MetricType, TypedEntry } from '../config/model.js';
import { entryOfAll } from '../config/ownEntries.js';
import type { PackEntry } from '../config/packConfigs.js';
import { CtfError, KernelFileError } from '../ctf/errors.js';
import { KvmError } from '../kernel/errors.js';
import type { Kernel } from '../kernel/kernel.js';
import { isNeverCounted } from '../kernel/neverCounted.js';
import type { ResolvedSymbol } from '../kernel/symbols.js';
import { Expander } from '../plan/expand.js';
import type { LayoutSource } from '../plan/layoutSource.js';
import { TypeSource } from '../plan/typeSource.js';
import { isRead } from '../snapshots/values.js';
import { classifyByLayout, isUnnamed } from './byLayout.js';
import { classify, type CounterSymbol } from './classify.js';
import { judge, type Gauge } from './gauges.js';
import { findLists, judgeList, nameList, type DiscoveredList, type FoundList } from './lists.js';
import { OBSERVE_PAUSE, observe, type Observed, type OpenSource } from './observe.js';
import { isPadding } from './padding.js';

type DiscoveredKernel = Pick<Kernel, 'facts' | 'modules' | 'symbols'>;

export interface DiscoverOptions {
  /** Glob for names of symbols; undefined for all. */
  readonly symbols: string | undefined;
  /** Name of the one file to look into, such as carp or carp.ko, or kernel; undefined for all. */
  readonly module: string | undefined;
  /** As in TypeSource. */
  readonly kernelPath: string | undefined;
  /** What stands in for types that the files do not tell. */
  readonly layouts: LayoutSource;
  /** The lists that packs publish. */
  readonly packs: readonly PackEntry[];
  readonly open: OpenSource;
  /** Milliseconds between two reads; for tests, whose counters move without it. */
  readonly pause?: number;
}

/** An entry of the config that discovery writes. */
export interface Discovered {
  readonly found: CounterSymbol;
  readonly type: MetricType;
  /** Why it was taken for a gauge; undefined for a counter, and where it is known to be one. */
  readonly why: string | undefined;
  /** Members that are gauges in a struct whose others are counters. */
  readonly gauges: readonly Gauge[];
  /** All members but those that only fill the struct, or that this release never counts, where a "*" would take these, too. */
  readonly members: readonly string[] | undefined;
  /** Template for the metrics of its members, where the names made by rule are taken already. */
  readonly metric: string | undefined;
  /** Why it, or a part of it, cannot be read now; empty where all of it can. */
  readonly problem: string;
  /** Counters of it that can be read now. */
  readonly readable: number;
}

export interface DiscoveredFile {
  readonly path: string;
  readonly entries: readonly Discovered[];
  /** What was passed over, and why. */
  readonly remarks: readonly string[];
  /** The same of its lists. */
  readonly lists: readonly DiscoveredList[];
  readonly listRemarks: readonly string[];
}

/** Throws KvmError where the kernel cannot be read. */
export async function discover(kernel: DiscoveredKernel, options: DiscoverOptions): Promise<DiscoveredFile[]> {
  const types = new TypeSource(kernel.modules, options.kernelPath);
  types.learnFileList(options.layouts);
  const names = new FamilyNames('');
  const expander = new Expander(kernel, types, options.layouts, names);
  const files: FoundInFile[] = [];
  const seen = new Set<string>();
  const seenLists = new Set<string>();
  for (const id of kernel.modules.files()) {
    const path = kernel.modules.pathOf(id);
    if (path === undefined || !isWanted(path, options.module)) continue;
    const remarks: string[] = [];
    const listRemarks: string[] = [];
    const found = findSymbols(kernel, types, id, options, remarks);
    const lists = listsOf(types, id, options, listRemarks);
    files.push({
      path,
      found: found.filter(({ symbol }) => isFirst(symbol, seen, remarks)),
      remarks,
      lists: lists.filter(({ list }) => isFirst(list.symbol, seenLists, listRemarks)),
      listRemarks,
    });
  }
  const { entries, lists } = await look(files, expander, options, kernel.facts.osreldate);
  return files.map((file) => ({
    ...file,
    entries: entries.splice(0, file.found.length),
    lists: lists.splice(0, file.lists.length),
  }));
}

/** Every symbol of counters that the kernel's types, or layouts, tell of, without a look at its values. */
export function counterSymbols(kernel: DiscoveredKernel, types: TypeSource, layouts: LayoutSource): CounterSymbol[] {
  const found = kernel.modules
    .files()
    .flatMap((id) => findSymbols(kernel, types, id, { symbols: undefined, layouts }, []));
  return [...new Map(found.toReversed().map((symbol) => [symbol.symbol, symbol])).values()];
}

interface FoundInFile {
  readonly path: string;
  readonly found: readonly CounterSymbol[];
  readonly remarks: readonly string[];
  readonly lists: readonly FoundList[];
  readonly listRemarks: readonly string[];
}

function isFirst(symbol: string, seen: Set<string>, remarks: string[]): boolean {
  if (!seen.has(symbol)) return seen.add(symbol).size > 0;
  remarks.push(`${symbol}: another file has a symbol of this name, which is found first`);
  return false;
}

/** None where the file tells no types, which was said already. */
function listsOf(types: TypeSource, id: number, { symbols, packs }: DiscoverOptions, remarks: string[]): FoundList[] {
  try {
    return findLists(types.typesOf(id), symbols, packs, remarks);
  } catch (error) {
    if (error instanceof KernelFileError || error instanceof CtfError) return [];
    throw error;
  }
}

function isWanted(path: string, module: string | undefined): boolean {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return module === undefined || name === module || name === `${module}.ko`;
}

function findSymbols(
  kernel: DiscoveredKernel,
  types: TypeSource,
  id: number,
  { symbols, layouts }: Pick<DiscoverOptions, 'symbols' | 'layouts'>,
  remarks: string[],
): CounterSymbol[] {
  const found = new Map<string, CounterSymbol[]>();
  const byLayout = (name: string): CounterSymbol | undefined => {
    const symbol = resolvedIn(kernel, id, name);
    return symbol === undefined ? undefined : classifyByLayout(name, symbol, layouts);
  };
  try {
    const file = types.typesOf(id);
    for (const { name, type } of file.objects()) {
      try {
        const symbol = classify(file, name, file.type(type));
        if (symbol === undefined || (symbols !== undefined && !matchesGlob(symbols, symbol.symbol))) continue;
        const named = isUnnamed(symbol) ? byLayout(symbol.symbol) : undefined;
        found.set(symbol.symbol, [...(found.get(symbol.symbol) ?? []), named ?? symbol]);
      } catch (error) {
        if (!(error instanceof CtfError)) throw error;
        remarks.push(`${name}: ${error.message}`);
      }
    }
  } catch (error) {
    if (!(error instanceof KernelFileError) && !(error instanceof CtfError)) throw error;
    remarks.push(`${error.message}; what follows is what layouts tell`);
    for (const name of layouts.symbols()) {
      const symbol = symbols === undefined || matchesGlob(symbols, name) ? byLayout(name) : undefined;
      if (symbol !== undefined) found.set(name, [symbol]);
    }
  }
  return [...found].flatMap(([symbol, candidates]) => {
    if (candidates.length > 1)
      remarks.push(`${symbol}: ${candidates.length} symbols have this name, and which one is meant cannot be said`);
    else if (!/^[A-Za-z_]\w*$/.test(symbol)) remarks.push(`${symbol}: a variable inside a function`);
    else return candidates;
    return [];
  });
}

/** A symbol of this file; undefined where another has it, or where it cannot be trusted. */
function resolvedIn({ modules, symbols }: DiscoveredKernel, id: number, name: string): ResolvedSymbol | undefined {
  try {
    const symbol = symbols.resolve(name);
    return (symbol?.origin.file?.id ?? modules.files()[0]) === id ? symbol : undefined;
  } catch (error) {
    if (error instanceof KvmError) return undefined;
    throw error;
  }
}

async function look(
  files: readonly FoundInFile[],
  expander: Expander,
  { open, pause = OBSERVE_PAUSE }: Pick<DiscoverOptions, 'open' | 'pause'>,
  osreldate: number,
): Promise<{ entries: Discovered[]; lists: DiscoveredList[] }> {
  const found = files.flatMap((file) => file.found);
  const templates = found.map((symbol) => templateFor(symbol, expander));
  const named = files.flatMap((file) => file.lists).map((list) => nameList(list, expander));
  const [counters, lists] = await observe(
    [
      found.map((symbol, index) => entryFor(symbol, 'gauge', templates[index]!.metric)),
      named.map(({ entry }) => entry),
    ],
    open,
    pause,
  );
  return {
    entries: found.map((symbol, index) => {
      const { metric, problem = counters!.reasons.get(symbol.symbol) ?? '' } = templates[index]!;
      const described = describeRows(symbol, counters!.rowsOf[index]!, counters!, osreldate);
      return { found: symbol, ...described, metric, problem };
    }),
    lists: named.map((list, index) => judgeList(list, lists!, index)),
  };
}

function describeRows(
  { symbol, struct, shape, counters }: CounterSymbol,
  all: readonly number[],
  { snapshot, movement }: Observed,
  osreldate: number,
): Pick<Discovered, 'type' | 'why' | 'gauges' | 'members' | 'readable'> {
  const memberOf = (row: number): string => snapshot.layout.rows[row]!.member ?? '';
  const rows = all.filter((row) => {
    const member = memberOf(row);
    // What is never counted says nothing, and is withdrawn where its sysctl tells something else.
    return (
      !isPadding(member, snapshot.layout.rows[row]!.labels.length > 0) &&
      (member === '' || !isNeverCounted(symbol, member, osreldate))
    );
  });
  const members = [...new Set(rows.map(memberOf))];
  const isStatistic = struct !== undefined;
  const gauges = new Map<string, Gauge>();
  for (const row of rows) {
    const name = memberOf(row);
    const { isGauge, why } = judge({ name: name === '' ? symbol : name, isStatistic, seen: movement.of(row) });
    if (isGauge && !gauges.has(name)) gauges.set(name, { name, why });
  }
  const hasMembers = shape.kind === 'struct' || isStatistic;
  const allGauges = members.length > 0 && gauges.size === members.length;
  // Without rules an entry leaves out names that begin with an underscore, but a "*" takes them.
  const takesPadding = rows.length < all.length || (gauges.size > 0 && !allGauges && rows.length < counters);
  return {
    type: allGauges ? 'gauge' : 'counter',
    why: allGauges ? [...gauges.values()].find(({ why }) => why !== undefined)?.why : undefined,
    gauges: allGauges ? [] : [...gauges.values()],
    members: hasMembers && takesPadding ? members : undefined,
    readable: rows.filter((row) => isRead(snapshot, row)).length,
  };
}

/** Names by rule where they are free, else with the symbol's whole name in them. */
function templateFor(
  found: CounterSymbol,
  expander: Expander,
): { metric: string | undefined; problem: string | undefined } {
  let problem: string | undefined;
  const isStruct = found.shape.kind === 'struct' || found.struct !== undefined;
  const templates =
    isStruct && metricStem(found.symbol) !== found.symbol
      ? [undefined, `${found.symbol.toLowerCase()}_*`]
      : [undefined];
  for (const metric of templates) {
    // Counters take more names than gauges: x_total and, for OpenMetrics, x.
    const { fault } = expander.expand(entryFor(found, 'counter', metric));
    if (fault === undefined) return { metric, problem: undefined };
    problem = fault.reason;
  }
  return { metric: undefined, problem };
}

function entryFor({ symbol, struct }: CounterSymbol, type: MetricType, metric: string | undefined): TypedEntry {
  return entryOfAll('counters', symbol, { struct, metric, type });
}
