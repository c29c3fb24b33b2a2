/** Finds every counter(9) of the kernel and of its loaded modules by their type information, and whether it can be read now. */
import { FamilyNames } from '../config/familyNames.js';
import { matchesGlob } from '../config/glob.js';
import { metricStem } from '../config/madeNames.js';
import type { Config, MetricType, TypedEntry } from '../config/model.js';
import { configOfEntries, entryOfAll } from '../config/ownEntries.js';
import { CtfError, KernelFileError } from '../ctf/errors.js';
import type { Kernel } from '../kernel/kernel.js';
import { Expander } from '../plan/expand.js';
import { TypeSource } from '../plan/typeSource.js';
import type { Snapshot } from '../snapshots/snapshot.js';
import { isRead, partOf, sumOf } from '../snapshots/values.js';
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
  /** As in TypeSource. */
  readonly kernelPath: string | undefined;
  /** Reads what a config asks for. Throws KvmError where no reader gives this kernel's numbers. */
  readonly read: (config: Config) => Promise<Snapshot>;
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

/** Throws KvmError where the kernel cannot be read. */
export async function discover(
  kernel: Pick<Kernel, 'modules' | 'symbols'>,
  options: DiscoverOptions,
): Promise<DiscoveredFile[]> {
  const types = new TypeSource(kernel.modules, options.kernelPath);
  types.learnFileList();
  const names = new FamilyNames('');
  const expander = new Expander(kernel, types, names);
  const files: DiscoveredFile[] = [];
  const seen = new Set<string>();
  for (const id of kernel.modules.files()) {
    const path = kernel.modules.pathOf(id);
    if (path === undefined || !isWanted(path, options.module)) continue;
    const remarks: string[] = [];
    const found = findSymbols(types, id, options, remarks).filter(({ symbol }) => {
      if (!seen.has(symbol)) return seen.add(symbol);
      remarks.push(`${symbol}: another file has a symbol of this name, which is found first`);
      return false;
    });
    const entries = await describe(found, expander, options.read);
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
  found: readonly CounterSymbol[],
  expander: Expander,
  read: DiscoverOptions['read'],
): Promise<Discovered[]> {
  if (found.length === 0) return [];
  const templates = found.map((symbol) => templateFor(symbol, expander));
  const entries = found.map((symbol, index) => entryFor(symbol, 'gauge', templates[index]!.metric));
  const snapshot = await read(configOfEntries(entries));
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
      readable: rows.filter((row) => isRead(snapshot, row)).length,
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
    const { fault } = expander.expand(entryFor(found, 'counter', metric));
    if (fault === undefined) return { metric, problem: undefined };
    problem = fault.reason;
  }
  return { metric: undefined, problem };
}

function isGauge({ symbol }: CounterSymbol, snapshot: Snapshot, row: number): boolean {
  const { rows, cpus } = snapshot.layout;
  if (KNOWN_GAUGES.some((glob) => matchesGlob(glob, rows[row]!.member ?? symbol))) return true;
  const values = [sumOf(snapshot, row), ...cpus.map((_, cpu) => partOf(snapshot, row, cpu))];
  return values.some((value) => value !== undefined && value < 0n);
}

function entryFor({ symbol, struct }: CounterSymbol, type: MetricType, metric: string | undefined): TypedEntry {
  return entryOfAll('counters', symbol, { struct, metric, type });
}
