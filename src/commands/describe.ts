/** `describe SYMBOL`: its type, its members with their offsets, and what each CPU has counted by now; of a list what its elements are. */
import type { Command } from 'commander';
import { configOfEntries, entryToLookAt } from '../config/ownEntries.js';
import type { EntryKind, TypedEntry } from '../config/model.js';
import { PackConfigs } from '../config/packConfigs.js';
import { KernelFileError } from '../ctf/errors.js';
import type { CtfType, ObjectTypes } from '../ctf/types.js';
import { typeText } from '../ctf/typeText.js';
import { isUnnamed, typesByLayout } from '../discover/byLayout.js';
import { classify, type CounterSymbol } from '../discover/classify.js';
import { listSymbol } from '../discover/listSymbol.js';
import type { ResolvedPerCpuSymbol, ResolvedSymbol } from '../kernel/symbols.js';
import { printLine } from '../output/standardOutput.js';
import type { LayoutSource } from '../plan/layoutSource.js';
import { plainShape, ShapeError } from '../plan/shapes.js';
import { TypeSource } from '../plan/typeSource.js';
import { withKernel, type OpenedKernel } from '../service/openKernel.js';
import { openLayouts, startScraper } from '../service/scraper.js';
import { UserError } from '../service/userError.js';
import { Answer } from './describeAnswer.js';
import { isOfInterrupts, showInterrupts } from './describeInterrupts.js';
import { publishedAt, showList, showStructures, structuresNamed } from './describeList.js';
import { findMember, tellPublished } from './describeMember.js';
import { addCoreOption, addKernelOptions, kernelChoice, type KernelOptions } from './options.js';
import type { TableOptions } from './valueTable.js';

/** What is to be told of a kernel that is open. */
interface Wanted {
  readonly kvmKernel?: string;
  readonly struct?: string;
  readonly addresses?: boolean;
}

interface DescribeOptions extends KernelOptions, Wanted {
  readonly json?: boolean;
}

export function addDescribe(program: Command): void {
  const command = program
    .command('describe')
    .description("show a symbol's type, members, offsets and values")
    .argument(
      '<symbol>',
      'name of a symbol that holds counters, zpcpu pointers, a DPCPU object, integers or a list; or pcpu, or interrupts; or a member, such as tcps_listendrop; or a structure of a config, such as nexthops',
    );
  addCoreOption(addKernelOptions(command))
    .option(
      '--struct <name>',
      'the struct that lays out the array of counters, or the items that a zpcpu pointer leads to',
    )
    .option('--addresses', 'show addresses, too: they tell where the kernel is in memory')
    .option('--json', 'print JSON, with values as texts')
    .action(describe);
}

/** There is no such symbol, but each CPU has a struct of this name. */
const PCPU = 'pcpu';

async function describe(name: string, options: DescribeOptions): Promise<void> {
  const answer = new Answer(name, options.json === true, printLine);
  const packs = new PackConfigs();
  await answer.whole(() =>
    withKernel(kernelChoice(options), (kernel) => describeIn(answer, kernel, packs, name, options)),
  );
}

export async function describeIn(
  answer: Answer,
  kernel: OpenedKernel,
  packs: PackConfigs,
  name: string,
  options: Wanted,
): Promise<void> {
  if (name === PCPU) {
    await showPcpu(answer, kernel, options);
    return;
  }
  if (isOfInterrupts(name)) {
    await showInterrupts(answer, kernel, packs, name, options);
    return;
  }
  const types = new TypeSource(kernel.modules, options.kvmKernel);
  const layouts = openLayouts(kernel);
  types.learnFileList(layouts);
  const found = kernel.symbols.resolve(name) ?? kernel.symbols.resolveDpcpu(name);
  if (found !== undefined) {
    await showSymbol(answer, kernel, name, found, { packs, types, layouts }, options);
    return;
  }
  const named = structuresNamed(packs, name);
  if (named[0] !== undefined) {
    answer.tell(`${name}: a structure that begins at ${named[0].entry.symbol}`);
    await showStructures(answer, kernel, named, options);
    return;
  }
  const places = findMember(kernel, name, { packs, types, layouts, kernelPath: options.kvmKernel });
  await tellPublished(answer, packs, name, places);
  for (const { entry, member } of places) {
    answer.tell(`\n${entry.symbol}${entry.struct === undefined ? '' : `, laid out by struct ${entry.struct}`}`);
    await showValues(answer, kernel, entry, options, { member, withSums: entry.kind !== 'pcpu' });
  }
}

