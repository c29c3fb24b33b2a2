/**
 * Where each config entry's symbol lies, kept true while modules come and go. Lookups that miss are dear (milliseconds on a live
 * kernel), so they are repeated only when the list of loaded files changes, and otherwise one at a time, each about once a minute.
 */
import type { Entry } from '../config/model.js';
import type { KernelAddress } from '../kvm/address.js';
import { KvmError } from '../kvm/errors.js';
import type { Kernel } from '../kvm/kernel.js';
import type { SymbolOrigin, SymbolResolver } from '../kvm/symbols.js';
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

export function isTarget(resolution: EntryResolution): resolution is Target {
  return 'address' in resolution;
}

export class Resolution {
  /** One for each entry, in the order of the config. */
  readonly entries: EntryResolution[];
  /** Grows whenever one of the entries changes. */
  version = 0;
  private files: readonly number[];
  private paths: readonly (string | undefined)[];
  /** When one of the entries that are not resolved is due, and from which one on to look for it. */
  private retryAt: number;
  private retryFrom = 0;

  constructor(
    private readonly kernel: Kernel,
    private readonly resolver: SymbolResolver,
    private readonly layout: SeriesLayout,
    now: number,
  ) {
    this.files = kernel.loadedFiles();
    this.paths = this.files.map((id) => kernel.filePath(id));
    this.retryAt = now + RETRY_WITHIN;
    this.entries = layout.entries.map((_, index) => this.resolve(index));
  }

  /** Brings the entries up to date before a read. `now` is in milliseconds. True where a file was loaded or unloaded. */
  refresh(now: number): boolean {
    const dropped = this.dropUnloaded();
    for (const index of dropped) this.resolveAgain(index);
    const due = now >= this.retryAt;
    const changed = this.updateFiles(due) || dropped.length > 0;
    if (!changed && !due) return false;
    const unresolved = [...this.entries.keys()].filter((index) => !isTarget(this.entries[index]!));
    if (changed) {
      for (const index of unresolved) this.resolveAgain(index);
    } else {
      const next = unresolved.find((index) => index >= this.retryFrom) ?? unresolved[0] ?? 0;
      if (unresolved.length > 0) this.resolveAgain(next);
      this.retryFrom = next + 1;
      this.retryAt = now + RETRY_WITHIN / Math.max(1, unresolved.length);
    }
    return changed;
  }

  /** True where the loaded files are not the ones of before. Their paths, which cost a call each, are compared only on demand. */
  private updateFiles(withPaths: boolean): boolean {
    const files = this.kernel.loadedFiles();
    let changed = !equal(files, this.files);
    if (changed || withPaths) {
      const paths = files.map((id) => this.kernel.filePath(id));
      changed ||= !equal(paths, this.paths);
      this.paths = paths;
    }
    this.files = files;
    return changed;
  }

  /**
   * Lets go of symbols whose module went away, or came back elsewhere. Asked before a read and after it: what was read in between from
   * memory that belongs to nobody, or to somebody else by now, must not be published. Returns the indexes of the entries that went.
   */
  dropUnloaded(): number[] {
    const gone: number[] = [];
    this.entries.forEach((resolution, index) => {
      if (!isTarget(resolution) || this.resolver.isCurrent(resolution.origin)) return;
      gone.push(index);
      this.set(index, { reason: 'its module was unloaded', absent: true });
    });
    return gone;
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
      const found =
        entry.kind === 'dpcpu' ? this.resolver.resolveDpcpu(entry.symbol) : this.resolver.resolve(entry.symbol);
      if (found === undefined) return { reason: 'no loaded file has this symbol', absent: true };
      const misfit = sizeMisfit(entry, found.size);
      if (misfit !== undefined) return { reason: misfit, absent: true };
      return { origin: found.origin, address: 'addresses' in found ? found.addresses : found.address };
    } catch (error) {
      if (!(error instanceof KvmError)) throw error;
      return { reason: error.message, absent: false };
    }
  }
}

function equal<T>(a: readonly T[], b: readonly T[]): boolean {
  return a.length === b.length && a.every((value, index) => value === b[index]);
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
