/**
 * Where each config entry's instances are, kept true while modules come and go. Look-ups that miss are dear (milliseconds on a live
 * kernel), so they are repeated only when the list of loaded files changes, and otherwise one at a time, each about once a minute.
 */
import type { Entry } from '../config/model.js';
import type { KernelAddress } from '../kernel/address.js';
import type { SymbolOrigin } from '../kernel/symbols.js';
import { KvmError, NoDataError } from '../kernel/errors.js';
import type { Kernel } from '../kernel/kernel.js';
import { loadsText, type Loads } from '../kernel/loads.js';
import type { Follower, FollowerTally, Found, Instance, InstanceKind, Rests } from './instances/instance.js';
import { kinds } from './kinds/registry.js';
import { follow, readsApart, type FollowPlan } from './instances/follow.js';
import { placesFor, type LayoutParts, type Places, type SeriesLayout } from './layout.js';
import { InterruptTable } from './lists/interruptTable.js';
import type { KnownPlace } from './lists/known.js';
import { Vnets, type VnetsPlan } from './lists/vnets.js';
import type { WalkCost } from './lists/walkCost.js';
import { Retry } from './retry.js';
import type { Unresolved } from './unresolved.js';

/**
 * Milliseconds in which every symbol that was not found is looked up again although the ids of the loaded files are the same: one module
 * may have taken another's.
 */
const RETRY_WITHIN = 60_000;

/** The instances of an entry, or why there are none. */
export type EntryResolution = readonly Instance[] | Unresolved;

export function isResolved(resolution: EntryResolution): resolution is readonly Instance[] {
  return Array.isArray(resolution);
}

/** The instance that an item of a layout belongs to; undefined where it is not there. */
export function instanceAt(
  resolutions: readonly EntryResolution[],
  { entry, instance }: SeriesLayout['items'][number],
): Instance | undefined {
  const resolution = resolutions[entry];
  return resolution !== undefined && isResolved(resolution) ? resolution[instance] : undefined;
}

/** What the offsets of an item's cells count from; undefined where it is not there, or has none. */
export function elementAt(
  resolutions: readonly EntryResolution[],
  item: SeriesLayout['items'][number],
): KernelAddress | undefined {
  const { cells, others } = instanceAt(resolutions, item)?.where ?? {};
  return item.part === 0 ? cells : others?.[item.part - 1];
}

/** Of an item whose element nothing may be read along with, that element: what has another, or none, is read by itself. */
export function apartFrom(
  { follows }: Pick<SeriesLayout, 'follows'>,
  resolutions: readonly EntryResolution[],
  item: SeriesLayout['items'][number],
): KernelAddress | undefined {
  return readsApart(follows[item.entry]) ? elementAt(resolutions, item) : undefined;
}

/** What an item's cell is known to hold, for as long as its instance is there; undefined where it has to be read. */
export function heldAt(
  resolutions: readonly EntryResolution[],
  item: SeriesLayout['items'][number],
): bigint | undefined {
  return item.part === 0 ? instanceAt(resolutions, item)?.where.held?.get(item.cellOffset) : undefined;
}

/** True where a pointer leads to an item's copies, if not its entry's kind has none. */
export function isBehindPointer(resolutions: readonly EntryResolution[], item: SeriesLayout['items'][number]): boolean {
  const { access } = item;
  const mayBe = access === undefined || access.way === 'pointer';
  return mayBe && instanceAt(resolutions, item)?.where.told === undefined;
}

export interface Walks {
  /** Of each entry whose instances come and go. */
  readonly entries: ReadonlyMap<number, WalkCost>;
  /** Over the vnets and their jails, for all entries that want them. */
  readonly vnets: readonly WalkCost[];
}