async function showSymbol(
  answer: Answer,
  kernel: OpenedKernel,
  symbol: string,
  found: ResolvedSymbol | ResolvedPerCpuSymbol,
  { packs, types, layouts }: { packs: PackConfigs; types: TypeSource; layouts: LayoutSource },
  options: Wanted,
): Promise<void> {
  const { file, type, counters } = look(symbol, found, types, layouts);
  const isDpcpu = 'addresses' in found;
  const isListed = isDpcpu || counters !== undefined || options.struct !== undefined;
  const list = isListed || type === undefined ? undefined : listSymbol(file, found.origin.name, type);
  const kind = isDpcpu ? 'dpcpu' : counters !== undefined ? 'counters' : kindOf(file, type, options.struct);
  const struct = options.struct ?? (kind === 'counters' ? counters?.struct : undefined);

  const spelled = type === undefined ? undefined : typeText(file, type);
  const { size, origin } = found;
  answer.tell(`${symbol}: ${spelled ?? 'no type is known'}, ${size} bytes`, { type: spelled, bytes: size });
  const { name: foundAs, inModule } = origin;
  answer.tell(`found as ${foundAs}${inModule ? ', in a module' : ''}`, { foundAs, inModule });
  if (struct !== undefined) answer.tell(`laid out by struct ${struct}`, { struct });
  if (options.addresses === true) showAddresses(answer, found);
  const structures = options.struct === undefined ? publishedAt(packs, 'structures', symbol) : [];
  // A list of which nothing but a structure is published would only be a riddle.
  const published = list === undefined ? [] : publishedAt(packs, 'list', list.symbol);
  const showsList = list !== undefined && (structures.length === 0 || published.length > 0);
  if (showsList) await showList(answer, kernel, { file, list, published }, options);
  if (structures.length > 0) await showStructures(answer, kernel, structures, options);
  else if (!showsList) await showValues(answer, kernel, entryToLookAt(kind, symbol, struct), options);
}

async function showPcpu(answer: Answer, kernel: OpenedKernel, options: Wanted): Promise<void> {
  const found = kernel.symbols.resolvePcpu();
  if (found === undefined) throw new UserError('the kernel has no array that leads to the struct pcpu of each CPU');
  answer.tell('struct pcpu, one for each CPU', { type: 'struct pcpu' });
  if (options.addresses === true) showAddresses(answer, found);
  // The sum of what are mostly states of one CPU says nothing.
  await showValues(answer, kernel, entryToLookAt('pcpu', PCPU), options, { withSums: false });
}

function showAddresses(answer: Answer, found: ResolvedSymbol | ResolvedPerCpuSymbol): void {
  const addresses =
    'addresses' in found
      ? [...found.addresses].map(([cpu, address]) => `CPU ${cpu} ${hex(address)}`)
      : [hex(found.address)];
  answer.tell(`address ${addresses.join('\n        ')}`, { addresses });
}

/** The kind of an entry for what holds no counters of counter(9) by its own type. */
function kindOf(file: ObjectTypes, type: CtfType | undefined, struct: string | undefined): EntryKind {
  if (type === undefined) return 'counters';
  if (file.resolve(type).kind === 'pointer') return 'zpcpu';
  return struct === undefined && isPlain(file, type) ? 'values' : 'counters';
}

/** True for integers, and structs and arrays that have some. */
function isPlain(file: ObjectTypes, type: CtfType): boolean {
  try {
    const shape = plainShape(file, type);
    return shape.kind === 'value' || shape.members.length > 0;
  } catch (error) {
    if (error instanceof ShapeError) return false;
    throw error;
  }
}

/** What the kernel's types tell of a symbol, or a layout where they do not. Throws UserError where there are neither. */
function look(
  symbol: string,
  found: ResolvedSymbol | ResolvedPerCpuSymbol,
  types: TypeSource,
  layouts: LayoutSource,
): { file: ObjectTypes; type: CtfType | undefined; counters: CounterSymbol | undefined } {
  const { name } = found.origin;
  const by = (file: ObjectTypes): ReturnType<typeof look> => {
    const type = file.typeOfObject(name);
    return { file, type, counters: type === undefined ? undefined : classify(file, name, type) };
  };
  const byLayout = (): ReturnType<typeof look> | undefined => {
    const file = typesByLayout(symbol, found, layouts);
    return file === undefined ? undefined : by(file);
  };
  try {
    const own = by(types.typesFor(found.origin));
    const isTold = own.type !== undefined && (own.counters === undefined || !isUnnamed(own.counters));
    return (isTold ? undefined : byLayout()) ?? own;
  } catch (error) {
    if (!(error instanceof KernelFileError)) throw error;
    const instead = byLayout();
    if (instead === undefined) throw new UserError(`${symbol}: ${error.message}`);
    return instead;
  }
}

async function showValues(
  answer: Answer,
  kernel: OpenedKernel,
  entry: TypedEntry,
  { kvmKernel: kernelPath, addresses: withAddresses = false }: Wanted,
  shown: TableOptions = {},
): Promise<void> {
  const snapshot = await startScraper(kernel, configOfEntries([entry]), { kernelPath }).read();
  const [status] = snapshot.report.symbols;
  answer.members(snapshot, { known: status?.bases ?? [] }, { ...shown, withAddresses });
  if (status?.up !== true) throw new UserError(`${entry.symbol}: ${status?.reason ?? 'it cannot be read'}`);
}

function hex(address: bigint): string {
  return `0x${address.toString(16)}`;
}
