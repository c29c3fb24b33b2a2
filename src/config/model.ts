/** What a config says once it is checked and every default is filled in: the form that plan/ takes. Knows nothing of a running kernel. */
import type { Location } from '../yaml/location.js';
import type { StructureName } from './structures.js';
import type { ValueFormat } from './valueFormats.js';

/** `gauge` may go down; `counter` only grows, but for resets. */
export type MetricType = 'gauge' | 'counter';

/**
 * Which series a field gives: the sum over all CPUs, one for each CPU that exists, both under distinct names, or `spread`: the sum, and a few
 * that say how it is spread over the CPUs (spread.ts).
 */
export type CpuMode = 'sum' | 'per_cpu' | 'both' | 'spread';

/** How a scrape reads zpcpu items: as a test at the start finds right, or by this reader alone (kernel/reader.ts). */
export type ReaderChoice = 'auto' | 'libkvm' | 'direct';

export interface Label {
  readonly name: string;
  readonly value: string;
}

/** One metric as it is published. All fields of one family share this object. */
export interface Family {
  /** Name of the sums, with the prefix; a counter's ends in `_total`. */
  readonly name: string;
  /** Name of the per-CPU parts: `X_per_cpu`, a counter's `X_per_cpu_total`. */
  readonly perCpuName: string;
  readonly help: string;
  readonly type: MetricType;
  /** Of the values, such as `bytes`; undefined where nobody said. See units.ts. */
  readonly unit?: string;
  readonly cpu: CpuMode;
  /** True where the highest rate between two samples is published, too. */
  readonly peak?: true;
}

/**
 * How a value in an element of a list is reached, beyond the pointer in a cell that leads to copies on all CPUs. `itself`: it lies in the
 * element, and belongs to no CPU; its offset is from `cellOffset` on. `by_cpu`: there, too, and at `cellOffset` an array begins in which each
 * CPU id has an element of `stride` bytes.
 */
export type Access =
  | { readonly way: 'pointer'; readonly itemSize: number }
  | { readonly way: 'itself'; readonly itemSize: number }
  | { readonly way: 'by_cpu'; readonly itemSize: number; readonly stride: number };

/** Where a value lies in the kernel's memory. */
export type FieldValue = Omit<Field, 'family' | 'labels' | 'plus' | 'minus'>;

/** One value in the kernel's memory, and the series made from it. */
export interface Field {
  readonly family: Family;
  readonly labels: readonly Label[];
  /** Bytes from the symbol's address to the cell that holds the zpcpu pointer; 0 for what has no pointer (DPCPU, struct pcpu). */
  readonly cellOffset: number;
  /** Bytes from the start of a CPU's copy to the value. */
  readonly offset: number;
  readonly format: ValueFormat;
  /** How it is reached; undefined where that is its entry's only way. */
  readonly access?: Access;
  /** Another value that is added to it, on each CPU; it has no other. */
  readonly plus?: FieldValue;
  /** A value of no CPU that is taken off its sum. */
  readonly minus?: FieldValue;
  /** The member of the struct that it is, where the kernel's types told; for an element of an array, the array's. */
  readonly member?: string;
}

/**
 * `counters`: the symbol holds one counter_u64_t or more (counter(9)). `zpcpu`: it holds pointers to other items of a UMA_ZONE_PCPU
 * zone. `dpcpu`: it is a DPCPU object itself, one copy for each CPU. `pcpu`: there is no symbol, but each CPU's struct pcpu. `list`: it leads
 * to a list or an array, whose elements hold counters, zpcpu pointers or plain integers. `structures`: the same of what the program knows to walk. `values`: it is plain integers. `interrupts`: it is the
 * kernel's table of them.
 */
export type EntryKind = 'counters' | 'zpcpu' | 'dpcpu' | 'pcpu' | 'list' | 'structures' | 'values' | 'interrupts';

/** What is told of each source of interrupts. */
export const interruptValues = ['count', 'stray', 'cpu'] as const;
export type InterruptValue = (typeof interruptValues)[number];

/** The labels that tell them apart. */
export const interruptLabels = ['interrupt', 'device'] as const;

/** One item of the lists `counters`, `zpcpu`, `dpcpu` and `pcpu` that says itself where each value lies. */
export interface Entry {
  readonly kind: EntryKind;
  /** Name in the kernel without a leading underscore, and without vnet_entry_ or pcpu_entry_; `pcpu` for that kind. */
  readonly symbol: string;
  /** True where a kernel without the symbol is no fault. */
  readonly optional: boolean;
  /** Bytes that the symbol, or struct pcpu, must have, where the entry tells (an array's length); undefined where it does not. */
  readonly symbolSize: number | undefined;
  /** Bytes of one CPU's copy: 8 for counters; of a DPCPU object or a struct pcpu only those up to the end of the last field. */
  readonly itemSize: number;
  readonly fields: readonly Field[];
  /** As in TypedEntry. */
  readonly inAllVnets?: boolean;
  readonly at: Location;
}

/**
 * One item of the same lists whose layout the kernel's type information tells: the symbol's own type or that of `struct`. Only with it
 * is known whether the symbol is one counter (or one value), an array of them, or a struct, and which members there are.
 */
