/**
 * Tells open pages what each read of the kernel gave. While there are some, a read a second is asked for, and shared with scrapes that ask at
 * the same time; while there are none, nothing is read and nothing kept.
 */
import { KvmError } from '../kernel/errors.js';
import type { Snapshot } from '../snapshots/snapshot.js';
import type { Snapshots } from '../snapshots/snapshots.js';
import type { GroupStatus } from '../snapshots/groupStatus.js';
import type { SymbolStatus } from '../snapshots/symbolStatus.js';
import { layoutText, type LayoutText } from './layoutText.js';
import type { LayoutMessage, LiveMessages, SymbolsMessage, TickMessage } from './messages.js';
import { copySnapshot } from './snapshotCopy.js';
import { partsOf, skewsText, sumsText } from './tickText.js';

/** What is in force now. */
export interface LiveSource {
  readonly snapshots: Pick<Snapshots, 'use'>;
  readonly reader: string;
  /** Why this reader was taken. */
  readonly reason: string;
  /** Milliseconds between the reads of a loop; undefined where reads are asked for. */
  readonly interval: number | undefined;
}

/** A message with its name, in JSON. */
export interface LiveMessage {
  readonly name: keyof LiveMessages;
  readonly json: string;
}

/** A page in a browser that is open and wants to be told. */
export interface Viewer {
  /** The id of the layout that the page knows, and by which `rows` are numbered. */
  readonly layout: string | undefined;
  /** The numbers of the rows whose parts the page wants. */
  readonly rows: readonly number[];
  /** False while the page has not yet received what it was sent before. It then misses this tick. */
  isReady(): boolean;
  send(messages: readonly LiveMessage[]): void;
}

/** What a page was told last. */
interface LastTold {
  layout: string | undefined;
  symbols: readonly SymbolStatus[] | undefined;
  sequence: number | undefined;
}

/** All that is the same for every page. */
interface Newest {
  readonly snapshot: Snapshot;
  readonly layout: LayoutText;
  readonly tick: Omit<TickMessage, 'parts'>;
}

/** Milliseconds from one tick to the next. */
const INTERVAL = 1000;

export class LiveFeed {
  private readonly viewers = new Map<Viewer, LastTold>();
  private newest: Newest | undefined;
  /** A snapshot that is no longer needed, whose memory the next copy uses. */
  private spare: Snapshot | undefined;
  private isRunning = false;

  /**
   * @param current gives what is in force, and is called before every read
   * @param onError called with the error of each read that failed
   */
  constructor(
    private readonly current: () => LiveSource,
    private readonly onError: (error: unknown) => void,
    private readonly intervalMs = INTERVAL,
  ) {}

  /** Sends a page what the newest read gave, and from then on what each read gives. */
  add(viewer: Viewer): void {
    this.viewers.set(viewer, { layout: viewer.layout, symbols: undefined, sequence: undefined });
    this.tell(viewer);
    if (this.isRunning) return;
    this.isRunning = true;
    void this.run();
  }

  /** The newest read is kept until the next one is due, since a page that wants other rows closes its stream and opens the next at once. */
  remove(viewer: Viewer): void {
    this.viewers.delete(viewer);
  }

  private async run(): Promise<void> {
    if (this.viewers.size === 0) {
      this.isRunning = false;
      this.forget();
      return;
    }
    const began = performance.now();
    try {
      await this.read();
      for (const viewer of this.viewers.keys()) this.tell(viewer);
    } catch (error) {
      this.forget();
      this.onError(error);
      this.tellAll({ name: 'trouble', json: JSON.stringify({ reason: reasonOf(error), at: Date.now() }) });
    }
    const took = performance.now() - began;
    // After a read that took long, the next one waits for as long again, so that the kernel and scrapes get a rest.
    setTimeout(() => void this.run(), Math.max(this.intervalMs - took, took)).unref();
  }

  private async read(): Promise<void> {
    const source = this.current();
    const snapshot = await source.snapshots.use((live) => copySnapshot(live, this.spare));
    // Where a loop reads the kernel, it may not have read again since.
    if (snapshot.report.sequence === this.newest?.snapshot.report.sequence) return;
    const before = this.newest?.snapshot;
    const { sequence, takenAt, clock, durationSeconds: duration, series } = snapshot.report;
    const tick = {
      sequence,
      takenAt,
      clock,
      duration,
      series,
      sums: sumsText(snapshot),
      skews: skewsText(before, snapshot),
    };
    // Another config has another layout, and so has another reader.
    const layout =
      this.newest?.snapshot.layout === snapshot.layout
        ? this.newest.layout
        : layoutText(snapshot.layout, this.about(source));
    this.newest = { snapshot, layout, tick };
    this.spare = before;
  }

  private about({ reader, reason, interval = 0 }: LiveSource): Pick<LayoutMessage, 'interval' | 'reader' | 'reason'> {
    return { interval: Math.max(interval, this.intervalMs), reader, reason };
  }

  private tell(viewer: Viewer): void {
    if (this.newest === undefined || !viewer.isReady()) return;
    const { snapshot, layout, tick } = this.newest;
    const told = this.viewers.get(viewer);
    if (told === undefined || told.sequence === tick.sequence) return;
    const messages: LiveMessage[] = [];
    if (told.layout !== layout.id) messages.push({ name: 'layout', json: layout.json });
    const { symbols, groups } = snapshot.report;
    if (told.symbols !== symbols) messages.push({ name: 'symbols', json: JSON.stringify(symbolsOf(symbols, groups)) });
    const rows = viewer.layout === layout.id ? viewer.rows : [];
    messages.push({ name: 'tick', json: JSON.stringify({ ...tick, parts: partsOf(snapshot, rows) }) });
    this.viewers.set(viewer, { layout: layout.id, symbols, sequence: tick.sequence });
    viewer.send(messages);
  }

  private tellAll(message: LiveMessage): void {
    for (const viewer of this.viewers.keys()) if (viewer.isReady()) viewer.send([message]);
  }

  private forget(): void {
    this.newest = undefined;
    this.spare = undefined;
  }
}

function symbolsOf(symbols: readonly SymbolStatus[], groups: readonly GroupStatus[]): SymbolsMessage {
  const down = symbols
    .filter(({ up }) => !up)
    .map(({ symbol, groups, optional, cause, reason, since }) => ({
      symbol,
      groups,
      optional,
      cause,
      reason,
      since,
    }));
  const silent = groups
    .filter(({ state }) => state !== 'read')
    .map(({ group, state, reason }) => ({ group, absent: state === 'absent', reason }));
  return { up: symbols.length - down.length, all: symbols.length, down, silent };
}

function reasonOf(error: unknown): string {
  return error instanceof KvmError
    ? `the kernel cannot be read: ${error.message}`
    : 'internal error; the log says more';
}
