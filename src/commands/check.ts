/** `check`: says whether a config is good, and with --symbols whether a kernel has what it asks for. */
import type { Command } from 'commander';
import { FileError } from '../yaml/diagnostics.js';
import { itemStates } from '../snapshots/itemStates.js';
import type { Snapshot } from '../snapshots/snapshot.js';
import { isFault } from '../snapshots/symbolStatus.js';
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
import { openSession } from '../service/session.js';
import { planText } from './planText.js';
import { UserError } from '../service/userError.js';

interface CheckOptions extends ConfigOptions, KernelOptions, LogOptions {
  readonly symbols?: boolean;
  readonly plan?: boolean;
}

export function addCheck(program: Command): void {
  const command = program
    .command('check')
    .description('check a config, and with --symbols that the kernel has what it asks for');
  addLogOptions(addCoreOption(addKernelOptions(addConfigOptions(command))))
    .option('--symbols', 'resolve and read every symbol of the config')
    .option('--plan', 'as --symbols, and show what one scrape reads, in which calls')
    .action(check);
}

async function check(options: CheckOptions): Promise<void> {
  const { config, files } = namedFiles(options).load();
  if (config instanceof FileError) throw config;
  // What a server would leave out is no less wrong.
  const bad = files.flatMap(({ error }) => error ?? []);
  if (bad.length > 0) throw FileError.of(bad);
  const { symbols = false, plan = false, simulate, kvmCore } = options;
  if (symbols || plan || simulate !== undefined || kvmCore !== undefined) await checkSymbols(options);
  else {
    const names = files.map(({ file }) => file).join(', ');
    console.log(`${names}: good, ${config.entries.length} entries; the kernel was not asked (--symbols)`);
  }
}

async function checkSymbols(options: CheckOptions): Promise<void> {
  const log = createLogger('error', options.logFormat);
  const session = await openSession(sessionOptions(options), log);
  try {
    await session.truth?.proveAll(session.scraper, session.config);
    const snapshot = await session.scraper.read();
    const { symbols, groups } = snapshot.report;
    const width = Math.max(...symbols.map(({ symbol }) => symbol.length));
    for (const { symbol, up, optional, reason, bases } of symbols) {
      const state = up
        ? ['up', bases.map(({ source, proof }) => `by ${source}, proof ${proof}`).join('; ')]
        : ['down', `${reason}${optional ? ' (optional)' : ''}`];
      console.log([symbol.padEnd(width), ...state].join('  '));
    }
    const silent = groups.filter(({ state }) => state !== 'read');
    for (const { group, reason } of silent) console.log(`${group}: nothing of it is read: ${reason}`);
    const reasons = symbols.flatMap(({ bases }) =>
      bases.flatMap((basis) => (basis.source === 'layout' ? basis.why : [])),
    );
    for (const why of new Set(reasons)) console.log(`by layout, since ${why}`);
    for (const counter of neverCountedIn(snapshot.layout, session.kernel.facts.osreldate)) {
      console.log(`${counter}: declared, but never counted by this release; leave it out`);
    }
    const { plan, walks } = session.scraper;
    if (options.plan === true && plan !== undefined) console.log(['', ...planText(plan, walks)].join('\n'));
    const bad = symbols.filter(
      (status) => isFault(status) && !(status.optional && isOnlyUnset(snapshot, status.symbol)),
    );
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
  } finally {
    await session.close();
  }
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
