/** `top`: what each counter does now and on which CPU, on a terminal; or printed read by read. */
import { Option, type Command } from 'commander';
import { milliseconds } from '../config/globals.js';
import { writeOut } from '../output/standardOutput.js';
import { publish } from '../service/publication.js';
import { openSession, type Session } from '../service/session.js';
import { stopSignal } from '../service/stopSignal.js';
import { createLogger } from '../telemetry/logger.js';
import { Live, rest } from '../top/live.js';
import { colours, plain, wantsColours } from '../top/painter.js';
import { FrameReader } from '../top/reader.js';
import { batchText, jsonLine } from '../top/report.js';
import { Terminal } from '../top/terminal.js';
import { sortOrders, type Choice, type SortOrder, type View } from '../top/view.js';
import {
  addConfigOptions,
  addKernelOptions,
  addLogOptions,
  parsedBy,
  sessionOptions,
  type ConfigOptions,
  type KernelOptions,
  type LogOptions,
} from './options.js';

interface TopOptions extends ConfigOptions, KernelOptions, LogOptions {
  /** Milliseconds. */
  readonly interval: number;
  readonly sort: SortOrder;
  readonly reverse?: boolean;
  readonly filter: string;
  readonly cpus?: boolean;
  readonly idle: boolean;
  readonly batch?: boolean;
  readonly json?: boolean;
  readonly reads?: number;
  readonly color: boolean;
}

export function addTop(program: Command): void {
  const command = program.command('top').description('show what each counter does now and on which CPU, in a terminal');
  addLogOptions(addKernelOptions(addConfigOptions(command)))
    .addOption(
      new Option('-s, --interval <time>', 'from one read to the next: 2s, 500ms, or a number of seconds')
        .argParser(parsedBy(parseInterval))
        .default(1000, '1s'),
    )
    .addOption(new Option('-o, --sort <order>', 'what comes first').choices(sortOrders).default(sortOrders[0]))
    .option('-r, --reverse', 'in the other order')
    .option('-f, --filter <words>', 'only series whose name, labels or symbol have all these words', '')
    .option('-P, --cpus', 'show what each CPU does, or the busiest ones where not all have room')
    .option('-I, --no-idle', 'leave out what does not move')
    .option('-b, --batch', 'print a table for each read; so it does where the output is no terminal')
    .addOption(new Option('-n, --reads <number>', 'end after so many').argParser(parsedBy(parseReads)))
    .option('--json', 'print an object in one line for each read; 64-bit values are texts; null is not known')
    .option('--no-color', 'without colours, as with the variable NO_COLOR, or TERM=dumb')
    .addHelpText(
      'after',
      `
On a terminal: q quits, s sorts, r reverses, / filters, c shows CPUs, i hides what is idle, ? tells more. Where the
output is no terminal, or TERM is dumb, it prints as with --batch, one head for each read. A rate takes two reads, so
that what is printed begins an interval after the start. What could not be read has "-" and the reason. An average is
over ten intervals. A CPU is hot that counted at least half as much again as the median CPU, and 10 more, and more
than chance would explain.`,
    )
    .action(top);
}

async function top(options: TopOptions): Promise<void> {
  const log = createLogger('error', options.logFormat);
  const session = await openSession(sessionOptions(options), log);
  // Each read is asked for here: nothing else is to read in between.
  const config = { ...session.config, scrapeIntervalMs: undefined, activity: undefined };
  const { kernel, scraper, truth } = session;
  const publication = publish({ kernel, scraper, config, truth });
  try {
    await truth?.proveAll(scraper, config);
    const frames = new FrameReader(publication.snapshots, options.interval);
    const { TERM = 'dumb' } = process.env;
    const isLive = process.stdout.isTTY && TERM !== 'dumb' && TERM !== '' && !options.batch && !options.json;
    if (isLive) {
      // Lines of the log would be written over the screen, which tells the same.
      log.level = 'silent';
      await show(frames, session, options);
    } else await print(frames, options, config.prefix);
  } finally {
    publication.stop();
    await session.close();
  }
}

async function show(frames: FrameReader, session: Session, options: TopOptions): Promise<void> {
  const live = new Live({
    next: () => frames.next(),
    terminalFor: (events) => new Terminal(events),
    painter: options.color && wantsColours(process.env) ? colours : plain,
    view: viewOf(session, options),
    reads: options.reads,
  });
  const stop = (): void => {
    live.stop();
  };
  void stopSignal().then(stop);
  process.once('SIGHUP', stop);
  await live.run();
  process.off('SIGHUP', stop);
}

async function print(frames: FrameReader, options: TopOptions, prefix: string): Promise<void> {
  const { interval, reads = Infinity, json = false } = options;
  // In a terminal that is dumb; whoever asks for it wants all. The last column is left free: some go on in the next line once it is written to.
  const columnsNow = (): number =>
    process.stdout.isTTY && !options.batch ? Math.max(1, (process.stdout.columns || 80) - 1) : Infinity;
  const choice = choiceOf(options);
  const over = new AbortController();
  void stopSignal().then(() => {
    over.abort();
  });
  for (let read = 0; read <= reads; read++) {
    const began = performance.now();
    const frame = await frames.next();
    if (read > 0) await writeOut(json ? jsonLine(frame, choice) : batchText(frame, choice, columnsNow(), prefix));
    if (read === reads) break;
    await rest(interval, performance.now() - began, over.signal);
    if (over.signal.aborted) break;
  }
}

function viewOf({ kernel: { facts }, config }: Session, options: TopOptions): View {
  const { release, machineArch, cpus, origin } = facts;
  const kernel = `${release} ${machineArch}, ${cpus.length} CPUs${origin === 'live' ? '' : `, ${origin}`}`;
  return {
    ...choiceOf(options),
    about: { kernel, prefix: config.prefix, intervalMs: options.interval },
    frame: undefined,
    filterBefore: undefined,
    above: 0,
    isPaused: false,
    isHelp: false,
  };
}

function choiceOf({ sort, reverse = false, filter, idle, cpus = false }: TopOptions): Choice {
  return { sort, isReversed: reverse, filter, withIdle: idle, withCpus: cpus };
}

function parseInterval(text: string): number {
  const interval = milliseconds(/^\d+$/.test(text) ? `${text}s` : text);
  if (interval === undefined) throw new Error(`"${text}" is not a time such as 2s, from 100ms to 60m.`);
  return interval;
}

function parseReads(text: string): number {
  const reads = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (reads < 1) throw new Error(`"${text}" is not a number of reads, 1 or more.`);
  return reads;
}
