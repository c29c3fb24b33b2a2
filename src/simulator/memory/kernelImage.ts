/**
 * Places every symbol of the model in the simulated kernel's memory and gives each counter its item in UMA's slabs. What lies in the
 * kernel's own structures comes from contents.ts; bootKernel.ts makes the whole.
 */
import type { SimulatorSpec } from '../spec.js';
import { profileOf, type Profile } from '../profiles.js';
import {
  holdsCounters,
  leavesOf,
  counterU64,
  roundUp,
  sizeOf,
  alignOf,
  type CType,
  type StructType,
} from '../model/ctypes.js';
import { fileNames, type FileName } from '../model/files.js';
import { functionSizes } from '../model/functions.js';
import { jailsOf, vnetsOf, type VnetModel } from '../model/jails.js';
import { activityOf, UPTIME_SECONDS, type Activity } from '../model/traffic.js';
import { dataSymbols, linkName, maxCpusOf, type DataSymbol, type Rebuilt } from '../model/symbols.js';
import { cpuWeights, History } from './history.js';
import { Memory, type Segment } from './memory.js';
import { addJunk, PcpuZone } from './pcpuZone.js';
import { Random } from './random.js';
import type { Spare } from './spareNames.js';
import { elfFile, elfFileOf } from '../model/kernelTypes.js';
import type { moduleSets, setBounds } from '../format.js';

/** A module may come back at another address: two are prepared. The kernel's symbols have the same value in both. */
export interface PlacedSymbol {
  readonly link: string;
  readonly file: FileName;
  readonly size: number;
  readonly values: readonly [bigint, bigint];
  /** The description it was placed from; undefined for the linker's own, such as `__start_set_vnet`. */
  readonly model: DataSymbol | undefined;
  readonly isFunction: boolean;
}

/**
 * One 64-bit value with a copy for each CPU; or the ticks that one CPU spent in one mode: those of its modes follow each other; or a single
 * word.
 */
export interface PerCpuValue {
  /** Of CPU 0's copy. */
  readonly address: bigint;
  readonly stride: number;
  readonly activity: Activity;
  readonly symbol: string;
  readonly index: number;
  readonly file: FileName;
  /** The only CPU whose time it is, in ticks, or with whose work a single word goes; undefined for what has copies. */
  readonly cpu?: number;
  readonly single?: true;
}

/** Where a module's own VNET or DPCPU data is: its template, and its place in the kernel's set, by variant. */
export type ModuleSet = Readonly<Record<(typeof setBounds)[number], readonly [bigint, bigint]>>;

/** Room for modules in the kernel's sets, `VNET_MODSIZE` and `DPCPU_MODMIN`: as much for each of the two places of all of them. */
const MODULE_SPACE = { vnet: 8192, pcpu: 2048 } as const;
/** With an SHA-1 hash. */
const BUILD_ID_NOTE_SIZE = 36;
const MODULE_SPACING = 0x4_0000n;
/** Pages after the last slab, so that every id below 256 reads something. */
const TAIL_PAGES = 300;

export class KernelImage {
  readonly profile: Profile;
  readonly memory: Memory;
  readonly random = new Random(0x5eed);
  readonly maxId: number;
  /** The ids of the CPUs that exist. */
  readonly present: readonly number[];
  readonly symbols: PlacedSymbol[] = [];
  readonly values: PerCpuValue[] = [];
  readonly spares: Spare[] = [];
  readonly history: History;
  readonly kernel: Segment;
  readonly heap: Segment;
  readonly uma: Segment;
  /** counter(9), and zpcpu items of 16 and of 64 bytes. */
  readonly counters: PcpuZone;
  readonly pairs: PcpuZone;
  readonly items: PcpuZone;
  /** The host's vnet, then those of jails. */
  readonly vnets: readonly VnetModel[];
  /** Where each vnet's data is. */
  readonly vnetData: readonly bigint[];
  /** Room for the data of one more. */
  readonly reserveVnet: () => bigint;
  /** Where CPU 0's DPCPU area is, and the bytes to the next CPU's. */
  readonly dpcpu: { readonly base: bigint; readonly stride: number };
  readonly moduleBases: Readonly<Record<FileName, readonly [bigint, bigint]>>;
  /** Where each file's struct elf_file is, or will be while it is loaded. */
  readonly linkerFiles: Readonly<Record<FileName, bigint>>;
  /** What the struct elf_file of a module tells of its own data: nothing on amd64, where symbols lead to the place in the kernel's set. */
  readonly moduleSets = new Map<FileName, Record<(typeof moduleSets)[number], ModuleSet | undefined>>();
  private readonly byName = new Map<string, PlacedSymbol>();
  private readonly model: readonly DataSymbol[];
  private counted = 0;
  /** VNET and DPCPU symbols of modules: where in the kernel's sets they will be, loaded once or twice. */
  private readonly moduleData: { symbol: DataSymbol; address: bigint }[] = [];

