/**
 * Where an entry of the config exists in the kernel now: once, once on each CPU, once in each vnet, once for each element of a list. To all
 * that comes after they have the same shape. A new way of existing is a file beside this one.
 */
import type { ConfigEntry, Label } from '../../config/model.js';
import type { KernelAddress } from '../../kernel/address.js';
import type { Kernel } from '../../kernel/kernel.js';
import type { Loads } from '../../kernel/loads.js';
import type { Modules } from '../../kernel/modules.js';
import type { WalkCost } from '../lists/walkCost.js';
import type { ResolvedPerCpuSymbol, ResolvedSymbol, SymbolOrigin } from '../../kernel/symbols.js';

/** An interface whose driver counts in its own way: the sums are in the kernel's interface data of that index, and of that name. */
export interface Told {
  readonly index: number;
  readonly name: string;
  /** Bytes from the element to the cell that would be that of the first counter. */
  readonly counters: number;
}

/** Where an instance's values lie. One of the two is there. */
export interface Where {
  /** What the offsets of cells count from; a cell holds the zpcpu pointer that leads to an item. */
  readonly cells?: KernelAddress;
  /** Further elements that are added to it. */
  readonly others?: readonly KernelAddress[];
  /** By their offsets from `cells`, what cells hold for as long as it is this instance: they need not be read. */
  readonly held?: ReadonlyMap<number, bigint>;
  /** Of an element whose counters do not lie in it: how the kernel tells them. */
  readonly told?: Told;
  /** By CPU id where its copy of the item lies, which no pointer leads to, whatever its field says of access. */
  readonly copies?: ReadonlyMap<number, KernelAddress>;
}

export interface Instance {
  /** What tells it from the entry's other instances. Instances with the same labels are the same to who looks at the series. */
  readonly labels: readonly Label[];
  readonly where: Where;
  readonly origin: SymbolOrigin;
  /** True in another vnet than this process's: sysctls tell nothing of it. */
  readonly isElsewhere?: boolean;
}

/** A symbol and what exists of an entry that names it. */
export interface Found {
  readonly instances: readonly Instance[];
  readonly origin: SymbolOrigin;
  /** Bytes of the symbol; 0 where the symbol table does not say. */
  readonly size: number;
  /** As ResolvedSymbol has it. */
  readonly vnet?: ResolvedSymbol['vnet'];
}

/** What a follower left out when it looked last. */
export interface FollowerTally {
  readonly published: number;
  /** Elements of which something does not hold that must. */
  readonly doubtful: number;
  /** Beyond the limit that the config sets. */
  readonly beyondLimit: number;
  /** With the same labels as one that is published. */
  readonly duplicates: number;
  /** With the labels of one that is gone, which are left out once. */
  readonly successors: number;
}

/** What lets others work in between: a Pacer of snapshots/. */
export interface Rests {
  /** True where it is time for it. */
  due(): boolean;
  rest(): Promise<void>;
}

/** Keeps up with instances that come and go on their own, without any file being loaded. */
export interface Follower {
  /** What takes too long to be done in one go, before the next look(). */
  prepare?(rests: Rests): Promise<void>;
  /** The instances as they are now: the same objects, in the same array, where they are still the same. Throws KvmError where they can't be told. */
  look(): readonly Instance[];
  /**
   * Which of those that it gave last are not there any more, or not the same: to be asked after their values were read. Throws KvmError where that
   * cannot be told.
   */
  gone(): ReadonlySet<Instance>;
  readonly tally: FollowerTally;
  /** Of the last walk, without that over the vnets, which all share who want them. */
  readonly cost: WalkCost;
  /** Why there may be more of them than it found; undefined where there are not. */
  readonly trouble: string | undefined;
}

/** What instances are found in. */
export type InstanceSource = Pick<Kernel, 'facts' | 'symbols'>;

/** What they are followed in. */
export type FollowedKernel = Pick<Kernel, 'facts' | 'memory' | 'symbols'>;

export interface InstanceKind {
  /** Undefined where no loaded file has the symbol. Throws KvmError where it cannot be trusted, NoDataError where it leads to no data. */
  find(entry: ConfigEntry, kernel: InstanceSource): Found | undefined;
  /**
   * False where an instance has gone since it was found, be it that another is in its place by now. Asked before its values are read, and
   * again afterwards: what was read in between may be anybody's memory. Throws KvmError where that cannot be told.
   *
   * @param loads which files are loaded, found out when it is first asked for. Throws KvmError where that cannot be told
   */
  stillThere(instance: Instance, modules: Modules, loads: () => Loads): boolean;
}

/** Of an entry that exists only once. */
export const NO_LABELS: readonly Label[] = [];

/** InstanceKind.find() of what each CPU has a copy of, which no pointer leads to. */
export function copiesOf(found: ResolvedPerCpuSymbol | undefined): Found | undefined {
  if (found === undefined) return undefined;
  const { addresses, origin, size } = found;
  return { instances: [{ labels: NO_LABELS, where: { copies: addresses }, origin }], origin, size };
}

/** InstanceKind.stillThere() of what is there for as long as its symbol is: the kernel's own symbols stay, those of modules go with them. */
export function inItsModule({ origin }: Instance, modules: Modules, loads: () => Loads): boolean {
  return !origin.inModule || modules.isCurrent(origin, loads());
}
