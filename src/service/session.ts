/** A kernel that is open and configured, as the commands that publish or prove what is read need it. */
import type { Config } from '../config/model.js';
import type { FileStatus, LoadResult, NamedFiles } from '../config/namedFiles.js';
import type { CoreKernel } from '../kernel/core/coreKernel.js';
import type { Scraper } from '../scrape/scraper.js';
import type { Logger } from '../telemetry/logger.js';
import { GroupLog } from '../telemetry/groupLog.js';
import { SymbolLog } from '../telemetry/symbolLog.js';
import { FileError } from '../yaml/diagnostics.js';
import { isRunning, openKernel, type KernelChoice, type OpenedKernel } from './openKernel.js';
import { startScraper } from './scraper.js';
import { Truth } from './truth.js';

export interface Session {
  readonly kernel: OpenedKernel;
  readonly config: Config;
  readonly scraper: Scraper;
  /** Where the config came from, and what was found of each file. */
  readonly files: NamedFiles;
  readonly fileStatuses: readonly FileStatus[];
  /** A scraper of another config that takes the place of `before`. */
  readonly scraperOf: (config: Config, before?: Scraper) => Scraper;
  /** Undefined of a dump: nobody can be asked whether it is true. */
  readonly truth: Truth | undefined;
  /** To be called before the process becomes this user, so that close() can still do its work. */
  readonly giveTo: (uid: number, gid: number) => void;
  readonly close: () => Promise<void>;
}

/** What a session is opened with. */
export interface SessionOptions extends KernelChoice {
  readonly files: NamedFiles;
  /** Called once the config is known to be good, before a kernel is opened, which may take seconds. */
  readonly onGoodConfig?: () => void;
}

/** Loads the config, opens the kernel and proves a reader right. Throws errors that are written for the user. */
export async function openSession(
  { files: named, onGoodConfig, ...choice }: SessionOptions,
  log: Logger,
): Promise<Session> {
  // A config that is wrong is told before anything is started for it.
  const checked = named.load();
  configOf(checked);
  onGoodConfig?.();
  const { kernel, simulator, close } = await openKernel(choice);
  try {
    const addition = simulator?.configFile;
    const files = addition === undefined ? named : named.with([addition]);
    const loaded = addition === undefined ? checked : files.load();
    const config = configOf(loaded);
    logLeftOut(log, loaded.files);
    const symbolLog = new SymbolLog(log);
    const groupLog = new GroupLog(log);
    const truth = isRunning(kernel) ? new Truth(kernel, log) : undefined;
    const scraperOf = (wanted: Config, before?: Scraper): Scraper => {
      const scraper = startScraper(kernel, wanted, {
        onChange: (status, wasUpBefore) => {
          symbolLog.changed(status, wasUpBefore);
        },
        onGroupChange: (status) => {
          groupLog.changed(status);
        },
        kernelPath: choice.kernelPath,
        before,
        judge: wanted.truthShare === undefined ? undefined : truth?.watch,
      });
      logLayouts(log, scraper);
      return scraper;
    };
    const scraper = scraperOf(config);
    const { origin, release, machineArch, cpus } = kernel.facts;
    log.info({ kernel: origin, release, machine: machineArch, cpus: cpus.length }, 'kernel opened');
    if (!isRunning(kernel)) logDump(log, kernel);
    const { reader, reason, seen } = scraper.reader;
    log.info({ reader, reason, seen }, 'reader chosen');
    const giveTo = (uid: number, gid: number): void => simulator?.giveTo(uid, gid);
    const closeAll = async (): Promise<void> => {
      symbolLog.close();
      groupLog.close();
      truth?.close();
      await close();
    };
    return { kernel, config, scraper, files, fileStatuses: loaded.files, scraperOf, truth, giveTo, close: closeAll };
  } catch (error) {
    await close();
    throw error;
  }
}

/** One line for each config file that is not used, with all that is wrong with it. */
export function logLeftOut(log: Logger, files: readonly FileStatus[]): void {
  for (const { file, error } of files) {
    if (error !== undefined) log.error({ file, error: error.message }, 'config file is bad and left out');
  }
}

/** One line for each reason for which the kernel's files tell no types, and layouts stand in for them. */
function logLayouts(log: Logger, { layout: { entries, bases } }: Scraper): void {
  const symbols = new Map<string, string[]>();
  entries.forEach(({ symbol }, entry) => {
    const basis = bases[entry];
    if (basis?.source === 'layout') symbols.set(basis.why, [...(symbols.get(basis.why) ?? []), symbol]);
  });
  for (const [reason, names] of symbols) {
    log.info({ symbols: names.join(','), reason }, 'read by layouts that are proven on this kernel');
  }
}

function logDump(log: Logger, { facts: { dump }, pages }: CoreKernel): void {
  if (dump !== undefined)
    log.info({ taken: new Date(dump.time * 1000).toISOString(), panic: dump.panic }, 'crash dump');
  if (pages.missing > 0)
    log.warn(
      pages,
      'the dump was cut short: what lies in the missing pages, or behind the last one known by its contents, cannot be read',
    );
}

function configOf({ config }: LoadResult): Config {
  if (config instanceof FileError) throw config;
  return config;
}
