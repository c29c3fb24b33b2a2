/** `print`: one scrape to standard output, or to a file for node_exporter's textfile collector, once or at an interval. */
import { Option, type Command } from 'commander';
import { basename } from 'node:path';
import { milliseconds } from '../config/globals.js';
import { formats } from '../exposition/formats/registry.js';
import { text } from '../exposition/formats/text.js';
import { createLogger } from '../telemetry/logger.js';
import { ReloadSignal } from '../service/reloadSignal.js';
import {
  addConfigOptions,
  addCoreOption,
  addKernelOptions,
  addLogOptions,
  named,
  parsedBy,
  sessionOptions,
  type ConfigOptions,
  type KernelOptions,
  type LogOptions,
} from './options.js';
import { addPrivilegeOptions, identityWanted, type PrivilegeOptions } from './identity.js';
import { giveUpRoot } from '../service/privileges.js';
import { publish, type Publication } from '../service/publication.js';
import { writeOut } from '../output/standardOutput.js';
import { openSession, type Session } from '../service/session.js';
import { warnOfName, writeAtInterval, writeOnce } from './textfile.js';

interface PrintOptions extends ConfigOptions, KernelOptions, LogOptions, PrivilegeOptions {
  /** A format's name. */
  readonly format: string;
  readonly textfile?: string;
  /** Milliseconds. */
  readonly interval?: number;
}

export function addPrint(program: Command): void {
  const command = program
    .command('print')
    .description("print one scrape, or write it to a file for node_exporter's textfile collector");
  addPrivilegeOptions(
    addLogOptions(addCoreOption(addKernelOptions(addConfigOptions(command)))),
    'That user writes the file.',
  )
    .addOption(
      new Option('--format <format>', 'what to print').choices(formats.map(({ name }) => name)).default(text.name),
    )
    .addOption(
      named('--output.textfile <file>', 'textfile', 'write to this file, such as /var/tmp/node_exporter/kcounter.prom'),
    )
    .addOption(
      named('--output.interval <time>', 'interval', 'write the file again and again, every 15s for example').argParser(
        parsedBy(parseInterval),
      ),
    )
    .addHelpText(
      'after',
      `
The file is replaced as a whole and never written to, so that nobody reads a part of it. When a read or a write fails,
the old file stays: its age tells, which node_exporter shows as node_textfile_mtime_seconds. At an interval, only a
first failure ends the program; later ones are logged. SIGINT or SIGTERM ends it.`,
    )
    .action(print);
}

async function print(options: PrintOptions, command: Command): Promise<void> {
  const { textfile, interval } = options;
  if (interval !== undefined && textfile === undefined) {
    command.error("error: option '--output.interval <time>' needs --output.textfile");
  }
  if (textfile !== undefined && options.format !== text.name) {
    command.error(
      "error: option '--output.textfile <file>' writes text only, which is all that the textfile collector reads",
    );
  }
  // Neither the end of the terminal nor a habit of newsyslog ends what writes at an interval.
  const reloadSignal = interval === undefined ? undefined : new ReloadSignal();
  const identity = identityWanted(options, command);
  const log = createLogger(options.logLevel, options.logFormat);
  const session = await openSession(sessionOptions(options), log);
  const { publisher, stop } = publishOnce(session, textfile);
  const format = formats.find(({ name }) => name === options.format) ?? text;
  try {
    giveUpRoot(identity, session, log);
    await session.truth?.proveAll(session.scraper, session.config);
    if (textfile !== undefined) warnOfName(textfile, log);
    const document = () => publisher.document(format);
    if (textfile === undefined) for (const chunk of (await document()).chunks) await writeOut(chunk);
    else if (interval === undefined || reloadSignal === undefined) await writeOnce(document, textfile);
    else await writeAtInterval(document, textfile, interval, log, reloadSignal);
  } finally {
    reloadSignal?.close();
    stop();
    await session.close();
  }
}

/** Each document is a read of its own: a loop would read for nobody in between. */
export function publishOnce({ kernel, scraper, config, truth }: Session, textfile?: string): Publication {
  const kept = { textfile: textfile === undefined ? undefined : basename(textfile) };
  return publish({ kernel, scraper, config: { ...config, scrapeIntervalMs: undefined }, kept, truth });
}

function parseInterval(text: string): number {
  const interval = milliseconds(text);
  if (interval === undefined) throw new Error(`"${text}" is not a time such as 15s, from 100ms to 60m.`);
  return interval;
}