export interface TypedEntry {
  readonly typed: true;
  readonly kind: EntryKind;
  /** As in Entry. */
  readonly symbol: string;
  /** As in Entry; says nothing of members. */
  readonly optional: boolean;
  /**
   * Name of the struct (without the word `struct`) that lays out the array of counters, the zpcpu item or the DPCPU object; undefined
   * where the symbol's own type is to say.
   */
  readonly struct: string | undefined;
  /**
   * With `*` (there is one at most): the metric names of the members of a struct, see memberMetric() in madeNames.ts. Without: the name
   * of the one counter or array that the symbol is; then there is neither `struct` nor `members`, and a symbol that turns out to be a
   * struct is a mistake. Undefined: names are made of the symbol's. Never with the prefix.
   */
  readonly metric: string | undefined;
  /** True where the names made of members have all of their names in them: see wholeMemberMetric(). No config says so. */
  readonly wholeNames?: true;
  /** As it was given for the one counter or array that the symbol is; undefined: see madeHelp(). Never with `struct` or `members`. */
  readonly help: string | undefined;
  /** What holds for members of which no rule says otherwise: `counter` where counters have `struct`, else `gauge`, where it is not said. */
  readonly type: MetricType;
  /** What was written. A metric's own name goes before it. */
  readonly unit?: string;
  readonly cpu: CpuMode;
  /** As in Family, where no rule says otherwise. */
  readonly peak?: true;
  /** Has no `index` where there are no `members`: the elements of arrays get it. */
  readonly labels: readonly Label[];
  /** Which members are published, see selectMembers(); undefined: all. Given, a symbol that turns out to be no struct is a mistake. */
  readonly members: readonly MemberRule[] | undefined;
  /** Of kind `list`. */
  readonly list?: ListRules;
  /** Of kind `structures`. */
  readonly structure?: StructureRules;
  /** Of kind `interrupts`. */
  readonly interrupts?: InterruptValue;
  /** True where the VNET symbol of every vnet is meant, and not only that of the exporter's own. */
  readonly inAllVnets?: boolean;
  readonly at: Location;
}

export interface StructureRules {
  readonly name: StructureName;
  /** Elements that are published at most. */
  readonly limit: number;
}

/** What a member of an element must hold: a number, or a name that the kernel or its types know. */
export type ExpectedValue = number | string;

export interface MemberCondition {
  readonly member: string;
  readonly equals: ExpectedValue;
}

/** How the elements of a list are found, told apart and believed. Members are named from the element on; `outer.` names one of that which holds it. */
export interface ListRules {
  /** The member that leads to the next element; undefined where the symbol is an array. */
  readonly link: string | undefined;
  /** The symbol that tells how many elements an array has; undefined where its type does. */
  readonly count: string | undefined;
  /** The list in each element whose elements are meant. */
  readonly inside: { readonly member: string; readonly link: string } | undefined;
  /** Labels that are taken from members. */
  readonly keys: readonly { readonly label: string; readonly member: string }[];
  /** Which elements are wanted. */
  readonly where: readonly MemberCondition[];
  /** Without which no element is believed. The values `self`, `outer` and `vnet` are addresses. */
  readonly check: readonly MemberCondition[];
  /** Members that do not change while an element is the same. */
  readonly same: readonly string[];
  /** The member that points to the zpcpu item whose values are published; undefined where the element's own are. */
  readonly zpcpu: string | undefined;
  /** Elements whose counters the kernel tells by `ifdata`, with the index in a member: those that do not hold what `unless` says. */
  readonly instead: { readonly unless: readonly MemberCondition[]; readonly ifdata: string } | undefined;
  /** Elements that are published at most. */
  readonly limit: number;
  /** The label that numbers elements which have the same labels; undefined where only the first is published. */
  readonly duplicates: string | undefined;
}

/** What a typed entry says of one member of its struct, or of all whose names match a glob. */
export interface MemberRule {
  /** A member's name, or a glob with `*` and `?`. */
  readonly pattern: string;
  /** The metric's name without the prefix, maybe with one `*` as in TypedEntry (a glob's always has it); undefined: the entry's rule. */
  readonly metric: string | undefined;
  /** Undefined: see madeHelp(). A glob has none. */
  readonly help: string | undefined;
  /** This and the next four: the entry's where the member does not say its own; labels are merged. */
  readonly type: MetricType;
  /** As in TypedEntry. */
  readonly unit?: string;
  readonly cpu: CpuMode;
  readonly peak?: true;
  readonly labels: readonly Label[];
  /** Name of the label that tells the elements apart where the member is an array; is not among `labels`. `index` where it is not said. */
  readonly label: string;
  /**
   * Where the member is an array: the label's value by index, each value once; an element that is not in it has its index. Undefined
   * where none was given; where it was, a member that is no array, or has fewer elements, is a mistake. A glob has none.
   */
  readonly names: ReadonlyMap<number, string> | undefined;
  /** True where a struct without such a member is no fault. */
  readonly optional: boolean;
  /** Another member that is added to it. */
  readonly plus?: string;
  readonly at: Location;
}

/** In milliseconds. */
export interface ActivityTimes {
  /** From one sample to the next. */
  readonly intervalMs: number;
  /** What a rate is over. */
  readonly windowMs: number;
}

export type ConfigEntry = Entry | TypedEntry;

export function isTyped(entry: ConfigEntry): entry is TypedEntry {
  return 'typed' in entry;
}

export interface Config {
  /** What every kernel metric's name begins with. */
  readonly prefix: string;
  readonly reader: ReaderChoice;
  /** Milliseconds between reads of the scrape loop; undefined where each request reads. */
  readonly scrapeIntervalMs: number | undefined;
  /** True where OpenMetrics documents tell for every counter since when it counts: since the kernel was booted. */
  readonly created: boolean;
  /** The part of the process's CPU time that may go into proving counters again, 0 to 1; undefined where none is proven. */
  readonly truthShare: number | undefined;
  /** Undefined where nobody is to know what counters did in the last window. */
  readonly activity: ActivityTimes | undefined;
  readonly entries: readonly ConfigEntry[];
  /** The files it was read from: each config, and after it the packs that it names. */
  readonly files: readonly string[];
}
