/**
 * The kernel that is tortured: its memory, its files on disk, and which per-CPU item each name truly stands for at every time. All that
 * changes in it goes through here, so that nothing is published that this does not know better.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StandIn } from '../../src/kernel/source.js';
import type { NativeFiles } from '../../src/simulator/build.js';
import { ImageFile } from '../../src/simulator/image.js';
import { kernelFile } from '../../src/simulator/memory/kernelFile.js';
import { bootKernel } from '../../src/simulator/memory/bootKernel.js';
import type { KernelImage } from '../../src/simulator/memory/kernelImage.js';
import { sysctlNodes } from '../../src/simulator/memory/sysctls.js';
import { writeImage } from '../../src/simulator/memory/writeImage.js';
import { leavesOf, type StructType } from '../../src/simulator/model/ctypes.js';
import type { SimulatorSpec } from '../../src/simulator/spec.js';
import { CARP_MEMBERS, type Where } from './catalog.js';
import { History } from './history.js';
import type { Random } from './random.js';

/**
 * The item that a name stood for, from one time of the history to another; CPU n's copy lies at base + n * stride, or where `copies` has it.
 */
export interface Epoch {
  readonly from: number;
  to: number;
  readonly base: bigint;
  readonly stride: number;
  readonly copies?: ReadonlyMap<number, bigint>;
}

/** What a name stands for: none, where its cell holds no pointer or its module is not loaded. */
export class Binding {
  readonly epochs: Epoch[] = [];
  /** The pointer cell; 0 where there is none (DPCPU, struct pcpu), and moved with a module. */
  cell = 0n;
  /** Sequence of the scrape in which it was bound last: an item that comes back within one can't be told from one that stayed. */
  boundIn = -1;

  constructor(
    readonly symbol: string,
    /** Bytes of a copy: 8 or 64; 0 for DPCPU and struct pcpu. */
    readonly itemSize: number,
    /** The ids that have a copy. */
    readonly ids: readonly number[],
  ) {}

  get current(): Epoch | undefined {
    const last = this.epochs.at(-1);
    return last?.to === Infinity ? last : undefined;
  }
}

/** Room for VNET data of a module loaded at its second place. */
const SECOND_PLACE = 8192n;
const SPARE_COUNTERS = 60;
const SPARE_ITEMS = 8;
/** Layouts that carp.ko comes in. */
export const CARP_LAYOUTS = 4;

export class World {
  readonly dir = mkdtempSync(join(tmpdir(), 'kcounter-torture-'));
  readonly source: StandIn;
  readonly image: ImageFile;
  readonly history: History;
  readonly bindings = new Map<string, Binding>();
  readonly present: readonly number[];
  readonly maxId: number;
  readonly pageSize: number;
  /** carp.ko: which layout is loaded (undefined: none), at which of its two places, and which layout is on disk. */
  carp: { loaded: number | undefined; place: 0 | 1; onDisk: number } = { loaded: undefined, place: 1, onDisk: 0 };
  /** True once the module that is loaded now was published: whoever has seen it can tell its file from a later one. */
  carpSeen = false;
  /** True where the file on the disk was replaced since the module was loaded: an exporter may well take no types from it. */
  carpFileReplaced = false;
  /** True where /boot/kernel/kernel is no longer the file of the running kernel. */
  isKernelFileReplaced = false;
  pfLoaded = false;
  private readonly kernel: KernelImage;
  private readonly bootDir: string;
  private readonly layouts: readonly StructType[];
  private readonly carpFiles: readonly Buffer[];
  private readonly kernelFileBytes: Buffer;
  /** Items that nobody has, the longest free first. */
  private readonly spare: Record<8 | 64, bigint[]> = { 8: [], 64: [] };
  private carpItems: bigint[] = [];
  private readonly carpBindings = new Map<string, Binding>();

