/** A kernel that is open and configured, as the commands that read one need it. */
import { loadConfig } from '../config/load.js';
import type { Config } from '../config/model.js';
import { Publisher } from '../exposition/publisher.js';
import { Kernel, type KernelSource } from '../kvm/kernel.js';
import { version } from '../packageRoot.js';
import { Scraper } from '../scrape/scraper.js';
import type { SymbolStatus } from '../scrape/symbolStatus.js';
import { Simulator } from '../simulator/simulator.js';
import type { Logger } from '../telemetry/logger.js';
import { OwnMetrics } from '../telemetry/ownMetrics.js';
import type { ConfigOptions, KernelOptions } from './options.js';
import { UserError } from './userError.js';

export interface Session {
  readonly config: Config;
  readonly kernel: Kernel;
  readonly scraper: Scraper;
  readonly close: () => Promise<void>;
}

/** Loads the config, opens the kernel and proves a reader right. Throws errors that are written for the user. */
export async function openSession(options: ConfigOptions & KernelOptions, log: Logger): Promise<Session> {
  // A config that is wrong is told before anything is started for it.
  loadConfig([options.configFile]);
  const { kernel, simulator, close } = await openKernel(options);
  try {
    const files = [options.configFile];
    if (simulator?.configFile !== undefined) files.push(simulator.configFile);
    const config = loadConfig(files);
    const tell = (status: SymbolStatus): void => {
      logSymbol(log, status);
    };
    const scraper = new Scraper(kernel, config, tell, options.kvmKernel);
    const { origin, release, machineArch, cpus } = kernel.facts;
    log.info({ kernel: origin, release, machine: machineArch, cpus: cpus.length }, 'kernel opened');
    const { reader, reason, seen } = scraper.selfTest;
    log.info({ reader, reason, seen }, 'reader chosen');
    return { config, kernel, scraper, close };
  } catch (error) {
    await close();
    throw error;
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
  const simulator = simulate && (await Simulator.start(simulate));
  try {
    const kernel = Kernel.open(simulator?.source ?? liveKernel());
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

/** What is published of a session: its kernel's series and the exporter's own. */
export function publish({ config, kernel, scraper }: Pick<Session, 'config' | 'kernel' | 'scraper'>): Publisher {
  const own = new OwnMetrics(version, kernel.facts, scraper.selfTest);
  return new Publisher(scraper, own, config.scrapeIntervalMs);
}

function liveKernel(): KernelSource {
  if (process.platform !== 'freebsd') {
    throw new UserError(
      `this is ${process.platform}, and only FreeBSD has a kernel to read; "npm run demo" (--simulate) reads a simulated one`,
    );
  }
  return { origin: 'live' };
}

/** One line when a symbol goes down and one when it comes back, however many scrapes see it. */
function logSymbol(log: Logger, { symbol, optional, up, absent, reason }: SymbolStatus): void {
  if (up) log.info({ symbol }, 'symbol is read again');
  else if (optional && absent) log.debug({ symbol, reason }, 'optional symbol is not there');
  else log.warn({ symbol, reason }, 'symbol cannot be read; its series are left out');
}
