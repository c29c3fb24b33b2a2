/** Finds every counter(9) of the kernel and of its loaded modules by their type information, and whether it can be read now. */
import { FamilyNames } from '../config/familyNames.js';
import { matchesGlob } from '../config/glob.js';
import { metricStem } from '../config/madeNames.js';
import type { Config, MetricType, TypedEntry } from '../config/model.js';
import { CtfError, KernelFileError } from '../ctf/errors.js';
import type { Kernel } from '../kernel/live/kernel.js';
import { SymbolResolver } from '../kernel/live/symbols.js';
import { Expander } from '../plan/expand.js';
import { TypeSource } from '../plan/typeSource.js';
import { Scraper } from '../scrape/scraper.js';
import { ITEM_OK, type Snapshot } from '../snapshots/snapshot.js';
import { classify, type CounterSymbol } from './classify.js';

/** Counters that go both ways, although their parts may all be positive when one looks (see their uses in the kernel). */
const KNOWN_GAUGES = [
  'tcps_states',
  'numcachehv',
  'bufkvaspace',
  'buffreekvacnt',
  'v_wire_count',
  'v_user_wire_count',
  'ktls_*active*',
  'ktls_cnt_*',
  'ktls_tasks_*',
];

export interface DiscoverOptions {
  /** Glob for names of symbols; undefined for all. */
  readonly symbols: string | undefined;
  /** Name of the one file to look into, such as carp or carp.ko, or kernel; undefined for all. */
  readonly module: string | undefined;
  readonly kernelPath: string | undefined;
}

/** An entry of the config that discovery writes. */
export interface Discovered {
  readonly found: CounterSymbol;
  readonly type: MetricType;
  /** Members that are gauges in a struct whose others are counters. */
  readonly gauges: readonly string[];
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
}

/** Throws KvmError where no reader gives this kernel's numbers. */
export async function discover(kernel: Kernel, options: DiscoverOptions): Promise<DiscoveredFile[]> {
  const types = new TypeSource(kernel, options.kernelPath);
  const names = new FamilyNames('');
  const expander = new Expander(new SymbolResolver(kernel), types, names);
  const files: DiscoveredFile[] = [];
  const seen = new Set<string>();
  for (const id of kernel.loadedFiles()) {
    const path = kernel.filePath(id);
    if (path === undefined || !isWanted(path, options.module)) continue;
    const remarks: string[] = [];
    const found = findSymbols(types, id, options, remarks).filter(({ symbol }) => {
      if (!seen.has(symbol)) return seen.add(symbol);
      remarks.push(`${symbol}: another file has a symbol of this name, which is found first`);
      return false;
    });
    const entries = await describe(kernel, found, expander, options.kernelPath);
    files.push({ path, entries, remarks });
  }
  return files;
}

function isWanted(path: string, module: string | undefined): boolean {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return module === undefined || name === module || name === `${module}.ko`;
}

function findSymbols(types: TypeSource, id: number, { symbols }: DiscoverOptions, remarks: string[]): CounterSymbol[] {
  const found = new Map<string, CounterSymbol[]>();
  try {
    const file = types.typesOf(id);
    for (const { name, type } of file.objects()) {
      try {
        const symbol = classify(file, name, file.type(type));
        if (symbol === undefined || (symbols !== undefined && !matchesGlob(symbols, symbol.symbol))) continue;
        found.set(symbol.symbol, [...(found.get(symbol.symbol) ?? []), symbol]);
      } catch (error) {
        if (!(error instanceof CtfError)) throw error;
        remarks.push(`${name}: ${error.message}`);
      }
    }
  } catch (error) {
    if (!(error instanceof KernelFileError) && !(error instanceof CtfError)) throw error;
    remarks.push(error.message);
  }
  return [...found].flatMap(([symbol, candidates]) => {
    if (candidates.length > 1)
      remarks.push(`${symbol}: ${candidates.length} symbols have this name, and which one is meant cannot be said`);
    else if (!/^[A-Za-z_]\w*$/.test(symbol)) remarks.push(`${symbol}: a variable inside a function`);
    else return candidates;
    return [];
  });
}

/** Reads what was found, to tell gauges from counters and what can be read from what cannot. */
async function describe(
  kernel: Kernel,
  found: readonly CounterSymbol[],
  expander: Expander,
  kernelPath: string | undefined,
): Promise<Discovered[]> {
  if (found.length === 0) return [];
  const templates = found.map((symbol) => templateFor(symbol, expander));
  const config: Config = {
    prefix: '',
    reader: 'auto',
    scrapeIntervalMs: undefined,
    created: false,
    entries: found.map((symbol, index) => typedEntry(symbol, 'gauge', templates[index]!.metric)),
    files: [],
  };
  const snapshot = await new Scraper(kernel, config, () => undefined, kernelPath).take();
  const reasons = new Map(snapshot.report.symbols.map(({ symbol, reason }) => [symbol, reason]));
  return found.map((symbol, index) => {
    const rows = snapshot.layout.rows.flatMap(({ entry }, row) => (entry === index ? [row] : []));
    const goesBothWays = rows.map((row) => isGauge(symbol, snapshot, row));
    const gauges = [
      ...new Set(rows.flatMap((row, at) => (goesBothWays[at]! ? [snapshot.layout.rows[row]!.member ?? ''] : []))),
    ];
    const all = goesBothWays.length > 0 && goesBothWays.every(Boolean);
    const single = symbol.shape.kind === 'value' && symbol.struct === undefined;
    return {
      found: symbol,
      type: all || (single && gauges.length > 0) ? 'gauge' : 'counter',
      gauges: all || single ? [] : gauges,
      metric: templates[index]!.metric,
      problem: templates[index]!.problem ?? reasons.get(symbol.symbol) ?? '',
      readable: rows.filter((row) => snapshot.states[snapshot.layout.rows[row]!.item] === ITEM_OK).length,
    };
  });
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
    const { fault } = expander.expand(typedEntry(found, 'counter', metric));
    if (fault === undefined) return { metric, problem: undefined };
    problem = fault.reason;
  }
  return { metric: undefined, problem };
}

function isGauge({ symbol }: CounterSymbol, { layout, words, states }: Snapshot, row: number): boolean {
  const { item, member } = layout.rows[row]!;
  if (KNOWN_GAUGES.some((glob) => matchesGlob(glob, member ?? symbol))) return true;
  if (states[item] !== ITEM_OK) return false;
  const columns = layout.cpus.length + 1;
  for (let column = 0; column < columns; column++)
    if (words[2 * (row * columns + column) + 1]! >= 0x8000_0000) return true;
  return false;
}

function typedEntry({ symbol, struct }: CounterSymbol, type: MetricType, metric: string | undefined): TypedEntry {
  return {
    typed: true,
    kind: 'counters',
    symbol,
    optional: false,
    struct,
    metric,
    help: undefined,
    type,
    cpu: 'both',
    labels: [],
    members: undefined,
    at: { file: 'discover', line: 0, column: 0 },
  };
}