export class Resolution {
  /** One for each entry, in the order of the config. */
  readonly entries: EntryResolution[];
  /** Grows whenever one of the entries changes. */
  version: number;
  /** When one of the entries that are not resolved is due, and from which one on to look for it. */
  private retryAt: number;
  private retryFrom = 0;
  /** True where an entry was dropped since the last refresh(), maybe by the read itself. */
  private dropped = false;
  /** Entries whose look-up ended in an error. */
  private readonly failed = new Set<number>();
  /** By entry, of those whose instances come and go. */
  private readonly followers = new Map<number, Follower>();
  private readonly vnets = new Map<VnetsPlan, Vnets>();
  /** By the table's plan in text: entries have one each, of the same table. */
  private readonly interrupts = new Map<string, InterruptTable>();
  private readonly retry = new Retry();

  /**
   * @param now as in refresh()
   * @param loads which files were loaded before anything of the layout was looked up, as loadsText() tells it: a file that came meanwhile has
   *   not been looked at, and is to be seen as new by refresh()
   * @param version where its own begins: beyond that of the resolution before it, one number tells the two apart
   * @param known of the elements of lists, from the resolutions before it and for those after it
   */
  constructor(
    private readonly kernel: Pick<Kernel, 'facts' | 'memory' | 'symbols' | 'modules'>,
    private readonly parts: Pick<LayoutParts, 'entries' | 'faults' | 'follows'>,
    now: number,
    private loads: string | undefined,
    version = 0,
    private readonly known = new Map<string, KnownPlace>(),
  ) {
    this.version = version;
    this.retryAt = now + RETRY_WITHIN;
    this.entries = parts.entries.map((_, index) => this.resolve(index));
  }

  /** As what the instances of each entry are laid out. */
  get places(): Places[] {
    return this.entries.map((entry, index) =>
      placesFor(isResolved(entry) ? entry : undefined, this.parts.follows[index] !== undefined),
    );
  }

  /** Of each entry whose instances come and go, what was left out when they were looked for last. */
  get tallies(): ReadonlyMap<number, FollowerTally> {
    return new Map([...this.followers].map(([entry, { tally }]) => [entry, tally]));
  }

  /** What it takes to find out which instances there are now, which is done before each read and after it. */
  get walks(): Walks {
    return {
      entries: new Map([...this.followers].map(([entry, { cost }]) => [entry, cost])),
      // The vnet of this process is looked for once.
      vnets: [...this.vnets].flatMap(([plan, { cost }]) => (this.followsAll(plan) ? [cost] : [])),
    };
  }

  private followsAll(vnets: VnetsPlan): boolean {
    return this.parts.follows.some((plan) => plan?.inAllVnets === true && plan.vnets === vnets);
  }

  /** Of entries whose instances could not all be found when they were looked for last, why. */
  get troubles(): ReadonlyMap<number, string> {
    return new Map(
      [...this.followers].flatMap(([entry, { trouble }]) => (trouble === undefined ? [] : [[entry, trouble]])),
    );
  }

  /**
   * Brings the entries up to date before a read. `time` is in milliseconds of a clock that is never set. True where a file was loaded or
   * unloaded since the last call.
   */
  refresh(time: number): boolean {
    const now = this.look();
    this.drop(() => now);
    const changed = this.updateLoads(now) || this.dropped;
    const due = time >= this.retryAt;
    this.dropped = false;
    const unresolved = [...this.entries.keys()].filter((index) => !isResolved(this.entries[index]!));
    if (changed) for (const index of unresolved) this.resolveAgain(index);
    else if (due) {
      const next = unresolved.find((index) => index >= this.retryFrom) ?? unresolved[0] ?? 0;
      if (unresolved.length > 0) this.resolveAgain(next);
      this.retryFrom = next + 1;
      this.retryAt = time + RETRY_WITHIN / Math.max(1, unresolved.length);
    }
    this.retryFailed(time, unresolved);
    this.followAll();
    return changed;
  }

  /** What takes too long for refresh(), before it. */
  async prepare(rests: Rests): Promise<void> {
    this.forgetShared();
    for (const [index, follower] of this.followers) {
      if (follower.prepare === undefined || !isResolved(this.entries[index]!)) continue;
      try {
        await follower.prepare(rests);
      } catch (error) {
        // Where it lasts, the look at them says so.
        if (!(error instanceof KvmError)) throw error;
      }
    }
  }

