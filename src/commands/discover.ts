/** `discover`: finds every counter(9) of the running kernel and writes a config that publishes them. */
import type { Command } from 'commander';
import type { Config } from '../config/model.js';
import { discover, type Discovered, type DiscoveredFile } from '../discover/discover.js';
import type { Facts } from '../kernel/facts.js';
import type { Scraper } from '../scrape/scraper.js';
import { addKernelOptions, type KernelOptions } from './options.js';
import { withKernel } from '../service/openKernel.js';
import { openLayouts, startScraper } from '../service/scraper.js';
import { UserError } from '../service/userError.js';

interface DiscoverCommandOptions extends KernelOptions {
  readonly symbols?: string;
  readonly module?: string;
}

export function addDiscover(program: Command): void {
  const command = program
    .command('discover')
    .description("write a config of every counter that the kernel's types, or layouts, tell of");
  addKernelOptions(command)
    .option('--symbols <glob>', 'only symbols whose names match, such as "tcp*"')
    .option('--module <name>', 'only the counters of this loaded file, such as carp or kernel')
    .action(run);
}

async function run(options: DiscoverCommandOptions): Promise<void> {
  await withKernel(options.simulate, async (kernel) => {
    const { symbols, module, kvmKernel: kernelPath } = options;
    const open = (config: Config): Scraper => startScraper(kernel, config, { kernelPath });
    const files = await discover(kernel, { symbols, module, kernelPath, layouts: openLayouts(kernel), open });
    if (files.every(({ entries }) => entries.every(({ readable }) => readable === 0))) {
      const remarks = files.flatMap((file) => file.remarks);
      throw new UserError(
        `no counters were found${remarks.length === 0 ? '; is the file loaded, and does the glob fit?' : `: ${remarks.join('; ')}`}`,
      );
    }
    console.log(configText(files, kernel.facts).join('\n'));
  });
}

function configText(files: readonly DiscoveredFile[], { release, machineArch }: Facts): string[] {
  const all = files.flatMap(({ entries }) => entries);
  const readable = all.reduce((sum, entry) => sum + entry.readable, 0);
  const lines = [
    `# Every counter(9) that the types of FreeBSD ${release} (${machineArch}) tell of, or layouts for want of types: ${all.length} symbols,`,
    `# ${readable} counters that can be read now. Names are made by rule; "metric" and "help" give better ones.`,
    'version: 1',
    'counters:',
  ];
  files.forEach(({ path, entries, remarks }, index) => {
    lines.push('', `  # ${path}`);
    for (const remark of remarks) lines.push(`  # Left out: ${remark}`);
    for (const entry of entries) lines.push(...entryLines(entry, index > 0));
  });
  return lines;
}

function entryLines(entry: Discovered, inModule: boolean): string[] {
  const { found, type, metric, problem, readable } = entry;
  const { symbol, struct, type: spelled, counters } = found;
  const count = counters === 1 ? 'one counter' : `${counters} counters`;
  const comment = `  # ${spelled}${struct === undefined ? '' : `, laid out by struct ${struct}`}: ${count}`;
  const members = membersOf(entry);
  const pairs = [
    `symbol: ${symbol}`,
    ...(struct === undefined ? [] : [`struct: ${struct}`]),
    ...(metric === undefined ? [] : [`metric: "${metric}"`]),
    `type: ${type}`,
    ...(members.length === 0 ? [] : [`members: [${members.join(', ')}]`]),
    ...(inModule ? ['optional: true'] : []),
  ];
  const line = `- {${pairs.join(', ')}}`;
  if (readable === 0) return [comment, `  # Cannot be read now: ${problem}`, `  # ${line}`];
  return [
    comment,
    ...(problem === '' ? [] : [`  # Not all of it can be read now: ${problem}`]),
    ...reasonsOf(entry),
    `  ${line}`,
  ];
}

function membersOf({ gauges, members }: Discovered): string[] {
  const asGauge = (name: string): string => `{name: ${name}, type: gauge}`;
  const names = gauges.map(({ name }) => name);
  if (members !== undefined) return members.map((name) => (names.includes(name) ? asGauge(name) : name));
  return names.length === 0 ? [] : [...names.map(asGauge), '"*"'];
}

/** Comments on what only a look at its kernel code can decide. */
function reasonsOf({ why, gauges, members }: Discovered): string[] {
  return [
    ...(members === undefined ? [] : ['  # Without what only fills the struct, or is never counted.']),
    ...(why === undefined ? [] : [`  # Taken for a gauge: ${why}.`]),
    ...gauges.flatMap(({ name, why: reason }) =>
      reason === undefined ? [] : [`  # ${name} is taken for a gauge: ${reason}.`],
    ),
  ];
}
