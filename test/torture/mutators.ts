/** What other CPUs and an administrator do to the kernel while it is read: one small thing at a time, each noted in the trace. */
import type { Published } from './catalog.js';
import { valueFormats } from '../../src/config/valueFormats.js';
import type { Clocks } from './clock.js';
import type { Random } from './random.js';
import { CARP_LAYOUTS, type Binding, type World } from './world.js';

/** How likely each thing is: values and bindings at each call of the library, the rest once before a scrape. */
export interface Unrest {
  readonly values: number;
  readonly bindings: number;
  readonly modules: number;
  readonly files: number;
  readonly clocks: number;
}

interface Place {
  readonly binding: Binding;
  readonly published: Published;
}

export class Mutators {
  /** How often each was done. */
  readonly counts = new Map<string, number>();
  /** What was done in the scrape under way. */
  trace: string[] = [];
  /** True where a name has come to stand for another item, or for none, in the scrape under way. */
  moved = false;
  scrape = 0;
  private readonly places: readonly Place[];
  /** Words that netstat -z has yet to zero, one after the other. */
  private zeroing: bigint[] = [];
  private readonly lost = new Set<Binding>();

  constructor(
    private readonly world: World,
    private readonly clocks: Clocks,
    private readonly random: Random,
    published: readonly Published[],
  ) {
    this.places = published.map((one) => ({ binding: world.bind(one.where), published: one }));
    for (const place of this.places) this.start(place);
  }

  begin(scrape: number): void {
    this.trace = [];
    this.moved = false;
    this.scrape = scrape;
  }

  /** Before a scrape, or (`within` it) at one call of the library. */
  disturb(unrest: Unrest, within: boolean, range?: { readonly from: bigint; readonly to: bigint }): void {
    const { random } = this;
    if (random.chance(unrest.values)) this.changeValue(range);
    if (this.zeroing.length > 0) this.zeroSome();
    const moves = within ? unrest.bindings : 4 * unrest.bindings;
    if (random.chance(moves)) this.moveBinding();
    if (within ? random.chance(unrest.modules / 60) : random.chance(unrest.modules)) this.changeModules();
    if (!within && random.chance(unrest.files)) this.changeFiles();
    if (!within && random.chance(unrest.clocks)) this.setClock();
  }

  /** All cells lead to items again. */
  heal(): void {
    for (const binding of this.lost) {
      this.world.rebind(binding, this.scrape);
      this.fill(binding);
    }
    if (this.lost.size > 0) this.note('cells back', `${this.lost.size}`);
    this.lost.clear();
  }

