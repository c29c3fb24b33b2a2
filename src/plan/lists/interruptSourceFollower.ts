/**
 * Keeps the instances of amd64's sources of interrupts in step with the kernel: one for each that has a handler and goes to a CPU, by what its
 * controller is programmed with. A source is believed where its counters are those of its place in the table, which names it. What is read of an
 * instance is the id of its CPU, where that CPU has it.
 */
import { costOf, NO_WALK } from './walkCost.js';
import { addressPlus, isKernelAddress, WORD_BYTES, type KernelAddress } from '../../kernel/address.js';
import { KvmError } from '../../kernel/errors.js';
import { loadInteger } from '../../kernel/integers.js';
import { canRead } from '../../kernel/readFailure.js';
import type { SymbolOrigin } from '../../kernel/symbols.js';
import type { FollowedKernel, Follower, FollowerTally, Instance } from '../instances/instance.js';
import { sameOr } from '../instances/sameOr.js';
import { labelsKey } from '../labelsKey.js';
import { nearPieces, type NearPieces } from '../nearPieces.js';
import { InterruptControllers } from './interruptControllers.js';
import type { InterruptSourcesPlan } from './interruptsPlan.js';
import { localApics } from './localApics.js';
import { readLength, startOf, type InterruptTable, type Slot } from './interruptTable.js';
import type { Slice } from './listPlan.js';

const NONE: ReadonlySet<Instance> = new Set();
/** Beyond any kernel's. */
const MAX_SOURCES = 1 << 17;
/** Bytes of a page are cheaper than another call on every machine. */
const COST = { call: 1, byte: 0 };
const MAX_READ = 65_536;

interface Source {
  readonly address: KernelAddress;
  readonly bytes: Buffer;
}

/** Sources that are read together; `before` is what they held when they were last looked at. */
interface Batch {
  readonly near: NearPieces;
  readonly bytes: Buffer;
  readonly before: Buffer;
  readonly sources: readonly Source[];
}

/** What the table calls a source, and the struct pcpu of the CPU that it goes to. */
interface Route {
  readonly slot: Slot;
  readonly pcpu: KernelAddress;
}

/** The sources that have a handler and go to a CPU, and how many say something that cannot be. */
interface FoundSources {
  readonly routes: ReadonlyMap<KernelAddress, Route>;
  readonly doubtful: number;
}

interface Known extends Route {
  readonly instance: Instance;
}

export class InterruptSourceFollower implements Follower {
  readonly trouble = undefined;
  cost = NO_WALK;
  tally: FollowerTally = { published: 0, doubtful: 0, beyondLimit: 0, duplicates: 0, successors: 0 };
  private pointersAt: KernelAddress | undefined;
  /** The array of pointers, and what it held when the sources were found. */
  private pointers = new BigUint64Array(0);
  private knownPointers = Buffer.alloc(0);
  private batches: readonly Batch[] = [];
  /** What was found last, the table of that time, and whether all was read. */
  private found: FoundSources = { routes: new Map(), doubtful: 0 };
  private foundIn: readonly (Slot | undefined)[] | undefined;
  /** What the instances were made of. */
  private shown: FoundSources | undefined;
  /** By the source's address. */
  private known: ReadonlyMap<bigint, Known> = new Map();
  private instances: readonly Instance[] = [];
  private readonly controllers: InterruptControllers;
  /** By the id of its local APIC, the struct pcpu of each CPU. */
  private apics: ReadonlyMap<number, KernelAddress> | undefined;

  constructor(
    private readonly plan: InterruptSourcesPlan,
    private readonly table: InterruptTable,
    private readonly kernel: FollowedKernel,
    private readonly origin: SymbolOrigin,
  ) {
    this.controllers = new InterruptControllers(plan, kernel);
  }

  look(): readonly Instance[] {
    const found = this.measured();
    if (found !== this.shown) this.choose(found);
    return this.instances;
  }

  gone(): ReadonlySet<Instance> {
    if (this.instances.length === 0) return NONE;
    const found = this.read();
    if (found === this.shown) return NONE;
    const { routes } = found;
    const gone = [...this.known].filter(
      ([address, known]) => !isSameRoute(routes.get(address as KernelAddress), known),
    );
    return gone.length === 0 ? NONE : new Set(gone.map(([, { instance }]) => instance));
  }

  private choose(found: FoundSources): void {
    const { routes, doubtful } = found;
    const byLabels = new Map<string, [KernelAddress, Route][]>();
    for (const [address, route] of routes) {
      const key = labelsKey(route.slot.labels);
      const same = byLabels.get(key);
      if (same === undefined) byLabels.set(key, [[address, route]]);
      else same.push([address, route]);
    }
    // CPUs cannot be added up: of those that nothing tells apart none is published.
    const single = [...byLabels.values()].filter(({ length }) => length === 1).flat();
    const known = new Map(single.map(([address, route]) => [address as bigint, this.instanceOf(address, route)]));
    this.known = known;
    this.instances = sameOr(
      [...known.values()].map(({ instance }) => instance),
      this.instances,
    );
    this.tally = {
      published: known.size,
      doubtful,
      beyondLimit: 0,
      duplicates: routes.size - known.size,
      successors: 0,
    };
    this.shown = found;
  }

