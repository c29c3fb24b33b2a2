/** `serve`, the default: answers scrapes over HTTP until it is told to stop. */
import type { Command } from 'commander';
import { parseListenAddress, type ListenAddress } from '../http/server/listenAddress.js';
import { openFileLimit } from '../http/limits/openFiles.js';
import { serveAt } from '../http/server/server.js';
import { TakenAddresses } from '../http/server/taken.js';
import { WebConfigFile } from '../http/webConfig/file.js';
import { mappedBytes } from '../kernel/ownProcess.js';
import type { Identity } from '../privilege/identity.js';
import { Exporter } from '../service/exporter.js';
import { giveUpRoot } from '../service/privileges.js';
import { ReloadSignal } from '../service/reloadSignal.js';
import { isRunning } from '../service/openKernel.js';
import { openSession, type Session } from '../service/session.js';
import { stopSignal } from '../service/stopSignal.js';
import { logFailure, makeApp, type WebOptions } from '../service/webApp.js';
import { createLogger, type Logger } from '../telemetry/logger.js';
import { standardError } from '../telemetry/logSink.js';
import { mappedOnLinux, ProcessMetrics } from '../telemetry/processMetrics.js';
import { RequestMetrics } from '../telemetry/requestMetrics.js';
import { addPrivilegeOptions, identityWanted, type PrivilegeOptions } from './identity.js';
import {
  addConfigOptions,
  addCoreOption,
  addKernelOptions,
  addLogOptions,
  listOf,
  named,
  parsedBy,
  sessionOptions,
  type ConfigOptions,
  type KernelOptions,
  type LogOptions,
} from './options.js';

interface ServeOptions extends ConfigOptions, KernelOptions, LogOptions, PrivilegeOptions, WebOptions {
  readonly listenAddress: readonly ListenAddress[];
  readonly webConfigFile?: string;
  readonly disableExporterMetrics?: boolean;
}

const DEFAULT_ADDRESS = ':9969';
const DEFAULT_ADDRESSES: readonly ListenAddress[] = [parseListenAddress(DEFAULT_ADDRESS)];
const DEFAULT_MAX_REQUESTS = 40;

export function addServe(program: Command): void {
  const command = program.command('serve', { isDefault: true }).description('serve metrics over HTTP (the default)');
  addPrivilegeOptions(
    addLogOptions(addCoreOption(addKernelOptions(addConfigOptions(command)))),
    `It listens before that, too, so a port below 1024 can be had.
What is read again later, such as config files and TLS keys, that user must be able to read.`,
  )
    .addOption(
      named(
        '--web.listen-address <address>',
        'listenAddress',
        'HOST:PORT, [IPv6]:PORT, :PORT or unix:/PATH; may be repeated',
      )
        .argParser(listOf(parseListenAddress, DEFAULT_ADDRESSES))
        .default(DEFAULT_ADDRESSES, DEFAULT_ADDRESS),
    )
    .addOption(
      named(
        '--web.config.file <file>',
        'webConfigFile',
        "TLS, users, headers and a rate limit, in the format of Prometheus' exporters",
      ),
    )
    .addOption(
      named(
        '--web.max-requests <number>',
        'maxRequests',
        'scrapes at once, beyond which the answer is 503; 0: no limit',
      )
        .argParser(parsedBy(parseCount))
        .default(DEFAULT_MAX_REQUESTS),
    )
    .addOption(
      named('--web.telemetry-path <path>', 'telemetryPath', 'where the metrics are')
        .argParser(parsedBy(parseTelemetryPath))
        .default('/metrics'),
    )
    .addOption(
      named('--web.timeout-offset <seconds>', 'timeoutOffset', "how long before Prometheus' timeout to answer")
        .argParser(parsedBy(parseSeconds))
        .default(0.5),
    )
    .addOption(named('--web.enable-lifecycle', 'enableLifecycle', 'reload the config on POST /-/reload, too'))
    .addOption(
      named(
        '--web.disable-exporter-metrics',
        'disableExporterMetrics',
        'leave out metrics about the process, its event loop and its scrapes',
      ),
    )
    .addOption(
      named(
        '--debug.addresses',
        'debugAddresses',
        "show symbols' addresses at /symbols: they tell where the kernel is",
      ),
    )
    .action(serve);
}

