/** Simulated kernels whose files tell no types, after they have worked for a while, and what is to be laid out in each. */
import { TemplateError } from '../../../src/kernel/errors.js';
import { openLiveKernel, type LiveKernel } from '../../../src/kernel/live/liveKernel.js';
import { chooseReader } from '../../../src/kernel/live/selfTest.js';
import { isNeverCounted } from '../../../src/kernel/neverCounted.js';
import type { ProvenReader } from '../../../src/kernel/reader.js';
import type { TypedEntry } from '../../../src/config/model.js';
import type { LayoutFolder } from '../../../src/layouts/layoutFiles.js';
import { kinds } from '../../../src/plan/kinds/registry.js';
import type { Found } from '../../../src/plan/instances/instance.js';
import { dataSymbols, type DataSymbol } from '../../../src/simulator/model/symbols.js';
import type { ProfileName } from '../../../src/simulator/profiles.js';
import { Simulator } from '../../../src/simulator/simulator.js';
import { parseSimulatorSpec } from '../../../src/simulator/spec.js';
import { knownConfigOf } from '../../support/simulated.js';
import { Random } from '../../torture/random.js';
import { StillKernel } from './stillKernel.js';
import { PADDING, truthOf, type Truth } from './truth.js';

/** A symbol that a layout is asked for, and the truth about it. */
export interface Subject {
  readonly truth: Truth;
  readonly entry: TypedEntry;
  readonly found: Found;
  /** By the offset of its cell, what each counter holds. */
  readonly sums: ReadonlyMap<number, bigint>;
}

export interface World {
  readonly profile: ProfileName;
  readonly kernel: StillKernel;
  readonly reader: ProvenReader;
  /** Laid out by a struct. */
  readonly structs: readonly Subject[];
  /** One counter each, or no counter, though of the size of one. */
  readonly singles: readonly Subject[];
  close(): Promise<void>;
}

/** Of the size of a counter, and of none. */
const NO_COUNTERS = ['kmemstatistics', 'sim_pointer', 'sim_zpcpu', 'desiredvnodes', 'physmem', 'vnet0', 'hz', 'ticks'];

export async function openWorld(profile: ProfileName, seed: number, data: LayoutFolder): Promise<World> {
  const simulator = await Simulator.start(parseSimulatorSpec(`${profile},cpus=2,types=none`), { workload: 'none' });
  let kernel: LiveKernel | undefined;
  try {
    simulator.image.loadModule('carp');
    simulator.image.loadModule('pf');
    simulator.image.loadModule('ipsec');
    kernel = openLiveKernel(simulator.source);
    const opened = kernel;
    const random = new Random('busy', seed, profile);
    const isStruct = ({ name }: DataSymbol): boolean => data.structs(name).length > 0;
    const isSingle = ({ name }: DataSymbol): boolean => data.counters(name).length > 0 || NO_COUNTERS.includes(name);
    const subjects = (wanted: (symbol: DataSymbol) => boolean): Subject[] =>
      dataSymbols(simulator.spec, (layout) => layout)
        .filter(wanted)
        .flatMap((symbol) => {
          const truth = truthOf(symbol);
          work(simulator, truth, opened.facts.osreldate, random);
          return subjectOf(simulator, opened, truth, data) ?? [];
        });
    return {
      profile,
      kernel: new StillKernel(kernel),
      reader: chooseReader(kernel, 'auto'),
      structs: subjects(isStruct),
      singles: subjects(isSingle),
      close: () => {
        opened.close();
        return simulator.close();
      },
    };
  } catch (error) {
    kernel?.close();
    await simulator.close();
    throw error;
  }
}

/** Gives the counters of a symbol what they may have counted by now: most of them something of their own, some nothing, a few the same. */
function work({ image }: Simulator, { symbol, values }: Truth, osreldate: number, random: Random): void {
  let last: bigint[] = [];
  for (const [offset, { name, isCounter }] of values) {
    const isNamed = symbol.layout !== undefined || name !== '';
    if (!isCounter || symbol.name.startsWith('sim_')) continue;
    const isAtRest = name === PADDING || isNeverCounted(symbol.name, isNamed ? name : undefined, osreldate);
    const parts = Array.from({ length: image.maxId + 1 }, () => random.bits64() >> 24n);
    if (isAtRest || random.chance(1 / 8)) parts.fill(0n);
    else if (last.length > 0 && random.chance(1 / 16)) parts.splice(0, parts.length, ...last);
    for (const [cpu, part] of parts.entries()) {
      const bytes = Buffer.alloc(8);
      bytes.writeBigUInt64LE(part);
      image.write(image.copyAddress(symbol.name, offset / 8, cpu), bytes);
    }
    last = parts;
  }
}

function subjectOf({ image }: Simulator, kernel: LiveKernel, truth: Truth, data: LayoutFolder): Subject | undefined {
  const { name, section, layout } = truth.symbol;
  const isDpcpu = section === 'dpcpu';
  // As the packs ask: what is an array of counters says nothing of members, so that they name the struct.
  const struct = layout === undefined ? '' : `, struct: ${data.structs(name)[0]?.struct ?? ''}`;
  const [entry] = knownConfigOf(`${isDpcpu ? 'dpcpu' : 'counters'}:\n  - { symbol: ${name}${struct} }\n`).entries;
  if (entry === undefined || !('typed' in entry)) throw new Error(`${name} is no entry that asks for types`);
  const found = foundIn(kernel, entry);
  if (found === undefined) return undefined;
  const counters = [...truth.values].filter(([, { isCounter }]) => isCounter);
  const sums = new Map(counters.map(([offset]) => [offset, image.counterSum(name, offset / 8)]));
  return { truth, entry, found, sums };
}

/** Undefined also for what modules have of a vnet on arm64: without types it is not known where that is. */
function foundIn(kernel: LiveKernel, entry: TypedEntry): Found | undefined {
  try {
    return kinds[entry.kind].instances.find(entry, kernel);
  } catch (error) {
    if (error instanceof TemplateError) return undefined;
    throw error;
  }
}