  constructor(
    readonly spec: SimulatorSpec,
    native: NativeFiles,
    private readonly random: Random,
  ) {
    this.kernel = bootKernel(spec);
    const { kernel } = this;
    this.present = kernel.present;
    this.maxId = kernel.maxId;
    this.pageSize = kernel.profile.pageSize;
    // Nothing moves but by this hand.
    kernel.values.length = 0;
    for (let i = 0; i < SPARE_COUNTERS; i++) this.spare[8].push(kernel.counters.allocate());
    for (let i = 0; i < SPARE_ITEMS; i++) this.spare[64].push(kernel.items.allocate());

    this.bootDir = join(this.dir, 'kernel');
    mkdirSync(this.bootDir);
    const bootfile = join(this.bootDir, 'kernel');
    const path = join(this.dir, 'kernel.image');
    writeImage(kernel, sysctlNodes(kernel, bootfile), path);
    this.kernelFileBytes = kernelFile(kernel, 'kernel');
    writeFileSync(bootfile, this.kernelFileBytes);
    writeFileSync(join(this.bootDir, 'pf.ko'), kernelFile(kernel, 'pf'));
    this.layouts = this.carpLayouts();
    this.carpFiles = this.layouts.map((layout) => this.carpFile(layout));
    writeFileSync(join(this.bootDir, 'carp.ko'), this.carpFiles[0]!);

    this.image = new ImageFile(path);
    this.history = new History(
      (address) => this.image.read(address, 8).readBigUInt64LE(),
      (address, value) => {
        const bytes = Buffer.alloc(8);
        bytes.writeBigUInt64LE(value);
        this.image.write(address, bytes);
      },
    );
    this.source = {
      library: native.library,
      execfile: bootfile,
      corefile: path,
      origin: 'simulated',
    };
    for (const member of CARP_MEMBERS) {
      this.carpBindings.set(`carps_${member}`, new Binding('carpstats', 8, this.allIds()));
    }
  }

  close(): void {
    this.image.close();
    rmSync(this.dir, { recursive: true, force: true });
  }

  /** What `where` stands for; the same object for the same place. */
  bind(where: Where): Binding {
    if (where.kind === 'carp') return this.carpBindings.get(where.member)!;
    const offset = where.kind === 'member' ? 8 * this.slotOf(where.symbol, where.member) : 0;
    const at = where.kind === 'cell' ? where.offset : offset;
    const key = `${where.symbol}+${at}`;
    let binding = this.bindings.get(key);
    if (binding === undefined) {
      if (where.kind === 'dpcpu') binding = this.bindDpcpu(where.symbol);
      else binding = where.kind === 'pcpu' ? this.bindPcpu() : this.bindCell(where.symbol, at);
      this.bindings.set(key, binding);
    }
    return binding;
  }

  /** All that may be bound to another item: each has a cell and is not a module's. */
  get rebindable(): Binding[] {
    return [...this.bindings.values()].filter(({ cell }) => cell !== 0n);
  }

  /** All whose values may change. */
  get all(): Binding[] {
    return [...this.bindings.values(), ...this.carpBindings.values()];
  }

  /** Where the value at `offset` of CPU `id`'s copy has its word. */
  wordAt({ base, stride, copies }: Epoch, id: number, offset: number): bigint {
    const address = (copies?.get(id) ?? base + BigInt(id * stride)) + BigInt(offset);
    return address - (address % 8n);
  }

  /** Frees what the cell points to and leaves `pointer` in it, which leads nowhere. The item goes back to UMA. */
  unbind(binding: Binding, pointer: bigint): void {
    this.endEpoch(binding);
    this.history.write(binding.cell, pointer);
  }

  /** Gives the cell an item that has been free for long, or the one given: zeroed, as counter_u64_alloc(9) does. */
  rebind(binding: Binding, scrape: number, item = this.spare[binding.itemSize as 8 | 64].shift()): void {
    if (item === undefined) return;
    for (const id of this.allIds()) {
      for (let at = 0; at < binding.itemSize; at += 8) {
        const address = item + BigInt(id * this.pageSize + at);
        if (this.history.word(address) !== 0n) this.history.write(address, 0n);
      }
    }
    this.history.write(binding.cell, this.pointerTo(item));
    binding.epochs.push({ from: this.history.time, to: Infinity, base: item, stride: this.pageSize });
    binding.boundIn = scrape;
  }

