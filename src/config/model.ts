/** What a config says once it is checked and every default is filled in: the form that plan/ takes. Knows nothing of a running kernel. */

/** `gauge` may go down; `counter` only grows, but for resets. */
export type MetricType = 'gauge' | 'counter';

/** Which series a field gives: the sum over all CPUs, one for each CPU that exists, or both under distinct names. */
export type CpuMode = 'sum' | 'per_cpu' | 'both';

/**
 * How the bytes of a field are read, in the kernel's byte order. `ptr` is published as 1 where it is set and 0 where it is NULL: an
 * address would tell KASLR's slide.
 */
export type ValueFormat = 'u8' | 'u16' | 'u32' | 'u64' | 'i8' | 'i16' | 'i32' | 'i64' | 'ptr';

/** How a scrape reads zpcpu items: see kvm/selfTest.ts. */
export type ReaderChoice = 'auto' | 'libkvm' | 'direct';

/** A place in a config file; line and column count from 1. */
export interface Location {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

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
  readonly cpu: CpuMode;
}

/** One value in the kernel's memory, and the series made from it. */
export interface Field {
  readonly family: Family;
  readonly labels: readonly Label[];
  /** Bytes from the symbol's address to the cell that holds the zpcpu pointer; 0 for DPCPU, which has no pointer. */
  readonly cellOffset: number;
  /** Bytes from the start of a CPU's copy to the value. */
  readonly offset: number;
  readonly format: ValueFormat;
}

/**
 * `counters`: the symbol holds one counter_u64_t or more (counter(9)). `zpcpu`: it holds pointers to other items of a UMA_ZONE_PCPU
 * zone. `dpcpu`: it is a DPCPU object itself, one copy for each CPU.
 */
export type EntryKind = 'counters' | 'zpcpu' | 'dpcpu';

/** One item of the lists `counters`, `zpcpu` and `dpcpu`. */
export interface Entry {
  readonly kind: EntryKind;
  /** Name in the kernel without a leading underscore, and without vnet_entry_ or pcpu_entry_. */
  readonly symbol: string;
  /** True where a kernel without the symbol is no fault. */
  readonly optional: boolean;
  /** Bytes that the symbol must have, where the entry tells (an array's length); undefined where it does not. */
  readonly symbolSize: number | undefined;
  /** Bytes of one CPU's copy: 8 for counters. */
  readonly itemSize: number;
  readonly fields: readonly Field[];
  readonly at: Location;
}

export interface Config {
  /** What every kernel metric's name begins with. */
  readonly prefix: string;
  readonly reader: ReaderChoice;
  /** Milliseconds between reads of the scrape loop; undefined where each request reads. */
  readonly scrapeIntervalMs: number | undefined;
  readonly entries: readonly Entry[];
  /** The files it was read from, in order. */
  readonly files: readonly string[];
}
