/** `check`: says whether a config is good, and with --symbols whether a kernel has what it asks for. */
import { Option, type Command } from 'commander';
import { allMetrics, makeCatalog } from '../catalog/catalog.js';
import type { FileStatus } from '../config/namedFiles.js';
import { printLine, type Print } from '../output/standardOutput.js';
import type { GroupStatus } from '../snapshots/groupStatus.js';
import { didYouMean, FileError } from '../yaml/diagnostics.js';
import { itemStates } from '../snapshots/itemStates.js';
import type { Snapshot } from '../snapshots/snapshot.js';
import { isFault, wordFor, type SymbolStatus } from '../snapshots/symbolStatus.js';
import { neverCountedIn } from '../truth/verify.js';
import { createLogger } from '../telemetry/logger.js';
import {
  addConfigOptions,
  addCoreOption,
  addKernelOptions,
  addLogOptions,
  namedFiles,
  sessionOptions,
  type ConfigOptions,
  type KernelOptions,
  type LogOptions,
} from './options.js';
import { openSession, type Session } from '../service/session.js';
import { planText } from './planText.js';
import { UserError } from '../service/userError.js';

/** How it is told what a kernel has of a config. */
interface Form {
  readonly plan?: boolean;
  readonly json?: boolean;
}

interface CheckOptions extends ConfigOptions, KernelOptions, LogOptions, Form {
  readonly symbols?: boolean;
}

export function addCheck(program: Command): void {
  const command = program
    .command('check')
    .description('check a config, and with --symbols that the kernel has what it asks for');
  addLogOptions(addCoreOption(addKernelOptions(addConfigOptions(command))))
    .option('--symbols', 'resolve and read every symbol of the config')
    .option('--plan', 'as --symbols, and show what one scrape reads, in which calls')
    .addOption(new Option('--json', 'print JSON').conflicts('plan'))
    .action(check);
}

async function check(options: CheckOptions): Promise<void> {
  const { config, files } = namedFiles(options).load();
  // What a server would leave out is no less wrong.
  const bad = files.flatMap(({ error }) => error ?? []);
  const wrong = config instanceof FileError ? config : bad.length > 0 ? FileError.of(bad) : undefined;
  if (wrong !== undefined) {
    if (options.json === true) printLine(json({ files: namesOf(files), faults: wrong.diagnostics }));
    throw wrong;
  }
  const entries = config instanceof FileError ? 0 : config.entries.length;
  const { symbols = false, plan = false, simulate, kvmCore } = options;
  if (symbols || plan || simulate !== undefined || kvmCore !== undefined) await checkSymbols(options);
  else if (options.json === true) printLine(json({ files: namesOf(files), faults: [], entries }));
  else {
    const names = namesOf(files).join(', ');
    printLine(`${names}: good, ${entries} entries; the kernel was not asked (--symbols)`);
  }
}

async function checkSymbols(options: CheckOptions): Promise<void> {
  const log = createLogger('error', options.logFormat);
  const session = await openSession(sessionOptions(options), log);
  try {
    await checkSession(session, options, printLine);
  } finally {
    await session.close();
  }
}