  /** Two counters are freed and allocated again: the second gets the item that was the first's. */
  reuse(first: Binding, second: Binding, scrape: number): void {
    if (first.itemSize !== second.itemSize || first.current === undefined || second.current === undefined) return;
    const item = first.current.base;
    this.unbind(first, 0n);
    const spare = this.spare[first.itemSize as 8 | 64];
    spare.splice(spare.indexOf(item), 1);
    this.unbind(second, 0n);
    this.rebind(second, scrape, item);
    this.rebind(first, scrape);
  }

  /** An item goes back to UMA where a name stops to stand for it. */
  private endEpoch(binding: Binding): void {
    const { current } = binding;
    if (current === undefined) return;
    current.to = this.history.time;
    this.spare[binding.itemSize as 8 | 64].push(current.base);
  }

  /** Puts another carp.ko on the disk; what is loaded stays. */
  writeCarpFile(layout: number): void {
    writeFileSync(join(this.bootDir, 'carp.ko'), this.carpFiles[layout]!);
    this.carp.onDisk = layout;
    this.carpFileReplaced = this.carp.loaded !== undefined;
  }

  /** kldload carp, from the file on the disk. In place: at the address of the last time. */
  loadCarp(inPlace: boolean, scrape: number): void {
    if (this.carp.loaded !== undefined) return;
    if (!inPlace) this.carp.place = this.carp.place === 0 ? 1 : 0;
    const layout = this.layouts[this.carp.onDisk]!;
    this.carpItems = [];
    for (const [slot, member] of layout.members.entries()) {
      const binding = this.carpBindings.get(member.name);
      const cell = this.carpCell(slot);
      if (binding === undefined) {
        const item = this.spare[8].shift()!;
        this.carpItems.push(item);
        this.history.write(cell, this.pointerTo(item));
      } else {
        binding.cell = cell;
        this.rebind(binding, scrape);
      }
    }
    this.image.loadModule('carp', inPlace);
    // The symbols are there from now on.
    for (const { epochs } of this.carpBindings.values()) {
      const last = epochs.at(-1)!;
      epochs[epochs.length - 1] = { ...last, from: this.history.time };
    }
    this.carp.loaded = this.carp.onDisk;
    this.carpSeen = false;
    this.carpFileReplaced = false;
  }

  unloadCarp(): void {
    if (this.carp.loaded === undefined) return;
    for (const binding of this.carpBindings.values()) this.endEpoch(binding);
    this.spare[8].push(...this.carpItems);
    this.image.unloadModule('carp');
    this.carp.loaded = undefined;
  }

  togglePf(): void {
    if (this.pfLoaded) this.image.unloadModule('pf');
    else this.image.loadModule('pf');
    this.pfLoaded = !this.pfLoaded;
  }

  /** installkernel: the file of the running kernel moves to kernel.old, and one of another build takes its place. Undone by a second call. */
  toggleKernelFile(): void {
    this.isKernelFileReplaced = !this.isKernelFileReplaced;
    const other = join(this.dir, 'kernel.old');
    const bootfile = join(this.bootDir, 'kernel');
    if (this.isKernelFileReplaced) {
      mkdirSync(other);
      writeFileSync(join(other, 'kernel'), this.kernelFileBytes);
      writeFileSync(bootfile, this.otherBuild());
    } else {
      writeFileSync(bootfile, this.kernelFileBytes);
      rmSync(other, { recursive: true });
    }
  }

  /** A stored pointer that leads to nothing that could be read as values. */
  garbage(): bigint {
    const { addresses } = this.kernel.profile;
    return this.random.pick([
      0n,
      0x1234n,
      this.pointerTo(addresses.uma + 0x2_0000_0040n),
      this.pointerTo(addresses.uma + 0x1_0004n + 3n),
      this.random.bits64() >> 18n,
      this.early(),
    ]);
  }