  /** Finds anew what comes and goes on its own. */
  private followAll(): void {
    this.forgetShared();
    for (const [index, follower] of this.followers) {
      if (!isResolved(this.entries[index]!)) continue;
      try {
        const now = follower.look();
        if (now !== this.entries[index]) this.set(index, now);
      } catch (error) {
        if (!(error instanceof KvmError)) throw error;
        this.failed.add(index);
        this.set(index, { reason: error.message, cause: 'failed' });
      }
    }
  }

  private forgetShared(): void {
    for (const shared of [...this.vnets.values(), ...this.interrupts.values()]) shared.forget();
  }

  /** Entries whose look-up failed, which says nothing of their symbol, are looked up with the next read, and then with a growing pause. */
  private retryFailed(now: number, unresolved: readonly number[]): void {
    const failed = unresolved.filter((index) => this.failed.has(index));
    if (failed.length > 0 && this.retry.isDue(now)) {
      for (const index of failed) this.resolveAgain(index);
      this.retry.tried(now);
    }
    if (this.failed.size === 0) this.retry.succeeded();
  }

  /** True where the loaded files are not the ones of before. What can't be told now is asked again with the next read. */
  private updateLoads(now: Loads | KvmError): boolean {
    if (now instanceof KvmError) return false;
    const loads = loadsText(now);
    const changed = loads !== this.loads;
    this.loads = loads;
    return changed;
  }

  /**
   * Lets go of instances that are no longer there, and gives them. Asked before a read and after it: what was read in between from memory
   * that belongs to nobody, or to somebody else by now, must not be published.
   * @param entries those that were read; undefined for all
   */
  dropGone(entries?: ReadonlySet<number>): ReadonlySet<Instance> {
    let loads: Loads | KvmError | undefined;
    return this.drop(() => (loads ??= this.look()), entries);
  }

  private look(): Loads | KvmError {
    try {
      return this.kernel.modules.loads();
    } catch (error) {
      if (!(error instanceof KvmError)) throw error;
      return error;
    }
  }

  private drop(look: () => Loads | KvmError, entries?: ReadonlySet<number>): ReadonlySet<Instance> {
    const loads = (): Loads => {
      const now = look();
      if (now instanceof KvmError) throw now;
      return now;
    };
    const gone = new Set<Instance>();
    this.entries.forEach((entry, index) => {
      if (!isResolved(entry) || entry.length === 0 || entries?.has(index) === false) return;
      const { instances } = kinds[this.parts.entries[index]!.kind];
      let why: Unresolved | undefined;
      let asked: SymbolOrigin | undefined;
      let reason: Unresolved | undefined;
      for (const instance of entry) {
        // All elements of a list are there for as long as its symbol is: to look that up is dear.
        if (instance.origin !== asked) reason = this.whyGone(instances, instance, loads);
        asked = instance.origin;
        if (reason === undefined) continue;
        gone.add(instance);
        why = reason;
      }
      if (why === undefined) return;
      const left = entry.filter((instance) => !gone.has(instance));
      this.set(index, left.length > 0 ? left : why);
      this.dropped = true;
    });
    return gone;
  }

  /**
   * Which of the instances that come and go did so since they were looked for, to be asked after their values were read. Where that cannot be
   * told, all of the entry did.
   * @param entries of which something was read: to ask of others is dear
   */
  gone(entries: ReadonlySet<number>): ReadonlySet<Instance> {
    const followers = [...this.followers].filter(([index]) => entries.has(index));
    if (followers.length === 0) return NONE;
    this.forgetShared();
    const gone = new Set<Instance>();
    for (const [index, follower] of followers) {
      const entry = this.entries[index]!;
      if (!isResolved(entry)) continue;
      try {
        for (const instance of follower.gone()) gone.add(instance);
      } catch (error) {
        if (!(error instanceof KvmError)) throw error;
        for (const instance of entry) gone.add(instance);
      }
    }
    return gone;
  }