  private instanceOf(address: KernelAddress, route: Route): Known {
    const known = this.known.get(address);
    if (known !== undefined && isSameRoute(known, route)) return known;
    const { slot, pcpu } = route;
    return { slot, pcpu, instance: { labels: slot.labels, where: { cells: pcpu }, origin: this.origin } };
  }

  private measured(): FoundSources {
    let found = this.found;
    this.cost = costOf(this.kernel.memory, () => {
      found = this.read();
      return found.routes.size;
    });
    return found;
  }

  /** The same object where nothing is other than before. */
  private read(): FoundSources {
    const slots = this.table.look();
    this.apics ??= localApics(this.plan.apics, this.kernel);
    let isSame = !this.findSources() && slots === this.foundIn;
    let isWhole = true;
    const read: (readonly Source[])[] = [];
    for (const batch of this.batches) {
      const sources = this.readBatch(batch);
      isWhole &&= sources === batch.sources;
      isSame &&= isWhole && batch.bytes.equals(batch.before);
      read.push(sources);
    }
    if (isSame) return this.found;
    for (const { bytes, before } of this.batches) bytes.copy(before);
    this.foundIn = isWhole ? slots : undefined;
    return (this.found = this.judge(read.flat(), slots, this.apics));
  }

  private judge(
    sources: readonly Source[],
    slots: readonly (Slot | undefined)[],
    apics: ReadonlyMap<number, KernelAddress>,
  ): FoundSources {
    const routes = new Map<KernelAddress, Route>();
    let doubtful = 0;
    for (const source of sources) {
      const slot = this.slotOf(source, slots);
      if (slot === undefined) doubtful++;
      if (slot === undefined || this.wordOf(source, this.plan.handlers) === 0n) continue;
      const controller = this.controllers.of(this.wordOf(source, this.plan.controller));
      if (controller === undefined || this.wordOf(source, controller.vector) === 0n) continue;
      const pcpu = apics.get(Number(this.wordOf(source, controller.target)));
      if (pcpu === undefined) doubtful++;
      else routes.set(source.address, { slot, pcpu });
    }
    return { routes, doubtful };
  }

  /** Undefined where the source says something that cannot be. */
  private slotOf(source: Source, slots: readonly (Slot | undefined)[]): Slot | undefined {
    const index = Number(this.wordOf(source, this.plan.index));
    const slot = slots[index];
    if (slot === undefined || slot.isStray || slot.cpu !== undefined) return undefined;
    const isItsOwn =
      this.wordOf(source, this.plan.counter) === this.table.counterAt(index) &&
      this.wordOf(source, this.plan.strayCounter) === this.table.counterAt(index + 1);
    return isItsOwn ? slot : undefined;
  }

  private wordOf({ bytes }: Source, { offset, size }: Slice): bigint {
    return loadInteger(bytes, offset - this.plan.span.from, size);
  }

  /** Sources come, and stay where they are. True where one came. */
  private findSources(): boolean {
    const { plan, kernel } = this;
    if (this.pointersAt === undefined) {
      const count = readLength(kernel, plan.count);
      if (count > MAX_SOURCES) throw new KvmError('kvm_read', `${plan.count.symbol} is ${count}`);
      this.pointersAt = startOf(kernel, plan.pointers);
      this.pointers = new BigUint64Array(count);
    }
    kernel.memory.read(this.pointersAt, this.pointers);
    const { pointers } = this;
    const bytes = Buffer.from(pointers.buffer);
    if (bytes.equals(this.knownPointers)) return false;
    this.knownPointers = Buffer.from(bytes);
    const { from, length } = plan.span;
    const pieces = [...new Set(pointers)].flatMap((pointer, item) =>
      isKernelAddress(pointer) && pointer % BigInt(WORD_BYTES) === 0n
        ? [{ item, address: addressPlus(pointer, from), length, stride: 0 }]
        : [],
    );
    this.batches = nearPieces(pieces, kernel.facts.pageSize, COST, MAX_READ).map((near) => {
      const into = Buffer.alloc(near.length);
      const sources = near.pieces.map(({ address }) => {
        const at = Number(address - near.address);
        return { address: addressPlus(address, -from), bytes: into.subarray(at, at + length) };
      });
      return { near, bytes: into, before: Buffer.alloc(near.length), sources };
    });
    return true;
  }

  /** Those that could be read. */
  private readBatch({ near, bytes, sources }: Batch): readonly Source[] {
    const { memory } = this.kernel;
    if (canRead(memory, near.address, bytes)) return sources;
    return sources.filter((source) => canRead(memory, addressPlus(source.address, this.plan.span.from), source.bytes));
  }
}

function isSameRoute(one: Route | undefined, other: Route): boolean {
  return one?.slot === other.slot && one.pcpu === other.pcpu;
}
