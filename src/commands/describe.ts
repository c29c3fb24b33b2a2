/** `describe SYMBOL`: its type, its members with their offsets, and what each CPU has counted by now. */
import type { Command } from 'commander';
import type { Config, EntryKind, TypedEntry } from '../config/model.js';
import { typeText } from '../ctf/typeText.js';
import { classify } from '../discover/classify.js';
import type { Kernel } from '../kernel/live/kernel.js';
import { SymbolResolver } from '../kernel/live/symbols.js';
import { isSigned } from '../plan/series.js';
import { TypeSource } from '../plan/typeSource.js';
import { Scraper } from '../scrape/scraper.js';
import { ITEM_OK, type Snapshot } from '../snapshots/snapshot.js';
import { addKernelOptions, type KernelOptions } from './options.js';
import { withKernel } from '../service/session.js';
import { table } from './table.js';
import { UserError } from './userError.js';

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
  await withKernel(options, async (kernel) => {
    const resolver = new SymbolResolver(kernel);
    const found = resolver.resolve(symbol) ?? resolver.resolveDpcpu(symbol);
    if (found === undefined)
      throw new UserError(`no loaded file has the symbol ${symbol}; discover lists those with counters`);
    const file = new TypeSource(kernel, options.kvmKernel).typesFor(found.origin);
    const type = file.typeOfObject(found.origin.name);
    const counters = type === undefined ? undefined : classify(file, found.origin.name, type);
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
    await showValues(kernel, typedEntry(kind, symbol, struct), options.kvmKernel);
  });
}

async function showValues(kernel: Kernel, entry: TypedEntry, kernelPath: string | undefined): Promise<void> {
  const config: Config = {
    prefix: '',
    reader: 'auto',
    scrapeIntervalMs: undefined,
    created: false,
    entries: [entry],
    files: [],
  };
  const snapshot = await new Scraper(kernel, config, () => undefined, kernelPath).take();
  const [status] = snapshot.report.symbols;
  if (snapshot.layout.rows.length > 0) console.log(['', ...valueTable(snapshot)].join('\n'));
  if (status?.up !== true) throw new UserError(`${entry.symbol}: ${status?.reason ?? 'it cannot be read'}`);
}

function valueTable({ layout, words, states }: Snapshot): string[] {
  const columns = layout.cpus.length + 1;
  const rows = layout.rows.map(({ item, offset, format, member, labels }, row) => {
    const index = labels.at(-1);
    const name = `${member ?? ''}${index === undefined ? '' : `[${index.value}]`}`;
    const place = layout.items[item]!.cellOffset + offset;
    const values = Array.from({ length: columns }, (_, column) => {
      if (states[item] !== ITEM_OK) return '-';
      const word = 2 * (row * columns + column);
      const bits = BigInt(words[word + 1]!) * 0x1_0000_0000n + BigInt(words[word]!);
      return String(isSigned(format) ? BigInt.asIntN(64, bits) : bits);
    });
    return [name, String(place), ...values];
  });
  return table(['member', 'offset', 'sum', ...layout.cpus.map((id) => `cpu ${id}`)], rows, 1);
}

function typedEntry(kind: EntryKind, symbol: string, struct: string | undefined): TypedEntry {
  return {
    typed: true,
    kind,
    symbol,
    optional: false,
    struct,
    metric: undefined,
    help: undefined,
    type: 'gauge',
    cpu: 'both',
    labels: [],
    members: undefined,
    at: { file: 'describe', line: 0, column: 0 },
  };
}

function hex(address: bigint): string {
  return `0x${address.toString(16)}`;
}