  constructor(
    readonly spec: SimulatorSpec,
    rebuilt: Rebuilt,
  ) {
    this.profile = profileOf(spec.profile);
    const { pageSize, addresses } = this.profile;
    this.memory = new Memory(pageSize);
    this.maxId = spec.cpus + spec.absent.length - 1;
    this.present = Array.from({ length: this.maxId + 1 }, (_, id) => id).filter((id) => !spec.absent.includes(id));
    this.history = new History(
      this.memory,
      cpuWeights(this.present, this.maxId, this.random),
      this.present,
      this.random,
    );
    this.kernel = this.memory.segment(addresses.kernel);
    this.heap = this.memory.segment(addresses.heap);
    this.uma = this.memory.segment(addresses.uma);
    addJunk(this.uma, 16, pageSize, this.random);
    this.counters = new PcpuZone(this.uma, pageSize, this.maxId + 1, 8, this.random);
    this.pairs = new PcpuZone(this.uma, pageSize, this.maxId + 1, 16, this.random);
    this.items = new PcpuZone(this.uma, pageSize, this.maxId + 1, 64, this.random);

    this.model = dataSymbols(spec, rebuilt);
    this.vnets = vnetsOf(jailsOf(spec.jails));
    this.placeLinkerSymbols();
    this.placeFunctions();
    const dpcpuSize = this.placeSet('dpcpu', 'pcpu');
    const vnetSize = this.placeSet('vnet', 'vnet');
    for (const symbol of this.model) {
      if (symbol.file === 'kernel' && symbol.section === 'data') {
        this.place(symbol, this.kernel.reserve(sizeOf(symbol.type), Math.max(8, alignOf(symbol.type))));
      }
    }
    this.moduleBases = this.placeModules();
    const object = (type: StructType): bigint => this.heap.reserve(roundUp(sizeOf(type), 64), 64);
    const ofModule = elfFileOf(this.profile);
    this.linkerFiles = {
      kernel: object(elfFile(this.profile.release)),
      carp: object(ofModule),
      pf: object(ofModule),
      ipsec: object(ofModule),
      ipfw: object(ofModule),
      zfs: object(ofModule),
    };

    const stride = roundUp(dpcpuSize, pageSize);
    this.dpcpu = {
      base: this.memory.segment(addresses.dpcpu).reserve(stride * (this.maxId + 1), pageSize),
      stride,
    };
    const vnets = this.memory.segment(addresses.vnet);
    this.reserveVnet = () => vnets.reserve(roundUp(vnetSize, pageSize) + pageSize, 64);
    this.vnetData = this.vnets.map(() => this.reserveVnet());
    this.storeValues();
    this.allocateCounters();
  }

  /** `mp_maxcpus`: as many CPUs as this kernel was built for. */
  get maxCpus(): number {
    return maxCpusOf(this.spec);
  }

  /** The value that a reader adds to stored zpcpu pointers, and the kernel takes off. */
  get bias(): bigint {
    return this.profile.offsetByPcpu ? this.profile.addresses.pcpu : 0n;
  }

  /** Where a kernel symbol is (in its set, for one of a vnet or of DPCPU), by its name in the symbol table. */
  addressOf(link: string): bigint {
    return this.placed(link).values[0];
  }

