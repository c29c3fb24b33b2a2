/** `describe SYMBOL`: its type, its members with their offsets, and what each CPU has counted by now. */
import type { Command } from 'commander';
import { configOfEntries, entryOfAll } from '../config/ownEntries.js';
import type { EntryKind, TypedEntry } from '../config/model.js';
import { KernelFileError } from '../ctf/errors.js';
import type { CtfType, ObjectTypes } from '../ctf/types.js';
import { typeText } from '../ctf/typeText.js';
import { isUnnamed, typesByLayout } from '../discover/byLayout.js';
import { classify, type CounterSymbol } from '../discover/classify.js';
import type { RunningKernel } from '../kernel/kernel.js';
import type { ResolvedPerCpuSymbol, ResolvedSymbol } from '../kernel/symbols.js';
import { basisText } from '../plan/layoutBasis.js';
import type { LayoutSource } from '../plan/layoutSource.js';
import { TypeSource } from '../plan/typeSource.js';
import { withKernel } from '../service/openKernel.js';
import { openLayouts, startScraper } from '../service/scraper.js';
import { UserError } from '../service/userError.js';
import type { Snapshot } from '../snapshots/snapshot.js';
import { partOf, sumOf } from '../snapshots/values.js';
import { addKernelOptions, type KernelOptions } from './options.js';
import { table } from './table.js';

interface DescribeOptions extends KernelOptions {
  readonly struct?: string;
  readonly addresses?: boolean;
}

export function addDescribe(program: Command): void {
  const command = program
    .command('describe')
    .description("show a symbol's type, members, offsets and values")
    .argument('<symbol>', 'name of a symbol that holds counters, zpcpu pointers or a DPCPU object');
  addKernelOptions(command)
    .option(
      '--struct <name>',
      'the struct that lays out the array of counters, or the items that a zpcpu pointer leads to',
    )
    .option('--addresses', 'show addresses, too: they tell where the kernel is in memory')
    .action(describe);
}

async function describe(symbol: string, options: DescribeOptions): Promise<void> {
  await withKernel(options.simulate, async (kernel) => {
    const types = new TypeSource(kernel.modules, options.kvmKernel);
    const layouts = openLayouts(kernel);
    types.learnFileList(layouts);
    const found = kernel.symbols.resolve(symbol) ?? kernel.symbols.resolveDpcpu(symbol);
    if (found === undefined)
      throw new UserError(`no loaded file has the symbol ${symbol}; discover lists those with counters`);
    const { file, type, counters } = look(symbol, found, types, layouts);
    const isDpcpu = 'addresses' in found;
    const isPointer = counters === undefined && type !== undefined && file.resolve(type).kind === 'pointer';
    const kind: EntryKind = isDpcpu ? 'dpcpu' : isPointer ? 'zpcpu' : 'counters';
    const struct = options.struct ?? (kind === 'counters' ? counters?.struct : undefined);

    console.log(`${symbol}: ${type === undefined ? 'no type is known' : typeText(file, type)}, ${found.size} bytes`);
    console.log(`found as ${found.origin.name}${found.origin.inModule ? ', in a module' : ''}`);
    if (struct !== undefined) console.log(`laid out by struct ${struct}`);
    if (options.addresses === true) {
      const addresses = isDpcpu
        ? [...found.addresses].map(([cpu, address]) => `CPU ${cpu} ${hex(address)}`)
        : [hex(found.address)];
      console.log(`address ${addresses.join(', ')}`);
    }
    await showValues(kernel, entryOfAll(kind, symbol, { struct }), options.kvmKernel);
  });
}

/** What the kernel's types tell of a symbol, or a layout where they do not. Throws KernelFileError where there are neither. */
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
    if (instead === undefined) throw error;
    return instead;
  }
}

async function showValues(kernel: RunningKernel, entry: TypedEntry, kernelPath: string | undefined): Promise<void> {
  const snapshot = await startScraper(kernel, configOfEntries([entry]), { kernelPath }).read();
  const [status] = snapshot.report.symbols;
  for (const basis of status?.bases ?? []) console.log(`known ${basisText(basis)}`);
  if (snapshot.layout.rows.length > 0) console.log(['', ...valueTable(snapshot)].join('\n'));
  if (status?.up !== true) throw new UserError(`${entry.symbol}: ${status?.reason ?? 'it cannot be read'}`);
}

function valueTable(snapshot: Snapshot): string[] {
  const { rows, cpus } = snapshot.layout;
  const lines = rows.map(({ cellOffset, offset, member, labels }, row) => {
    const index = labels.at(-1);
    const name = `${member ?? ''}${index === undefined ? '' : `[${index.value}]`}`;
    const values = [sumOf(snapshot, row), ...cpus.map((_, cpu) => partOf(snapshot, row, cpu))];
    return [name, String(cellOffset + offset), ...values.map((value) => String(value ?? '-'))];
  });
  return table(['member', 'offset', 'sum', ...cpus.map((id) => `cpu ${id}`)], lines, 1);
}

function hex(address: bigint): string {
  return `0x${address.toString(16)}`;
}
