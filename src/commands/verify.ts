/** `verify`: proves on the spot that the published numbers are the kernel's, for every counter that a sysctl also tells. */
import type { Command } from 'commander';
import { basename } from 'node:path';
import { writeTextfile } from '../output/textfile.js';
import { createLogger } from '../telemetry/logger.js';
import { verifyMetrics } from '../truth/metrics.js';
import { UNREAD, verify, type Verification } from '../truth/verify.js';
import {
  addConfigOptions,
  addKernelOptions,
  addLogOptions,
  named,
  sessionOptions,
  type ConfigOptions,
  type KernelOptions,
  type LogOptions,
} from './options.js';
import { isRunning } from '../service/openKernel.js';
import { openSession } from '../service/session.js';
import { table } from './table.js';
import { warnOfName } from './textfile.js';
import { UserError } from '../service/userError.js';

interface VerifyOptions extends ConfigOptions, KernelOptions, LogOptions {
  readonly json?: boolean;
  readonly textfile?: string;
}

export function addVerify(program: Command): void {
  const command = program
    .command('verify')
    .description('compare what is published with what the sysctls say: sysctl, read, sysctl');
  addLogOptions(addKernelOptions(addConfigOptions(command)))
    .option('--json', 'print the comparisons as JSON; 64-bit values are texts')
    .addOption(
      named(
        '--output.textfile <file>',
        'textfile',
        'also write the result for the textfile collector, such as /var/tmp/node_exporter/kcounter_verify.prom',
      ),
    )
    .addHelpText(
      'after',
      `
The file tells how many values were compared, how many of them are wrong, how many counters this release never
counts, and when: kcounter_exporter_verify_compared, _mismatches, _never_counted and _timestamp_seconds. It is replaced
as a whole. Where verify could not run, such as for want of rights, the old file stays as it was, so that its timestamp
grows old.`,
    )
    .action(run);
}

async function run(options: VerifyOptions): Promise<void> {
  const { textfile } = options;
  if (textfile !== undefined) warnOfName(textfile, createLogger('warn', options.logFormat));
  const session = await openSession(sessionOptions(options), createLogger('error', options.logFormat));
  try {
    const { kernel, scraper } = session;
    if (!isRunning(kernel)) throw new UserError('a dump answers no sysctl to be compared with');
    const result = await verify(kernel, scraper);
    console.log(options.json === true ? asJson(result) : asTable(result));
    if (textfile !== undefined) {
      const metrics = await verifyMetrics(result, new Date(), basename(textfile));
      await writeTextfile(textfile, [Buffer.from(metrics)]);
    }
    const wrong = result.comparisons.filter(({ agrees }) => !agrees);
    if (wrong.length > 0) {
      const names = wrong.map(({ counter }) => counter).join(', ');
      throw new UserError(
        `${wrong.length} of ${result.comparisons.length} values disagree with their sysctls: ${names}`,
      );
    }
    if (result.comparisons.length === 0) {
      throw new UserError('nothing was compared: no sysctl tells a counter of this config');
    }
  } finally {
    await session.close();
  }
}

function asTable({ comparisons, unchecked, neverCounted }: Verification): string {
  const rows = comparisons.map(({ agrees, counter, sysctl, before, read, after }) => [
    agrees ? 'ok' : 'WRONG',
    counter,
    sysctl,
    String(before),
    String(read ?? '-'),
    String(after),
  ]);
  const whys = [...new Set(unchecked.map(({ why }) => why))];
  const rest = whys.map((each) => {
    const counters = unchecked.filter(({ why }) => why === each).map(({ counter }) => counter);
    // Of those that no sysctl tells nobody can do anything about, and they are many.
    return `${counters.length} not compared: ${each}${each === UNREAD ? `: ${counters.join(', ')}` : ''}`;
  });
  const agreeing = comparisons.filter(({ agrees }) => agrees).length;
  return [
    ...table(['', 'counter', 'sysctl', 'before', 'read', 'after'], rows, 3),
    '',
    `${agreeing} of ${comparisons.length} values lie between two looks at their sysctls`,
    ...rest,
    ...(neverCounted.length === 0
      ? []
      : [
          `${neverCounted.length} declared, but never counted by this release; leave them out: ${neverCounted.join(', ')}`,
        ]),
  ].join('\n');
}

function asJson(result: Verification): string {
  return JSON.stringify(result, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value), 2);
}
