/** `discover`: finds every counter(9) of the running kernel, those in the elements of lists, too, and writes a config that publishes them. */
import type { Command } from 'commander';
import type { Config } from '../config/model.js';
import { PackConfigs } from '../config/packConfigs.js';
import { discover, type Discovered, type DiscoveredFile } from '../discover/discover.js';
import { entryText, templateText } from '../discover/listEntry.js';
import type { Gauge } from '../discover/gauges.js';
import type { DiscoveredList } from '../discover/lists.js';
import type { Facts } from '../kernel/facts.js';
import { printLine } from '../output/standardOutput.js';
import type { Scraper } from '../scrape/scraper.js';
import { addKernelOptions, kernelChoice, type KernelOptions } from './options.js';
import { withKernel, type OpenedKernel } from '../service/openKernel.js';
import { openLayouts, startScraper } from '../service/scraper.js';
import { UserError } from '../service/userError.js';

/** What is to be found in a kernel that is open, and how it is told. */
interface Wanted {
  readonly kvmKernel?: string;
  readonly symbols?: string;
  readonly module?: string;
  readonly json?: boolean;
}

export function addDiscover(program: Command): void {
  const command = program
    .command('discover')
    .description("write a config of every counter that the kernel's types, or layouts, tell of");
  addKernelOptions(command)
    .option('--symbols <glob>', 'only symbols whose names match, such as "tcp*"')
    .option('--module <name>', 'only the counters of this loaded file, such as carp or kernel')
    .option('--json', 'print what was found as JSON, each with the entry for it')
    .action(run);
}

async function run(options: KernelOptions & Wanted): Promise<void> {
  await withKernel(kernelChoice(options), async (kernel) => {
    printLine(await discoverIn(kernel, new PackConfigs(), options));
  });
}

/** The config, or a JSON document. Throws UserError where nothing was found. */
export async function discoverIn(kernel: OpenedKernel, packs: PackConfigs, options: Wanted): Promise<string> {
  const { symbols, module, kvmKernel: kernelPath } = options;
  const open = (config: Config): Scraper => startScraper(kernel, config, { kernelPath });
  const layouts = openLayouts(kernel);
  const asked = { symbols, module, kernelPath, layouts, packs: packs.entriesOf('list'), open };
  const files = await discover(kernel, asked);
  if (files.every(({ entries, lists }) => !entries.some(isActive) && !lists.some(isActive))) {
    const remarks = files.flatMap((file) => [...file.remarks, ...file.listRemarks]);
    throw new UserError(
      `no counters were found${remarks.length === 0 ? '; is the file loaded, and does the glob fit?' : `: ${remarks.join('; ')}`}`,
    );
  }
  if (options.json === true) return JSON.stringify(found(files, kernel.facts), undefined, 2);
  return configText(files, kernel.facts).join('\n');
}

/** The same as the config, for programs; `entry` is null of what cannot be read now. */
function found(files: readonly DiscoveredFile[], { release, machineArch }: Facts): object {
  return {
    release,
    machine: machineArch,
    files: files.map(({ path, entries, lists, remarks, listRemarks }, index) => ({
      file: path,
      counters: entries.map((entry) => {
        const { found: symbol, type, why, gauges, readable, problem } = entry;
        const { symbol: name, struct, type: spelled, counters } = symbol;
        const text = isActive(entry) ? entryLine(entry, index > 0) : null;
        return { symbol: name, spelled, struct, counters, readable, type, why, gauges, problem, entry: text };
      }),
      lists: lists.map((list) => {
        const { list: of, elements, doubtful, readable, type, gauges, proposal, problem } = list;
        const text = isActive(list) ? listLine(list, index > 0) : null;
        const { packs } = proposal;
        const what = { symbol: of.symbol, spelled: of.type, what: of.what, elements, doubtful };
        return { ...what, readable, type, gauges, packs, problem, entry: text };
      }),
      remarks: [...remarks, ...listRemarks],
    })),
  };
}