/** Throws UserError where it finds fault with what the kernel has of the config. */
export async function checkSession(session: Session, form: Form, print: Print): Promise<void> {
  await session.truth?.proveAll(session.scraper, session.config);
  const snapshot = await session.scraper.read();
  const { symbols, groups } = snapshot.report;
  const silent = groups.filter(({ state }) => state !== 'read');
  const neverCounted = neverCountedIn(snapshot.layout, session.kernel.facts.osreldate);
  if (form.json === true) {
    const counted = { entries: session.config.entries.length, values: snapshot.layout.rows.length };
    const states = symbols.map((status) => ({ ...status, since: undefined, state: wordFor(status) }));
    print(
      json({ files: namesOf(session.fileStatuses), faults: [], ...counted, symbols: states, groups, neverCounted }),
    );
  } else symbolLines(symbols, silent, neverCounted, await hintsFor(symbols)).forEach(print);
  const { plan, walks } = session.scraper;
  if (form.plan === true && plan !== undefined) print(['', ...planText(plan, walks)].join('\n'));
  const bad = symbols.filter((status) => isFault(status) && !(status.optional && isOnlyUnset(snapshot, status.symbol)));
  if (bad.length > 0) {
    const advice = bad.every(({ optional }) => optional)
      ? ''
      : ', or mark those that a kernel may be without "optional: true"';
    throw new UserError(
      `${bad.length} of ${symbols.length} symbols cannot be read: ${bad.map(({ symbol }) => symbol).join(', ')}; correct them in the config${advice}`,
    );
  }
  // Where one of its symbols is at fault, or this kernel has only not allocated them, that is judged above.
  const faulty = new Set(symbols.filter(isFault).flatMap(({ groups: these }) => these));
  const useless = silent.filter(({ state, group }) => state === 'silent' && !faulty.has(group));
  if (useless.length > 0) {
    throw new UserError(
      `nothing can be read of ${useless.map(({ group }) => group).join(', ')}, although this kernel has symbols that it names; correct it, or leave it out`,
    );
  }
}

function symbolLines(
  symbols: readonly SymbolStatus[],
  silent: readonly GroupStatus[],
  neverCounted: readonly string[],
  hints: ReadonlyMap<string, string>,
): string[] {
  const width = Math.max(...symbols.map(({ symbol }) => symbol.length));
  const reasons = symbols.flatMap(({ bases }) =>
    bases.flatMap((basis) => (basis.source === 'layout' ? basis.why : [])),
  );
  return [
    ...symbols.map(({ symbol, up, optional, reason, bases }) => {
      const state = up
        ? ['up', bases.map(({ source, proof }) => `by ${source}, proof ${proof}`).join('; ')]
        : ['down', `${reason}${hints.get(symbol) ?? ''}${optional ? ' (optional)' : ''}`];
      return [symbol.padEnd(width), ...state].join('  ');
    }),
    ...silent.map(({ group, reason }) => `${group}: nothing of it is read: ${reason}`),
    ...[...new Set(reasons)].map((why) => `by layout, since ${why}`),
    ...neverCounted.map((counter) => `${counter}: declared, but never counted by this release; leave it out`),
  ];
}

/** For symbols that must be there and are not: those of packs that may have been meant. */
async function hintsFor(symbols: readonly SymbolStatus[]): Promise<Map<string, string>> {
  const missing = symbols.filter(({ cause, optional }) => cause === 'missing' && !optional);
  if (missing.length === 0) return new Map();
  const known = new Set(allMetrics(await makeCatalog()).flatMap(({ sources }) => sources.map(({ symbol }) => symbol)));
  return new Map(missing.map(({ symbol }) => [symbol, known.has(symbol) ? '' : didYouMean(symbol, [...known])]));
}

function json(found: object): string {
  return JSON.stringify(found, undefined, 2);
}

function namesOf(files: readonly FileStatus[]): string[] {
  return files.map(({ file }) => file);
}

/** The states of items that were read, or that this kernel has not allocated. */
const UNSET: ReadonlySet<number | undefined> = new Set(
  (['ok', 'null', 'early'] as const).map((state) => itemStates.indexOf(state)),
);

/** True where what is not read of a symbol was only not allocated by this kernel. */
function isOnlyUnset({ layout, states }: Snapshot, symbol: string): boolean {
  const own = layout.items.flatMap(({ entry }, item) => (layout.entries[entry]?.symbol === symbol ? [item] : []));
  const sound = layout.entries.every((entry, index) => entry.symbol !== symbol || layout.faults[index] === undefined);
  return sound && own.length > 0 && own.every((item) => UNSET.has(states[item]));
}