  /** The C type of a symbol's object. */
  typeOf(link: string): CType {
    const { model } = this.placed(link);
    if (model === undefined) throw new Error(`${link} is the linker's own, without a type`);
    return model.type;
  }

  has(link: string): boolean {
    return this.byName.has(link);
  }

  placed(link: string): PlacedSymbol {
    const found = this.byName.get(link);
    if (found === undefined) throw new Error(`the simulated kernel has no ${link}`);
    return found;
  }

  /** Where a value of set_vnet has its copy in one vnet. */
  inVnet(address: bigint, vnet: number): bigint {
    const data = this.vnetData[vnet];
    if (data === undefined) throw new Error(`the simulated kernel has no vnet ${vnet}`);
    return address - this.addressOf('__start_set_vnet') + data;
  }

  /** Where in the kernel's set a module's VNET or DPCPU symbol has its place, loaded once or twice. */
  placesOf(name: string): bigint[] {
    return this.moduleData.filter(({ symbol }) => symbol.name === name).map(({ address }) => address);
  }

  /** Gives the cell at `address` an item of 8 bytes and a past. */
  addCounter(address: bigint, activity: Activity, symbol: string, index: number, file: FileName, extra = 0): void {
    // Other parts of the kernel allocate counters in between.
    if (this.counted++ % 9 === 8) this.addUnrelated();
    const item = this.counters.allocate();
    this.memory.store(address, item - this.bias);
    this.values.push({ address: item, stride: this.memory.pageSize, activity, symbol, index, file });
    this.history.write(item, this.memory.pageSize, activity, extra);
  }

  /** A pointer cell of the 64-byte zone; returns the address of CPU 0's copy. */
  addItem(address: bigint): bigint {
    const item = this.items.allocate();
    this.memory.store(address, item - this.bias);
    return item;
  }

  private addUnrelated(): void {
    const activity = { rate: this.random.between(0.5, 4000), cpuClass: 'even' } as const;
    this.history.write(this.counters.allocate(), this.memory.pageSize, activity);
  }

  /** Ends the memory, once all that is known has its place. No counter's neighbours are empty: whoever reads the wrong slot reads another counter. */
  fillSlabs(): void {
    while (this.counters.left > 0) this.addUnrelated();
    addJunk(this.uma, TAIL_PAGES, this.profile.pageSize, this.random);
  }

  private add(symbol: PlacedSymbol): void {
    this.symbols.push(symbol);
    if (!this.byName.has(symbol.link)) this.byName.set(symbol.link, symbol);
  }

  private place(symbol: DataSymbol, first: bigint, second = first): void {
    const { file, type } = symbol;
    this.add({
      link: linkName(symbol),
      file,
      size: sizeOf(type),
      values: [first, second],
      model: symbol,
      isFunction: false,
    });
  }

  private mark(link: string, value: bigint): void {
    this.add({ link, file: 'kernel', size: 0, values: [value, value], model: undefined, isFunction: false });
  }

  /** Code cannot be read here: the kernel's text has addresses, but no pages. */
  private placeFunctions(): void {
    let next = this.addressOf('btext') + 0x54_3210n;
    for (const [link, size] of Object.entries(functionSizes(this.profile.machine))) {
      this.add({ link, file: 'kernel', size, values: [next, next], model: undefined, isFunction: true });
      next += BigInt(roundUp(size, 16)) + 0x1_2340n;
    }
  }

  private placeLinkerSymbols(): void {
    const base = this.kernel.base;
    // arm64's is linked at the very start of the kernel's addresses.
    const first = this.memory.segment(base - (this.profile.machine === 'amd64' ? 0x1a0_0000n : 0x112_0000n));
    this.mark('kernbase', first.base);
    this.mark('btext', first.base + 0x2_0000n);
    this.mark('etext', base - 0x1000n);
    // What the linker puts before the code, of which only the build id's note can be read here.
    first.reserve(0x3f8);
    const note = first.reserve(BUILD_ID_NOTE_SIZE, 4);
    this.mark('__build_id_start', note);
    this.mark('__build_id_end', first.end);
    // Something lies before the first variable, so that it is not at a page's start.
    this.kernel.reserve(0x1c8);
  }