function configText(files: readonly DiscoveredFile[], { release, machineArch }: Facts): string[] {
  const all = files.flatMap(({ entries }) => entries);
  const readable = all.reduce((sum, entry) => sum + entry.readable, 0);
  const lists = files.flatMap((file) => file.lists);
  return [
    `# Every counter(9) that the types of FreeBSD ${release} (${machineArch}) tell of, or layouts for want of types: ${all.length} symbols,`,
    `# ${readable} counters that can be read now${listsText(lists)}.`,
    '# Names are made by rule; "metric" and "help" give better ones.',
    'version: 1',
    ...section('counters', all.some(isActive), files, ({ entries, remarks }, inModule) => [
      ...remarks.map((remark) => `  # Left out: ${remark}`),
      ...entries.flatMap((entry) => entryLines(entry, inModule)),
    ]),
    ...section('list', lists.some(isActive), files, ({ lists: own, listRemarks }, inModule) => [
      ...listRemarks.map((remark) => `  # Left out: ${remark}`),
      ...own.flatMap((list) => listLines(list, inModule)),
    ]),
  ];
}

function listsText(lists: readonly DiscoveredList[]): string {
  const active = lists.filter(isActive);
  if (active.length === 0) return '';
  const values = active.reduce((sum, { readable }) => sum + readable, 0);
  return `, and ${values} in the elements of ${active.length === 1 ? 'a list' : `${active.length} lists`}`;
}

/** True for what is written as an entry, and not as a comment. */
function isActive(entry: Discovered | DiscoveredList): boolean {
  return entry.readable > 0 && ('found' in entry || entry.problem === '');
}

/** A list of the config, file by file. One without an entry may not be there. */
function section(
  key: string,
  hasEntries: boolean,
  files: readonly DiscoveredFile[],
  linesOf: (file: DiscoveredFile, inModule: boolean) => string[],
): string[] {
  const blocks = files.flatMap((file, index) => {
    const lines = linesOf(file, index > 0);
    return lines.length === 0 ? [] : ['', `  # ${file.path}`, ...lines];
  });
  return blocks.length === 0 ? [] : ['', hasEntries ? `${key}:` : `# ${key}:`, ...blocks.slice(1)];
}

function listLines(discovered: DiscoveredList, inModule: boolean): string[] {
  const { list, proposal, gauges, problem, elements, doubtful, readable } = discovered;
  const line = listLine(discovered, inModule);
  const comment = `  # ${list.type}, ${list.what}: ${elements} elements, ${readable} values`;
  const packs = proposal.packs.map((pack) => `  # The pack ${pack} publishes it, by better names.`);
  if (!isActive(discovered)) return [comment, ...packs, `  # Cannot be published now: ${problem}`, `  # ${line}`];
  const doubt = doubtful === 0 ? [] : [`  # ${doubtful} more elements are not believed.`];
  return [comment, ...packs, ...doubt, ...gaugeReasons(gauges), `  ${line}`];
}

function listLine({ proposal, type, gauges, metric }: DiscoveredList, inModule: boolean): string {
  const names = type === 'gauge' ? [] : gauges.map(({ name }) => name);
  return entryText(proposal, { type, gauges: names, metric }, inModule);
}

function entryLines(entry: Discovered, inModule: boolean): string[] {
  const { found: symbol, problem, readable } = entry;
  const { struct, type: spelled, counters } = symbol;
  const count = counters === 1 ? 'one counter' : `${counters} counters`;
  const comment = `  # ${spelled}${struct === undefined ? '' : `, laid out by struct ${struct}`}: ${count}`;
  const line = entryLine(entry, inModule);
  if (readable === 0) return [comment, `  # Cannot be read now: ${problem}`, `  # ${line}`];
  return [
    comment,
    ...(problem === '' ? [] : [`  # Not all of it can be read now: ${problem}`]),
    ...reasonsOf(entry),
    `  ${line}`,
  ];
}

function entryLine(entry: Discovered, inModule: boolean): string {
  const { found: symbol, type, metric } = entry;
  const members = membersOf(entry);
  const pairs = [
    `symbol: ${symbol.symbol}`,
    ...(symbol.struct === undefined ? [] : [`struct: ${symbol.struct}`]),
    ...(metric === undefined ? [] : [templateText(metric, type)]),
    `type: ${type}`,
    ...(members.length === 0 ? [] : [`members: [${members.join(', ')}]`]),
    ...(inModule ? ['optional: true'] : []),
  ];
  return `- {${pairs.join(', ')}}`;
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
    ...gaugeReasons(gauges),
  ];
}

function gaugeReasons(gauges: readonly Gauge[]): string[] {
  return gauges.flatMap(({ name, why }) => (why === undefined ? [] : [`  # ${name} is taken for a gauge: ${why}.`]));
}
