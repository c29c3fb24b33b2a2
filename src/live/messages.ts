/**
 * What the live page is told, as JSON. This file and units.ts are what the exporter and the page in the browser share. 64-bit values are texts of decimal
 * digits, since a browser reads numbers of JSON exactly up to 2^53 only.
 */

/** The messages by the names that their server-sent events have. */
export interface LiveMessages {
  /** The first message. It comes again when the series have changed; the page then forgets all that it knows of rows. */
  readonly layout: LayoutMessage;
  /** Follows a layout, and comes again when a symbol has come up or gone down. */
  readonly symbols: SymbolsMessage;
  /** What one read of the kernel gave. */
  readonly tick: TickMessage;
  /** How the rows are spread over the CPUs: comes where the exporter keeps track of that, each time that it is another. */
  readonly spread: SpreadMessage;
  /** Follows the first tick of a layout where the page asked for it: PastHead and what belongs to it, in base64. */
  readonly past: string;
  /** Comes in place of a tick where the kernel could not be read. */
  readonly trouble: TroubleMessage;
  /** The last message of a stream that has lasted long enough. The page then opens the next stream. */
  readonly end: Readonly<Record<string, never>>;
}

export interface LayoutMessage {
  /** A hash of the contents: the same contents have the same id, whichever process sends them. */
  readonly id: string;
  /** Milliseconds from one tick to the next. */
  readonly interval: number;
  readonly reader: string;
  /** Why this reader was taken. */
  readonly reason: string;
  /** Seconds for which the exporter remembers how each row went; 0 where it does not. */
  readonly past: number;
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
  readonly unit?: string;
  readonly cpu: 'sum' | 'per_cpu' | 'both' | 'spread';
  /** With `spread` the names beside that of the sum: of a counter the rates and the busiest CPU, of a gauge the parts. */
  readonly spread?: readonly string[];
}

/** Where rows come from; an entry may give several. */
export interface LiveEntry {
  readonly symbol: string;
  /** The pack or config file that it is from. */
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
  /** How many symbols are read. */
  readonly up: number;
  /** How many symbols there are. */
  readonly all: number;
  readonly down: readonly DownSymbol[];
  /** The packs and config files of which nothing is read. */
  readonly silent: readonly SilentGroup[];
}

/** As GroupStatus in snapshots/groupStatus.ts. */
export interface SilentGroup {
  readonly group: string;
  /** True where the kernel has none of its symbols. */
  readonly absent: boolean;
  readonly reason: string;
}

/** As SymbolStatus in snapshots/symbolStatus.ts. */
export interface DownSymbol {
  readonly symbol: string;
  readonly groups: readonly string[];
  readonly optional: boolean;
  readonly cause: 'missing' | 'unfit' | 'failed' | 'withdrawn' | undefined;
  readonly reason: string;
  /** Since when it is down, in milliseconds since the epoch. */
  readonly since: number;
}

export interface TickMessage {
  /** The number of the read: two ticks of one read have the same. It begins at 1 again when the exporter is started again. */
  readonly sequence: number;
  /** When the read began, in milliseconds since the epoch. */
  readonly takenAt: number;
  /** The same moment in milliseconds of a clock that nobody sets. Rates are computed with this one. */
  readonly clock: number;
  /** How long the read took, in seconds. */
  readonly duration: number;
  /** How many series the read gave. */
  readonly series: number;
  /** For each row its sum, or the reason why there is none: a state of snapshots/itemStates.ts that is not `ok`. Separated by spaces. */
  readonly sums: string;
  /**
   * For each row how many times as much the busiest CPU did as the average one since the tick before: 1 where all did the same. `-` where so
   * little moved that the difference may be chance, or less than one event a second on any CPU, or where it is not known. Separated by spaces.
   */
  readonly skews: string;
  /** By the number of a row the parts of all CPUs, separated by spaces: for those rows that the page asked for and that could be read. */
  readonly parts: Readonly<Record<string, string>>;
}

/** Of the last window, which ends with the newest sample. */
export interface SpreadMessage {
  /** How long the window is; 0 where none is full yet. What follows is then empty. */
  readonly seconds: number;
  /** On each CPU, in the order of LayoutMessage.cpus, how many rows are hot: they did clearly more there than on the median CPU. */
  readonly hot: readonly number[];
  /** The row that the page asked for, and what it did on each CPU per second; none where that is not known. */
  readonly heat: { readonly row: number; readonly rates: readonly number[] } | undefined;
  /** The id of the CPU that the page asked for, and the rows that are hot on it. */
  readonly unusual: { readonly cpu: number; readonly rows: readonly number[] } | undefined;
}

/**
 * How each row went, in binary: 4 bytes with the length of this head, the head in JSON, filled up with spaces to a multiple of 4, then for each
 * row one float for each point: a counter's rate per second or a gauge's value, NaN where it is not known. All with the low byte first.
 */
export interface PastHead {
  /** As LayoutMessage.id. */
  readonly layout: string;
  /** When the first point's time began, by the clock of TickMessage. */
  readonly begin: number;
  /** When each point's time ended; that of the next began then. */
  readonly ends: readonly number[];
}

export interface TroubleMessage {
  readonly reason: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}
