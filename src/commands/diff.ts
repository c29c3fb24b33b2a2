/** `diff`: what moved between two looks at kernels, series by series and CPU by CPU. */
import { Option, type Command } from 'commander';
import type { Config } from '../config/model.js';
import { withParts } from '../config/spread.js';
import { compareScrapes } from '../diff/compare.js';
import { comparisonJson } from '../diff/json.js';
import { reportText } from '../diff/report.js';
import { writeOut } from '../output/standardOutput.js';
import type { SessionOptions } from '../service/session.js';
import { UserError } from '../service/userError.js';
import { createLogger, type Logger } from '../telemetry/logger.js';
import { documentOf, isReadNow, LIVE, nameOf, sideOf, STANDARD_INPUT } from './diffSide.js';
import {
  addConfigOptions,
  addCoreOption,
  addKernelOptions,
  addLogOptions,
  parsedBy,
  sessionOptions,
  type ConfigOptions,
  type KernelOptions,
  type LogOptions,
} from './options.js';

/** How it is told what moved. */
interface Form {
  /** Of each section; undefined for as many as fit. */
  readonly rows?: number;
  readonly all?: boolean;
  readonly cpus?: boolean;
  readonly json?: boolean;
}

interface DiffOptions extends ConfigOptions, KernelOptions, LogOptions, Form {}

export function addDiff(program: Command): void {
  const command = program
    .command('diff')
    .description('show what moved between two scrapes, crash dumps or kernels, greatest change first')
    .argument(
      '<file-a>',
      `A, what was before: a file that print or /metrics gave, a crash dump, ${STANDARD_INPUT} or ${LIVE}`,
    )
    .argument('[file-b]', `B, what came after it; ${LIVE} is the running kernel, or that of --kvm.core`, LIVE);
  addLogOptions(addCoreOption(addKernelOptions(addConfigOptions(command))))
    .addOption(
      new Option('-n, --rows <number>', 'that each section shows (default: as many as make 40 lines in all)').argParser(
        parsedBy(parseRows),
      ),
    )
    .option('-a, --all', 'show all rows')
    .option('-P, --cpus', 'show what each CPU did, a row for each that did something')
    .option('--json', 'print all as one object; 64-bit values are texts; null is not known')
    .addHelpText(
      'after',
      `
A file is in the text format or OpenMetrics, as it is or compressed by gzip, or a minidump such as
/var/crash/vmcore.0. What is of unlike units stands in sections of its own: counters of events, such as packets,
faults and calls; of bytes, pages, ticks and seconds; then gauges, by the same units. In each the greatest change
comes first, of gauges whichever way it went. Counters have rates where both say when they were read, and the CPUs
that had most of the change where both have the parts of CPUs (cpu: both). Counters are subtracted only where both are
of the same boot, by kcounter_exporter_kernel_boot_time_seconds. One that went back, as a whole or on one CPU, is
listed apart: it was zeroed, as by netstat -z, or is 2^64 further. The exporter's own metrics, and rates, hot CPUs and
peaks that it works out, are left out.`,
    )
    .action(diff);
}

async function diff(a: string, b: string, options: DiffOptions, command: Command): Promise<void> {
  for (const word of [LIVE, STANDARD_INPUT]) {
    if (a === word && b === word) command.error(`error: only one of A and B can be ${word}`);
  }
  const log = createLogger('error', options.logFormat);
  // The last column is left free: some terminals go on in the next line once it is written to.
  const columns = process.stdout.isTTY ? Math.max(1, (process.stdout.columns || 80) - 1) : Infinity;
  await writeOut(await diffOf(a, b, sessionOptions(options), log, { ...options, columns }));
}

/**
 * The report, or a JSON document. Throws errors that are written for the user.
 * @param a as on the command line, as `b` is
 * @param options of the kernels that are read now
 */
export async function diffOf(
  a: string,
  b: string,
  options: SessionOptions,
  log: Logger,
  { rows, all = false, cpus: withCpus = false, json = false, columns = Infinity }: Form & { readonly columns?: number },
): Promise<string> {
  const sides = { a: sideOf(a, options), b: sideOf(b, options) };
  const names = { a: nameOf(sides.a), b: nameOf(sides.b) };
  // A scrape that was kept has the parts of CPUs or not; of two kernels that are read now it may as well be told what each CPU did.
  const change = (await isReadNow(sides.a)) && (await isReadNow(sides.b)) ? withParts : (config: Config) => config;
  const before = await documentOf(sides.a, options, log, change);
  const comparison = compareScrapes(before, await documentOf(sides.b, options, log, change));
  const { otherBoot, seconds } = comparison;
  if (otherBoot === undefined && seconds !== undefined && seconds < 0) {
    throw new UserError(`${names.a} was read after ${names.b}: name the earlier one first`);
  }
  if (json) return comparisonJson(comparison, names);
  return reportText(comparison, names, { columns, rows: all ? Infinity : rows, withCpus });
}

function parseRows(text: string): number {
  const rows = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (rows < 1) throw new Error(`"${text}" is not a number of rows, 1 or more.`);
  return rows;
}