  private note(what: string, detail: string): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1);
    this.trace.push(`t=${this.world.history.time} ${what}: ${detail}`);
  }

  /** Values that no two words share, so that one in another's place is noticed. */
  private start({ binding, published }: Place): void {
    const { current } = binding;
    if (current === undefined || published.format === 'ptr') return;
    for (const id of this.world.present) this.put(binding, published, id, this.startValue());
  }

  private fill(binding: Binding): void {
    for (const place of this.places) if (place.binding === binding) this.start(place);
  }

  private startValue(): bigint {
    const value = this.random.bits64();
    return this.random.chance(0.9) ? value >> BigInt(10 + this.random.below(10)) : value;
  }

  private put(binding: Binding, { offset, format }: Published, id: number, value: bigint): void {
    const { history } = this.world;
    const address = this.world.wordAt(binding.current!, id, offset);
    const bits = BigInt(8 * valueFormats[format].bytes);
    const shift = BigInt(8 * (offset % 8));
    const mask = ((1n << bits) - 1n) << shift;
    const word = (history.word(address) & ~mask) | ((value << shift) & mask);
    if (word !== history.word(address)) history.write(address, word);
  }

  private get(binding: Binding, { offset, format }: Published, id: number): bigint {
    const word = this.world.history.word(this.world.wordAt(binding.current!, id, offset));
    return BigInt.asUintN(8 * valueFormats[format].bytes, word >> BigInt(8 * (offset % 8)));
  }

  private changeValue(range: { readonly from: bigint; readonly to: bigint } | undefined): void {
    const { random } = this;
    let place: Place | undefined;
    let id = 0;
    // One of those that are being read, if it is found quickly.
    for (let tries = range === undefined ? 1 : 5; tries > 0; tries--) {
      place = random.pick(this.places);
      id = random.pick(this.world.present);
      const { current } = place.binding;
      if (current === undefined) continue;
      const address = this.world.wordAt(current, id, place.published.offset);
      if (range !== undefined && address >= range.from && address < range.to) break;
    }
    if (place?.binding.current === undefined) return;
    const { binding, published } = place;
    const before = this.get(binding, published, id);
    if (published.format === 'ptr') {
      this.put(binding, published, id, before === 0n ? 0xffff_f800_0000_1000n : 0n);
      this.note('pointer set or cleared', published.sum);
      return;
    }
    if (random.chance(0.03)) {
      this.put(binding, published, id, 0xffff_ffff_ffff_ffffn - BigInt(random.below(1000)));
      this.note('word near 2^64', `${published.sum} cpu ${id}`);
      return;
    }
    if (random.chance(0.005) && this.zeroing.length === 0) {
      for (const { binding: each, published: one } of this.places) {
        if (each.symbol !== binding.symbol || each.current === undefined) continue;
        this.zeroing.push(...this.world.present.map((cpu) => this.world.wordAt(each.current!, cpu, one.offset)));
      }
      this.note('zeroing begun', binding.symbol);
      return;
    }
    const delta = BigInt(1 + random.below(1 << 20));
    const isGauge = published.format.startsWith('i');
    this.put(binding, published, id, isGauge && random.chance(0.5) ? before - delta : before + delta);
    this.note(before + delta > 0xffff_ffff_ffff_ffffn ? 'wrapped' : 'counted', `${published.sum} cpu ${id}`);
  }

  /** Some more words of a `netstat -z`. A word whose item has another owner by now is no longer its business. */
  private zeroSome(): void {
    for (const address of this.zeroing.splice(0, 1 + this.random.below(4))) {
      if (this.world.history.word(address) !== 0n) this.world.history.write(address, 0n);
      this.note('word zeroed', address.toString(16));
    }
  }

  private moveBinding(): void {
    const { random, world, scrape } = this;
    // An item that came back to its name within one scrape could be told by nobody.
    const free = world.rebindable.filter((binding) => binding.boundIn !== scrape);
    if (free.length === 0) return;
    const first = random.pick(free);
    const others = free.filter((one) => one !== first && one.itemSize === first.itemSize && one.current !== undefined);
    this.moved = true;
    this.zeroing = [];
    if (first.current === undefined) {
      world.rebind(first, scrape);
      this.fill(first);
      this.lost.delete(first);
      this.note('cell set again', first.symbol);
    } else if (random.chance(0.6) && others.length > 0) {
      const second = random.pick(others);
      world.reuse(first, second, scrape);
      this.fill(second);
      this.fill(first);
      this.note('item reused', `${first.symbol}'s by ${second.symbol}`);
    } else {
      const pointer = world.garbage();
      world.unbind(first, pointer);
      this.lost.add(first);
      first.boundIn = scrape;
      this.note(pointer === 0n ? 'cell NULL' : 'cell EARLY or garbage', `${first.symbol} ${pointer.toString(16)}`);
    }
  }

  private changeModules(): void {
    const { random, world, scrape } = this;
    this.moved = true;
    this.zeroing = [];
    if (random.chance(0.2)) {
      world.togglePf();
      this.note('other module loaded or unloaded', 'pf');
      return;
    }
    if (world.carp.loaded === undefined) {
      const inPlace = random.chance(0.5);
      world.loadCarp(inPlace, scrape);
      this.fillCarp();
      this.note('module loaded', `layout ${world.carp.onDisk}, place ${world.carp.place}`);
      return;
    }
    world.unloadCarp();
    if (random.chance(0.4)) {
      this.note('module unloaded', 'carp');
      return;
    }
    if (random.chance(0.6)) world.writeCarpFile(random.below(CARP_LAYOUTS));
    const inPlace = random.chance(0.7);
    world.loadCarp(inPlace, scrape);
    this.fillCarp();
    this.note(`module replaced${inPlace ? ' in place' : ''}`, `layout ${world.carp.onDisk}`);
  }

  private fillCarp(): void {
    for (const place of this.places) if (place.published.where.kind === 'carp') this.start(place);
  }

  private changeFiles(): void {
    const { random, world } = this;
    if (random.chance(0.5)) {
      world.toggleKernelFile();
      this.note(world.isKernelFileReplaced ? 'kernel file replaced' : 'kernel file back', '');
      return;
    }
    if (world.carp.loaded === undefined || !world.carpSeen) return;
    world.writeCarpFile(random.below(CARP_LAYOUTS));
    this.note('module file replaced while loaded', `${world.carp.onDisk} for ${world.carp.loaded}`);
  }

  private setClock(): void {
    const hours = this.random.below(5) - 2;
    this.clocks.setWall(hours * 3_600_000);
    this.note('wall clock set', `${hours} h`);
  }
}