  /** The templates of set_vnet or set_pcpu; a vnet or a CPU starts with a copy. Returns the set's size with room for modules at its end. */
  private placeSet(section: 'vnet' | 'dpcpu', set: 'vnet' | 'pcpu'): number {
    const start = this.kernel.reserve(0, 64);
    this.mark(`__start_set_${set}`, start);
    for (const symbol of this.model) {
      if (symbol.file === 'kernel' && symbol.section === section) {
        this.place(symbol, this.kernel.reserve(sizeOf(symbol.type), Math.max(8, alignOf(symbol.type))));
      }
    }
    this.mark(`${set}_entry_modspace`, this.kernel.reserve(2 * MODULE_SPACE[set], 16));
    this.kernel.reserve(0, 64);
    this.mark(`__stop_set_${set}`, this.kernel.end);
    return Number(this.kernel.end - start);
  }

  private placeModules(): Record<FileName, [bigint, bigint]> {
    const bases: Record<FileName, [bigint, bigint]> = {
      kernel: [this.kernel.base, this.kernel.base],
      carp: [0n, 0n],
      pf: [0n, 0n],
      ipsec: [0n, 0n],
      ipfw: [0n, 0n],
      zfs: [0n, 0n],
    };
    let next = this.profile.addresses.modules;
    const used = { vnet: [0, 0], pcpu: [0, 0] } as const satisfies Record<'vnet' | 'pcpu', [number, number]>;
    for (const file of fileNames) {
      if (file === 'kernel') continue;
      const own = this.model.filter((symbol) => symbol.file === file);
      const addSegment = (): Segment => {
        const segment = this.memory.segment(next);
        next += MODULE_SPACING;
        segment.mapped = false;
        segment.reserve(0x240);
        return segment;
      };
      const segments = [addSegment(), addSegment()] as const;
      bases[file] = [segments[0].base, segments[1].base];
      for (const symbol of own.filter(({ section }) => section === 'data')) {
        const size = sizeOf(symbol.type);
        this.place(symbol, segments[0].reserve(size, 16), segments[1].reserve(size, 16));
      }
      this.moduleSets.set(file, {
        vnet: this.placeModuleSet(own, 'vnet', 'vnet', segments, used.vnet),
        pcpu: this.placeModuleSet(own, 'dpcpu', 'pcpu', segments, used.pcpu),
      });
    }
    return bases;
  }

  /**
   * A module's own VNET or DPCPU data: the template in the module, and its place in the kernel's set, of which each vnet or CPU has a copy.
   * On amd64 the symbols lead to that place, elsewhere to the template.
   */
  private placeModuleSet(
    own: readonly DataSymbol[],
    section: 'vnet' | 'dpcpu',
    set: 'vnet' | 'pcpu',
    segments: readonly [Segment, Segment],
    used: [number, number],
  ): ModuleSet | undefined {
    let size = 0;
    const offsets = own.flatMap((symbol) => {
      if (symbol.section !== section) return [];
      const at = roundUp(size, 16);
      size = at + sizeOf(symbol.type);
      return [{ symbol, at: BigInt(at) }];
    });
    if (size === 0) return undefined;
    const start = both((variant) => segments[variant].reserve(size, 16));
    const base = both((variant) => {
      const at = roundUp(used[variant], 16);
      used[variant] = at + size;
      if (used[variant] > MODULE_SPACE[set]) throw new Error(`the modules' ${set} data does not fit`);
      return this.addressOf(`${set}_entry_modspace`) + BigInt(variant * MODULE_SPACE[set] + at);
    });
    const isAmd64 = this.profile.machine === 'amd64';
    for (const { symbol, at } of offsets) {
      for (const address of base) this.moduleData.push({ symbol, address: address + at });
      const [first, second] = isAmd64 ? base : start;
      this.place(symbol, first + at, second + at);
    }
    return isAmd64 ? undefined : { start, stop: both((variant) => start[variant] + BigInt(size)), base };
  }

