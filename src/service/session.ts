/** A kernel that is open and configured, as the commands that read one need it. */
import { ConfigError } from '../yaml/diagnostics.js';
import type { Config } from '../config/model.js';
import { NamedFiles, type FileStatus, type LoadResult } from '../config/namedFiles.js';
import type { Exclusive } from '../snapshots/serialQueue.js';
import { Publisher } from '../exposition/publisher.js';
import { baseSystemLibraries } from '../kernel/live/cfunctions.js';
import { Kernel, type KernelSource } from '../kernel/live/kernel.js';
import { version } from '../packageRoot.js';
import { closeDebugger, forbidCoreDumps, isDebuggerWanted } from '../privilege/hardening.js';
import { Scraper } from '../scrape/scraper.js';
import type { Simulator } from '../simulator/simulator.js';
import type { SimulatorSpec } from '../simulator/spec.js';
import type { Logger } from '../telemetry/logger.js';
import { SymbolLog } from '../telemetry/symbolLog.js';
import { OwnMetrics, type KeptDocument, type OtherMetrics } from '../telemetry/ownMetrics.js';
import type { ConfigOptions, KernelOptions } from '../commands/options.js';
import { UserError } from '../commands/userError.js';

export interface Session {
  readonly kernel: Kernel;
  readonly config: Config;
  readonly scraper: Scraper;
  /** Where the config came from, and what was found of each file. */
  readonly files: NamedFiles;
  readonly fileStatuses: readonly FileStatus[];
  /** A scraper of another config that takes the place of `before`. */
  readonly scraperOf: (config: Config, before?: Scraper) => Scraper;
  /** To be called before the process becomes this user, so that close() can still do its work. */
  readonly giveTo: (uid: number, gid: number) => void;
  readonly close: () => Promise<void>;
}

/** Loads the config, opens the kernel and proves a reader right. Throws errors that are written for the user. */
export async function openSession(options: ConfigOptions & KernelOptions, log: Logger): Promise<Session> {
  const named = namedFiles(options);
  // A config that is wrong is told before anything is started for it.
  const checked = named.load();
  configOf(checked);
  const { kernel, simulator, close } = await openKernel(options);
  try {
    const addition = simulator?.configFile;
    const files = addition === undefined ? named : named.with([addition]);
    const loaded = addition === undefined ? checked : files.load();
    const config = configOf(loaded);
    logLeftOut(log, loaded.files);
    const symbolLog = new SymbolLog(log);
    const scraperOf = (wanted: Config, before?: Scraper): Scraper =>
      new Scraper(
        kernel,
        wanted,
        (status, wasUpBefore) => {
          symbolLog.changed(status, wasUpBefore);
        },
        options.kvmKernel,
        before,
      );
    const scraper = scraperOf(config);
    const { origin, release, machineArch, cpus } = kernel.facts;
    log.info({ kernel: origin, release, machine: machineArch, cpus: cpus.length }, 'kernel opened');
    const { reader, reason, seen } = scraper.selfTest;
    log.info({ reader, reason, seen }, 'reader chosen');
    const giveTo = (uid: number, gid: number): void => simulator?.giveTo(uid, gid);
    const closeAll = async (): Promise<void> => {
      symbolLog.close();
      await close();
    };
    return { kernel, config, scraper, files, fileStatuses: loaded.files, scraperOf, giveTo, close: closeAll };
  } catch (error) {
    await close();
    throw error;
  }
}

export function namedFiles({ configFile, configStrict }: ConfigOptions): NamedFiles {
  return new NamedFiles(configFile, configStrict === true);
}

/** One line for each config file that is not used, with all that is wrong with it. */
export function logLeftOut(log: Logger, files: readonly FileStatus[]): void {
  for (const { file, error } of files) {
    if (error !== undefined) log.error({ file, error: error.message }, 'config file is bad and left out');
  }
}

/** Opens the kernel for as long as `act` takes. */
export async function withKernel(options: KernelOptions, act: (kernel: Kernel) => Promise<void>): Promise<void> {
  const { kernel, close } = await openKernel(options);
  try {
    await act(kernel);
  } finally {
    await close();
  }
}

interface OpenKernel {
  readonly kernel: Kernel;
  readonly simulator: Simulator | undefined;
  readonly close: () => Promise<void>;
}

async function openKernel({ simulate }: KernelOptions): Promise<OpenKernel> {
  const simulator = simulate && (await startSimulator(simulate));
  try {
    const kernel = Kernel.open(simulator?.source ?? liveKernel());
    harden(simulator === undefined);
    const close = async (): Promise<void> => {
      kernel.close();
      await simulator?.close();
    };
    return { kernel, simulator, close };
  } catch (error) {
    await simulator?.close();
    throw error;
  }
}

/**
 * What is published of a session: its kernel's series and the exporter's own.
 *
 * @param others metrics that outlive the config
 * @param exclusive shared by all that read this kernel
 * @param kept as in OwnMetrics
 */
export function publish(
  { config, kernel, scraper }: Pick<Session, 'config' | 'kernel' | 'scraper'>,
  others: readonly OtherMetrics[] = [],
  exclusive?: Exclusive,
  kept?: KeptDocument,
): Publisher {
  const own = new OwnMetrics(version, kernel.facts, scraper.selfTest, others, kept);
  const created = config.created ? kernel.facts.bootTime.toFixed(3) : undefined;
  return new Publisher(scraper, own, config.scrapeIntervalMs, created, exclusive);
}

function configOf({ config }: LoadResult): Config {
  if (config instanceof ConfigError) throw config;
  return config;
}

/** The process has a kernel's memory open from now on. A developer may have a debugger look at a simulated one. */
function harden(isLive: boolean): void {
  if ((isLive || !isDebuggerWanted()) && closeDebugger()) {
    console.error(
      'kcounter_exporter: the debugger was closed: others could run code in a process that can read the kernel',
    );
  }
  if (isLive && !forbidCoreDumps(baseSystemLibraries.libc)) {
    console.error(
      'kcounter_exporter: core dumps could not be forbidden: one of this process would hold what it read of the kernel',
    );
  }
}

/** Loaded only where it is wanted: a kernel that runs needs none of it. */
async function startSimulator(spec: SimulatorSpec): Promise<Simulator> {
  const { Simulator } = await import('../simulator/simulator.js');
  return Simulator.start(spec);
}

function liveKernel(): KernelSource {
  if (process.platform !== 'freebsd') {
    throw new UserError(
      `this is ${process.platform}, and only FreeBSD has a kernel to read; "npm run demo" (--simulate) reads a simulated one`,
    );
  }
  return { origin: 'live' };
}
