/** `serve`, the default: answers scrapes over HTTP until it is told to stop. */
import type { Command } from 'commander';
import type { Express } from 'express';
import type { Publisher } from '../exposition/publisher.js';
import { createApp } from '../http/app.js';
import { landingPage } from '../http/landingPage.js';
import { parseListenAddress, type ListenAddress } from '../http/listenAddress.js';
import { startServer } from '../http/server.js';
import { version } from '../packageRoot.js';
import { createLogger, type Logger } from '../telemetry/logger.js';
import {
  addConfigOptions,
  addKernelOptions,
  addLogOptions,
  named,
  parsedBy,
  type ConfigOptions,
  type KernelOptions,
  type LogOptions,
} from './options.js';
import { openSession, publish, type Session } from './session.js';
import { stopSignal } from './stopSignal.js';

interface ServeOptions extends ConfigOptions, KernelOptions, LogOptions {
  readonly listenAddress: ListenAddress;
  readonly telemetryPath: string;
}

const DEFAULT_ADDRESS = ':9969';

export function addServe(program: Command): void {
  const command = program.command('serve', { isDefault: true }).description('serve metrics over HTTP (the default)');
  addLogOptions(addKernelOptions(addConfigOptions(command)))
    .addOption(
      named('--web.listen-address <address>', 'listenAddress', 'HOST:PORT, [IPv6]:PORT or :PORT')
        .argParser(parsedBy(parseListenAddress))
        .default(parseListenAddress(DEFAULT_ADDRESS), DEFAULT_ADDRESS),
    )
    .addOption(
      named('--web.telemetry-path <path>', 'telemetryPath', 'where the metrics are')
        .argParser(parsedBy(parseTelemetryPath))
        .default('/metrics'),
    )
    .action(serve);
}

async function serve(options: ServeOptions): Promise<void> {
  const log = createLogger(options.logLevel, options.logFormat);
  const session = await openSession(options, log);
  try {
    const publisher = publish(session);
    // Read once before anybody asks: what is down is logged at the start, and the page shows it.
    (await publisher.document('text')).release();
    const server = await startServer(makeApp(session, publisher, options.telemetryPath, log), options.listenAddress);
    log.info({ url: server.url + options.telemetryPath }, 'listening');
    log.info({ signal: await stopSignal() }, 'stopping');
    await server.close();
    publisher.stop();
  } finally {
    await session.close();
  }
}

/** The web interface to what `publisher` publishes. */
export function makeApp(
  { kernel, scraper }: Pick<Session, 'kernel' | 'scraper'>,
  publisher: Publisher,
  telemetryPath: string,
  log: Logger,
): Express {
  const { facts } = kernel;
  const { selfTest } = scraper;
  return createApp({
    telemetryPath,
    document: (format) => publisher.document(format),
    page: () => landingPage({ version, telemetryPath, facts, selfTest, symbols: scraper.symbols }),
    onError: (error) => {
      log.error({ error: error instanceof Error ? error.message : String(error) }, 'request failed');
    },
  });
}

function parseTelemetryPath(text: string): string {
  // Express takes some characters of a path for a pattern, and /-/ is where health and control are.
  if (!/^\/[\w./-]*$/.test(text) || text.startsWith('/-/'))
    throw new Error(`"${text}" is not a path such as /metrics.`);
  return text;
}