async function serve(options: ServeOptions, command: Command): Promise<void> {
  const reloadSignal = new ReloadSignal();
  const identity = identityWanted(options, command);
  const log = createLogger(options.logLevel, options.logFormat);
  const web = options.webConfigFile === undefined ? undefined : openWebConfig(options.webConfigFile, log);
  // Before a kernel is opened, or even built: that takes seconds, and a port that is taken none.
  const taken = await TakenAddresses.take(options.listenAddress, identity);
  try {
    const onGoodConfig = (): void => {
      if (options.simulate !== undefined) showPage(taken, web);
    };
    const session = await openSession({ ...sessionOptions(options), onGoodConfig }, log);
    await serveSession(session, taken, { options, identity, log, web, reloadSignal });
  } finally {
    await taken.close();
  }
}

/** For whoever tries it out: where to look. Who asks before the kernel is open gets the answer when it is. */
function showPage(taken: TakenAddresses, web: WebConfigFile | undefined): void {
  const urls = taken.urls(web?.current.tls === undefined ? 'http' : 'https');
  const url = urls.find((each) => !/^https?:\/\/unix:/.test(each));
  if (url !== undefined) console.log(`${url}/ shows a simulated kernel; Ctrl-C ends it`);
}

interface Serving {
  readonly options: ServeOptions;
  readonly identity: Identity | undefined;
  readonly log: Logger;
  readonly web: WebConfigFile | undefined;
  readonly reloadSignal: ReloadSignal;
}

async function serveSession(
  session: Session,
  taken: TakenAddresses,
  { options, identity, log, web, reloadSignal }: Serving,
): Promise<void> {
  const requests = new RequestMetrics();
  const { kernel } = session;
  const mapped = isRunning(kernel) ? () => mappedOnLinux() ?? mappedBytes(kernel.sysctls) : undefined;
  const others = options.disableExporterMetrics === true ? [] : [new ProcessMetrics(openFileLimit(), mapped), requests];
  let started: Exporter | undefined;
  try {
    // Before a loop begins to read, or anybody asks.
    await session.truth?.proveAll(session.scraper, session.config);
    const exporter = new Exporter(session, [standardError, ...others], log);
    started = exporter;
    reloadSignal.handleBy(() => void exporter.reload());
    // Read once before anybody asks: what is down is logged at the start, and the page shows it.
    await exporter.current.snapshots.refresh();
    const stopping = new AbortController();
    const server = serveAt(makeApp(exporter, { ...options, onScrape: requests.begin }, log, stopping.signal), taken, {
      ...(web && { web }),
      onError: (error) => {
        logFailure(log, error);
      },
    });
    try {
      // Before any request is handled: serveAt() holds them back for one turn of the event loop.
      giveUpRoot(identity, session, log);
      // Who has read that it listens may ask it to stop at once.
      const stopped = stopSignal();
      for (const url of server.urls) log.info({ url: url + options.telemetryPath }, 'listening');
      log.info({ signal: await stopped }, 'stopping');
    } finally {
      stopping.abort();
      await server.close();
    }
  } finally {
    reloadSignal.close();
    await started?.stop();
    await session.close();
  }
}

/** Throws FileError. */
function openWebConfig(file: string, log: Logger): WebConfigFile {
  const web = new WebConfigFile(file, (error) => {
    if (error === undefined) log.info({ file }, 'web config loaded again');
    else log.error({ error: error.message }, 'web config not loaded; the one before stays in force');
  });
  if (web.current.isEmpty) log.warn({ file }, 'the web config is empty: everybody may read, without TLS');
  return web;
}

function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (!/^[\d.]+$/.test(text) || !Number.isFinite(seconds))
    throw new Error(`"${text}" is not a number of seconds such as 0.5.`);
  return seconds;
}

function parseCount(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new Error(`"${text}" is not a whole number such as ${DEFAULT_MAX_REQUESTS}.`);
  return Number(text);
}

function parseTelemetryPath(text: string): string {
  // Express takes some characters of a path for a pattern, and /-/ is where health and control are.
  if (!/^\/[\w./-]*$/.test(text) || text.startsWith('/-/'))
    throw new Error(`"${text}" is not a path such as /metrics.`);
  return text;
}
