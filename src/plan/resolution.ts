/**
 * Where each config entry's symbol lies, kept true while modules come and go. Lookups that miss are dear (milliseconds on a live
 * kernel), so they are repeated only when the list of loaded files changes, and otherwise one at a time, each about once a minute.
 */
import type { Entry } from '../config/model.js';
import type { KernelAddress } from '../kernel/address.js';
import { KvmError, TemplateError } from '../kernel/errors.js';
import type { LoadGeneration } from '../kernel/live/loadGenerations.js';
import type { SymbolOrigin, SymbolResolver } from '../kernel/live/symbols.js';
import { Retry } from './retry.js';
import type { SeriesLayout } from './series.js';

/**
 * Milliseconds in which every symbol that was not found is looked up again although the ids of the loaded files are the same: one module
 * may have taken another's.
 */
const RETRY_WITHIN = 60_000;

/** An entry whose symbol was found. */
export interface Target {
  readonly origin: SymbolOrigin;
  /** One address, or for DPCPU one for each CPU id. */
  readonly address: KernelAddress | ReadonlyMap<number, KernelAddress>;
}

/** An entry whose symbol cannot be used, and why. */
export interface Unresolved {
  readonly reason: string;
  /** True where no loaded file has the symbol, or not with this size: for an optional entry that is no fault. */
  readonly absent: boolean;
}

export type EntryResolution = Target | Unresolved;

/** As LoadGenerations.look() tells them. */
type Loads = ReadonlyMap<number, LoadGeneration>;

export function isTarget(resolution: EntryResolution): resolution is Target {
  return 'address' in resolution;
}

export class Resolution {
  /** One for each entry, in the order of the config. */
  readonly entries: EntryResolution[];
  /** Grows whenever one of the entries changes. */
  version = 0;
  /** When one of the entries that are not resolved is due, and from which one on to look for it. */
  private retryAt: number;
  private retryFrom = 0;
  /** True where an entry was dropped since the last refresh(), maybe by the read itself. */
  private dropped = false;
  /** Entries whose look-up ended in an error. */
  private readonly failed = new Set<number>();
  private readonly retry = new Retry();

  /**
   * @param now as in refresh()
   * @param loads which files were loaded before anything of the layout was looked up, as loadsOf() tells it: a file that came meanwhile has
   *   not been looked at, and is to be seen as new by refresh()
   */
  constructor(
    private readonly resolver: SymbolResolver,
    private readonly layout: SeriesLayout,
    now: number,
    private loads: string | undefined,
  ) {
    this.retryAt = now + RETRY_WITHIN;
    this.entries = layout.entries.map((_, index) => this.resolve(index));
  }

  /**
   * Brings the entries up to date before a read. `time` is in milliseconds of a clock that is never set. True where a file was loaded or
   * unloaded since the last call.
   */
  refresh(time: number): boolean {
    const now = this.look();
    this.drop(now);
    const changed = this.updateLoads(now) || this.dropped;
    const due = time >= this.retryAt;
    this.dropped = false;
    const unresolved = [...this.entries.keys()].filter((index) => !isTarget(this.entries[index]!));
    if (changed) for (const index of unresolved) this.resolveAgain(index);
    else if (due) {
      const next = unresolved.find((index) => index >= this.retryFrom) ?? unresolved[0] ?? 0;
      if (unresolved.length > 0) this.resolveAgain(next);
      this.retryFrom = next + 1;
      this.retryAt = time + RETRY_WITHIN / Math.max(1, unresolved.length);
    }
    this.retryFailed(time, unresolved);
    return changed;
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
    const loads = loadsOf(now);
    const changed = loads !== this.loads;
    this.loads = loads;
    return changed;
  }

  /**
   * Lets go of symbols whose module went away, or was loaded again. Asked before a read and after it: what was read in between from memory
   * that belongs to nobody, or to somebody else by now, must not be published. Returns the indexes of the entries that went.
   */
  dropUnloaded(): number[] {
    return this.entries.some((entry) => isTarget(entry) && entry.origin.inModule) ? this.drop(this.look()) : [];
  }

  private look(): Loads | KvmError {
    try {
      return this.resolver.generations.look();
    } catch (error) {
      if (!(error instanceof KvmError)) throw error;
      return error;
    }
  }

  private drop(now: Loads | KvmError): number[] {
    const gone: number[] = [];
    this.entries.forEach((entry, index) => {
      if (!isTarget(entry) || !entry.origin.inModule) return;
      const why = this.whyGone(entry.origin, now);
      if (why === undefined) return;
      this.set(index, why);
      gone.push(index);
    });
    if (gone.length > 0) this.dropped = true;
    return gone;
  }

  private whyGone(origin: SymbolOrigin, now: Loads | KvmError): Unresolved | undefined {
    try {
      if (now instanceof KvmError) throw now;
      return this.resolver.isCurrent(origin, now) ? undefined : { reason: 'its module was unloaded', absent: true };
    } catch (error) {
      if (!(error instanceof KvmError)) throw error;
      return { reason: `whether its module is still loaded cannot be told: ${error.message}`, absent: false };
    }
  }

  private set(index: number, resolution: EntryResolution): void {
    const before = this.entries[index]!;
    if (!isTarget(before) && !isTarget(resolution) && before.reason === resolution.reason) return;
    this.entries[index] = resolution;
    this.version++;
  }

  private resolveAgain(index: number): void {
    this.set(index, this.resolve(index));
  }

  private resolve(index: number): EntryResolution {
    const entry = this.layout.entries[index]!;
    const fault = this.layout.faults[index];
    if (fault !== undefined && entry.fields.length === 0) return fault;
    try {
      this.failed.delete(index);
      const found =
        entry.kind === 'dpcpu' ? this.resolver.resolveDpcpu(entry.symbol) : this.resolver.resolve(entry.symbol);
      if (found === undefined) return { reason: 'no loaded file has this symbol', absent: true };
      const misfit = sizeMisfit(entry, found.size);
      if (misfit !== undefined) return { reason: misfit, absent: true };
      return { origin: found.origin, address: 'addresses' in found ? found.addresses : found.address };
    } catch (error) {
      if (!(error instanceof KvmError)) throw error;
      if (error instanceof TemplateError) return { reason: error.message, absent: true };
      this.failed.add(index);
      return { reason: error.message, absent: false };
    }
  }
}

/** All the loads there are in one text, the same as long as they are the same. */
export function loadsOf(loads: Loads): string {
  return [...loads].map(([id, generation]) => `${id} ${generation}`).join('\n');
}

/** What an entry reaches for must lie inside the symbol, or it would be another object's memory. Undefined where it does. */
export function sizeMisfit(entry: Entry, symbolSize: number): string | undefined {
  if (symbolSize === 0) return undefined;
  if (entry.symbolSize !== undefined && entry.symbolSize !== symbolSize) {
    return `the symbol has ${symbolSize} bytes, but the config describes ${entry.symbolSize}`;
  }
  const reach =
    entry.kind === 'dpcpu' ? entry.itemSize : Math.max(...entry.fields.map((field) => field.cellOffset)) + 8;
  if (reach > symbolSize) return `the symbol has ${symbolSize} bytes, but the config reaches to byte ${reach}`;
  return undefined;
}