  private whyGone(kind: InstanceKind, instance: Instance, loads: () => Loads): Unresolved | undefined {
    try {
      if (kind.stillThere(instance, this.kernel.modules, loads)) return undefined;
      return { reason: 'its module was unloaded', cause: 'missing' };
    } catch (error) {
      if (!(error instanceof KvmError)) throw error;
      return { reason: `whether its module is still loaded cannot be told: ${error.message}`, cause: 'failed' };
    }
  }

  private set(index: number, resolution: EntryResolution): void {
    const before = this.entries[index]!;
    if (!isResolved(before) && !isResolved(resolution) && before.reason === resolution.reason) return;
    this.entries[index] = resolution;
    this.version++;
  }

  private resolveAgain(index: number): void {
    this.set(index, this.resolve(index));
  }

  private resolve(index: number): EntryResolution {
    const entry = this.parts.entries[index]!;
    const fault = this.parts.faults[index];
    if (fault !== undefined && entry.fields.length === 0) return fault;
    try {
      this.failed.delete(index);
      this.followers.delete(index);
      const found = kinds[entry.kind].instances.find(entry, this.kernel);
      if (found === undefined) return { reason: 'no loaded file has this symbol', cause: 'missing' };
      const misfit = sizeMisfit(entry, found.size);
      if (misfit !== undefined) return { reason: misfit, cause: 'unfit' };
      return this.followed(index, found) ?? found.instances;
    } catch (error) {
      if (!(error instanceof KvmError)) throw error;
      if (error instanceof NoDataError) return { reason: error.message, cause: 'unfit' };
      this.failed.add(index);
      return { reason: error.message, cause: 'failed' };
    }
  }

  /** What there is now of an entry whose instances come and go; undefined for others. */
  private followed(index: number, found: Found): readonly Instance[] | undefined {
    const plan = this.parts.follows[index];
    // A kernel without VIMAGE has one network stack, and no list of them.
    if (plan === undefined) return undefined;
    const isFollowed = plan.list !== undefined || plan.sockets !== undefined || plan.interrupts !== undefined;
    if (!isFollowed && found.vnet === undefined) return undefined;
    const shared = {
      vnets: this.vnetsOf(plan.vnets),
      interrupts: this.interruptsOf(plan.interrupts),
      known: this.known,
    };
    const follower = follow(plan, found, this.kernel, shared);
    const instances = follower.look();
    this.followers.set(index, follower);
    return instances;
  }

  private vnetsOf(plan: VnetsPlan | undefined): Vnets | undefined {
    if (plan === undefined) return undefined;
    let vnets = this.vnets.get(plan);
    if (vnets === undefined) {
      vnets = new Vnets(plan, this.kernel);
      this.vnets.set(plan, vnets);
    }
    return vnets;
  }

  private interruptsOf(plan: FollowPlan['interrupts']): InterruptTable | undefined {
    if (plan === undefined) return undefined;
    const key = JSON.stringify(plan.table);
    let table = this.interrupts.get(key);
    if (table === undefined) {
      table = new InterruptTable(plan.table, this.kernel);
      this.interrupts.set(key, table);
    }
    return table;
  }
}

const NONE: ReadonlySet<Instance> = new Set();

/** What an entry reaches for must lie inside the symbol, or it would be another object's memory. Undefined where it does. */
export function sizeMisfit(entry: Entry, symbolSize: number): string | undefined {
  if (symbolSize === 0) return undefined;
  if (entry.symbolSize !== undefined && entry.symbolSize !== symbolSize) {
    return `the symbol has ${symbolSize} bytes, but the config describes ${entry.symbolSize}`;
  }
  const reach = kinds[entry.kind].reach(entry);
  if (reach > symbolSize) return `the symbol has ${symbolSize} bytes, but the config reaches to byte ${reach}`;
  return undefined;
}
