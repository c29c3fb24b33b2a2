/** `verify`: proves on the spot that the published numbers are the kernel's, for every counter that a sysctl also tells. */
import type { Command } from 'commander';
import { createLogger } from '../telemetry/logger.js';
import { verify, type Verification } from '../verify/verify.js';
import {
  addConfigOptions,
  addKernelOptions,
  addLogOptions,
  type ConfigOptions,
  type KernelOptions,
  type LogOptions,
} from './options.js';
import { openSession } from './session.js';
import { table } from './table.js';
import { UserError } from './userError.js';

interface VerifyOptions extends ConfigOptions, KernelOptions, LogOptions {
  readonly json?: boolean;
}

export function addVerify(program: Command): void {
  const command = program
    .command('verify')
    .description('compare what is published with what the sysctls say: sysctl, read, sysctl');
  addLogOptions(addKernelOptions(addConfigOptions(command)))
    .option('--json', 'print the comparisons as JSON; 64-bit values are texts')
    .action(run);
}

async function run(options: VerifyOptions): Promise<void> {
  const session = await openSession(options, createLogger('error', options.logFormat));
  try {
    const result = await verify(session.kernel, session.scraper);
    console.log(options.json === true ? asJson(result) : asTable(result));
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

function asTable({ comparisons, unchecked }: Verification): string {
  const rows = comparisons.map(({ agrees, counter, sysctl, before, read, after }) => [
    agrees ? 'ok' : 'WRONG',
    counter,
    sysctl,
    String(before),
    String(read),
    String(after),
  ]);
  const whys = [...new Set(unchecked.map(({ why }) => why))];
  const rest = whys.map((each) => `${unchecked.filter(({ why }) => why === each).length} not compared: ${each}`);
  const agreeing = comparisons.filter(({ agrees }) => agrees).length;
  return [
    ...table(['', 'counter', 'sysctl', 'before', 'read', 'after'], rows, 3),
    '',
    `${agreeing} of ${comparisons.length} values lie between two looks at their sysctls`,
    ...rest,
  ].join('\n');
}

function asJson(result: Verification): string {
  return JSON.stringify(result, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value), 2);
}