  /** Plain values, in the templates and in every copy made from them. */
  private storeValues(): void {
    for (const { model, values } of this.symbols) {
      if (model !== undefined) for (const address of new Set(values)) this.storeValue(model, address);
    }
    for (const { symbol, address } of this.moduleData) this.storeValue(symbol, address);
    this.copySet('set_vnet', this.vnetData);
    this.copySet(
      'set_pcpu',
      Array.from({ length: this.maxId + 1 }, (_, id) => this.dpcpu.base + BigInt(id * this.dpcpu.stride)),
    );
  }

  private storeValue({ value, type }: DataSymbol, address: bigint): void {
    if (typeof value === 'string') this.memory.storeText(address, value);
    else if (value !== undefined) this.memory.store(address, value, sizeOf(type));
  }

  private copySet(set: string, copies: readonly bigint[]): void {
    const start = this.addressOf(`__start_${set}`);
    const size = Number(this.addressOf(`__stop_${set}`) - start);
    for (const copy of copies) this.memory.copy(start, copy, size);
  }

  private allocateCounters(): void {
    for (const placed of this.symbols) {
      const { model } = placed;
      if (model === undefined || model.section === 'dpcpu' || TRAPS.has(model.name)) continue;
      // A module's have others where it is loaded again, elsewhere.
      if (model.section === 'data') for (const address of new Set(placed.values)) this.allocateCells(model, address);
      else if (model.file === 'kernel') this.allocateInVnets(model, placed.values[0]);
    }
    for (const { symbol, address } of this.moduleData) {
      if (symbol.section === 'vnet') this.allocateInVnets(symbol, address);
    }
  }

  private allocateInVnets(symbol: DataSymbol, address: bigint): void {
    for (const [nth, vnet] of this.vnets.entries()) this.allocateCells(symbol, this.inVnet(address, nth), vnet);
  }

  /** An item for each counter_u64_t in `symbol`. A jail's network stack has counted nothing but its own little traffic. */
  private allocateCells(symbol: DataSymbol, address: bigint, vnet = this.vnets[0]): void {
    if (!holdsCounters(symbol.type) || vnet === undefined) return;
    const slots = symbol.layout === undefined ? [] : leavesOf(symbol.layout).map(({ path }) => path);
    let index = 0;
    for (const leaf of leavesOf(symbol.type)) {
      if (leaf.type !== counterU64) continue;
      const activity = activityOf(symbol.name, slots[index] ?? leaf.path);
      // A jail's counters are told apart from the host's by a name that no symbol has.
      const name = vnet.label + symbol.name;
      const rate = activity.rate * vnet.scale;
      const extra =
        (vnet.jail === undefined ? madeUpPast(symbol.name) : 0) + (vnet.isStill ? rate * UPTIME_SECONDS : 0);
      const level = activity.level === undefined ? {} : { level: Math.ceil(activity.level * vnet.scale) };
      const scaled = { ...activity, ...level, rate: vnet.isStill ? 0 : rate };
      this.addCounter(address + BigInt(leaf.offset), scaled, name, index, symbol.file, extra);
      index++;
    }
  }
}

function both<Value>(make: (variant: 0 | 1) => Value): [Value, Value] {
  return [make(0), make(1)];
}

/** Symbols whose cells contents.ts fills. */
const TRAPS: ReadonlySet<string> = new Set(['sim_early', 'sim_null', 'sim_unmapped', 'ifnet']);

/** Some made-up counters are beyond 2^53, and of those at rest every other one has counted something. */
function madeUpPast(symbol: string): number {
  const match = /^sim_counter_(\d+)$/.exec(symbol);
  if (match === null) return 0;
  const index = Number(match[1]);
  if (index % 16 === 15 && index % 32 !== 31) return 2 ** 54 + index * 2 ** 40;
  return index % 64 === 63 ? 1_000_003 * (index + 1) : 0;
}
