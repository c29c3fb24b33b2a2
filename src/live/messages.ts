/**
 * What the live page is told, as JSON: the one file that the exporter and the page's code in the browser share. 64-bit values are decimal
 * digits in text, since a number of JSON is exact up to 2^53 only.
 */

/** The messages by their names, which are the names of server-sent events. */
export interface LiveMessages {
  /** First, and again when the series are no longer the same: whatever the page holds of rows is void then. */
  readonly layout: LayoutMessage;
  /** After a layout, and when a symbol came up or went down. */
  readonly symbols: SymbolsMessage;
  /** One read of the kernel. */
  readonly tick: TickMessage;
  /** In place of a tick: the kernel could not be read. */
  readonly trouble: TroubleMessage;
  /** The last of a stream that has lasted long enough; the page opens the next one. */
  readonly end: Readonly<Record<string, never>>;
}

export interface LayoutMessage {
  /** The same for the same contents, whichever process sends it: made of them. */
  readonly id: string;
  /** Milliseconds from one tick to the next. */
  readonly interval: number;
  readonly reader: string;
  /** Why this reader was taken. */
  readonly reason: string;
  /** The ids of the CPUs, ascending. */
  readonly cpus: readonly number[];
  readonly families: readonly LiveFamily[];
  readonly entries: readonly LiveEntry[];
  /** In the order in which they are published. */
  readonly rows: readonly LiveRow[];
}

/** As Family in config/model.ts. */
export interface LiveFamily {
  readonly name: string;
  readonly perCpuName: string;
  readonly help: string;
  readonly type: 'gauge' | 'counter';
  readonly cpu: 'sum' | 'per_cpu' | 'both';
}

/** What several rows have in common: where they come from. */
export interface LiveEntry {
  readonly symbol: string;
  /** The pack or config file. */
  readonly group: string;
}

export interface LiveRow {
  /** Index into LayoutMessage.families. */
  readonly family: number;
  /** Index into LayoutMessage.entries. */
  readonly entry: number;
  readonly labels: readonly LiveLabel[];
  readonly member?: string | undefined;
}

export interface LiveLabel {
  readonly name: string;
  readonly value: string;
}

export interface SymbolsMessage {
  /** How many are read, and how many there are. */
  readonly up: number;
  readonly all: number;
  readonly down: readonly DownSymbol[];
}

/** As SymbolStatus in snapshots/symbolStatus.ts. */
export interface DownSymbol {
  readonly symbol: string;
  readonly groups: readonly string[];
  readonly optional: boolean;
  readonly absent: boolean;
  readonly reason: string;
  /** Milliseconds since the epoch. */
  readonly since: number;
}

export interface TickMessage {
  /** Of the read; the same in two ticks of one read. Begins at 1 again where the exporter was started again. */
  readonly sequence: number;
  /** Milliseconds since the epoch, when the read began. */
  readonly takenAt: number;
  /** The same in milliseconds of a clock that nobody sets: rates are made with this one. */
  readonly clock: number;
  /** Seconds that the read took. */
  readonly duration: number;
  /** Series that the read gave. */
  readonly series: number;
  /** For each row its sum, or why there is none: a state of snapshots/snapshot.ts other than `ok`. Separated by spaces. */
  readonly sums: string;
  /**
   * For each row how much more the busiest CPU did than the average one since the tick before: 1 where all did the same. `-` where so
   * little moved that it may be chance, or where that is not known. Separated by spaces.
   */
  readonly skews: string;
  /** Each CPU's part, separated by spaces, by the row's number: of those rows that the page asked for and that could be read. */
  readonly parts: Readonly<Record<string, string>>;
}

export interface TroubleMessage {
  readonly reason: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}