  /** EARLY_COUNTER: an offset on amd64 14, else an address in CPU 0's struct pcpu. */
  private early(): bigint {
    return this.image.cell('sim_early');
  }

  private pointerTo(item: bigint): bigint {
    return BigInt.asUintN(64, item - this.kernel.bias);
  }

  private allIds(): number[] {
    return Array.from({ length: this.maxId + 1 }, (_, id) => id);
  }

  private bindCell(symbol: string, offset: number): Binding {
    const { kernel } = this;
    const link = `vnet_entry_${symbol}`;
    const address = kernel.has(link) ? kernel.inVnet(kernel.addressOf(link), 0) : kernel.addressOf(symbol);
    const itemSize = symbol.startsWith('sim_zpcpu') ? 64 : 8;
    const binding = new Binding(symbol, itemSize, this.allIds());
    binding.cell = address + BigInt(offset);
    const base = BigInt.asUintN(64, this.history.word(binding.cell) + kernel.bias);
    binding.epochs.push({ from: 0, to: Infinity, base, stride: this.pageSize });
    return binding;
  }

  private bindDpcpu(symbol: string): Binding {
    const { kernel } = this;
    const inSet = kernel.addressOf(`pcpu_entry_${symbol}`) - kernel.addressOf('__start_set_pcpu');
    const binding = new Binding(symbol, 0, this.present);
    binding.epochs.push({ from: 0, to: Infinity, base: kernel.dpcpu.base + inSet, stride: kernel.dpcpu.stride });
    return binding;
  }

  private bindPcpu(): Binding {
    const table = this.kernel.addressOf('cpuid_to_pcpu');
    const copies = new Map(this.present.map((id) => [id, this.history.word(table + BigInt(8 * id))]));
    const binding = new Binding('pcpu', 0, this.present);
    binding.epochs.push({ from: 0, to: Infinity, base: copies.get(0)!, stride: 0, copies });
    return binding;
  }

  private slotOf(symbol: string, member: string): number {
    const { model } = this.kernel.placed(`vnet_entry_${symbol}`);
    return leavesOf(model!.layout!).findIndex(({ path }) => path === member);
  }

  /** carpstats is the first VNET symbol of the first module. */
  private carpCell(slot: number): bigint {
    const modspace = this.kernel.addressOf('vnet_entry_modspace');
    return this.kernel.inVnet(modspace, 0) + (this.carp.place === 0 ? 0n : SECOND_PLACE) + BigInt(8 * slot);
  }

  private carpSymbol(): number {
    return this.kernel.symbols.findIndex(({ file, link }) => file === 'carp' && link === 'vnet_entry_carpstats');
  }

  /** The struct as it is, and with its members in other orders. */
  private carpLayouts(): StructType[] {
    const original = this.kernel.symbols[this.carpSymbol()]!.model!.layout!;
    return Array.from({ length: CARP_LAYOUTS }, (_, nth) => {
      if (nth === 0) return original;
      const keyed = original.members.map((member) => ({ member, key: this.random.bits() }));
      return { ...original, members: keyed.sort((a, b) => a.key - b.key).map(({ member }) => member) };
    });
  }

  private carpFile(layout: StructType): Buffer {
    const { symbols } = this.kernel;
    const at = this.carpSymbol();
    const placed = symbols[at]!;
    symbols[at] = { ...placed, model: { ...placed.model!, layout } };
    const bytes = kernelFile(this.kernel, 'carp');
    symbols[at] = placed;
    return bytes;
  }

  /** The kernel's file with another build id. */
  private otherBuild(): Buffer {
    const bytes = Buffer.from(this.kernelFileBytes);
    const note = bytes.indexOf('GNU\0', 0, 'latin1');
    // What follows the name is the id.
    for (let at = note + 4; at < note + 8; at++) bytes[at] = bytes[at]! ^ 0xff;
    return bytes;
  }
}
