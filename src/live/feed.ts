/**
 * Tells open pages what each read of the kernel gave. While there are some, a read a second is asked for, and shared with scrapes that ask at
 * the same time; while there are none, nothing is read and nothing kept.
 */
import { KvmError } from '../kernel/errors.js';
import type { Snapshot } from '../snapshots/snapshot.js';
import type { Snapshots } from '../snapshots/snapshots.js';
import type { GroupStatus } from '../snapshots/groupStatus.js';
import type { SymbolStatus } from '../snapshots/symbolStatus.js';
import { layoutText, type LayoutAbout, type LayoutText } from './layoutText.js';
import type { LiveMessages, SymbolsMessage, TickMessage } from './messages.js';
import { copySnapshot } from './snapshotCopy.js';
import { pastBytes } from './pastBytes.js';
import { Spreads, type LiveActivity } from './spreads.js';
import { partsOf, skewsText, sumsText } from './tickText.js';

/** What is in force now. */
export interface LiveSource {
  readonly snapshots: Pick<Snapshots, 'use'>;
  readonly reader: string;
  /** Why this reader was taken. */
  readonly reason: string;
  /** Milliseconds between the reads of a loop; undefined where reads are asked for. */
  readonly interval: number | undefined;
  /** Undefined where nothing is kept of what was. */
  readonly activity?: LiveActivity | undefined;
  /** To be called before each read: somebody looks, and wants to know each CPU's part of all rows. */
  readonly look?: (() => void) | undefined;
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
  /** The number of the row whose rates on each CPU the page wants, of a window. */
  readonly heat?: number | undefined;
  /** The id of the CPU of which the page wants to know which rows are hot on it. */
  readonly cpu?: number | undefined;
  /** How much the page wants to know of what was before, with the first tick of a layout that it does not know: as in LiveFeed.past(). */
  readonly past?: { readonly seconds: number; readonly points: number } | undefined;
  /** False while the page has not yet received what it was sent before. It then misses this tick. */
  isReady(): boolean;
  send(messages: readonly LiveMessage[]): void;
}

/** What a page was told last. */
interface LastTold {
  layout: string | undefined;
  symbols: readonly SymbolStatus[] | undefined;
  sequence: number | undefined;
  spread: object | undefined;
}

/** All that is the same for every page. */
interface Newest {
  readonly snapshot: Snapshot;
  readonly layout: LayoutText;
  readonly tick: Omit<TickMessage, 'parts'>;
}

/** Milliseconds from one tick to the next. */
const INTERVAL = 1000;
/** Seconds that a page may ask back for: as long as the activity remembers. */
export const LONGEST_PAST = 7200;
/** Points of each row that a page may ask for. */
export const MOST_POINTS = 240;
/** Numbers in one answer: where rows are many, each has fewer points. */
const MOST_NUMBERS = 1 << 20;

export class LiveFeed {
  private readonly viewers = new Map<Viewer, LastTold>();
  private newest: Newest | undefined;
  /** A snapshot that is no longer needed, whose memory the next copy uses. */
  private spare: Snapshot | undefined;
  private isRunning = false;
  private readonly spreads = new Spreads();

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
    this.viewers.set(viewer, { layout: viewer.layout, symbols: undefined, sequence: undefined, spread: undefined });
    this.tell(viewer);
    if (this.isRunning) return;
    this.isRunning = true;
    void this.run();
  }

  /** The newest read is kept until the next one is due, since a page that wants other rows closes its stream and opens the next at once. */
  remove(viewer: Viewer): void {
    this.viewers.delete(viewer);
  }

  /**
   * How each row went, as bytes; undefined where that is not known of this layout, or by now of another one only.
   * @param layout the id of the layout that the page knows
   * @param points of each row, at most
   */
  past(layout: string, seconds: number, points: number): Buffer | undefined {
    const { newest } = this;
    const { activity } = this.current();
    if (newest?.layout.id !== layout || activity?.knows(newest.snapshot.layout) !== true) return undefined;
    const rows = Math.max(1, newest.snapshot.layout.rows.length);
    const most = Math.max(1, Math.min(points, Math.floor(MOST_NUMBERS / rows)));
    return pastBytes(layout, activity.past(1000 * seconds, most));
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
    source.look?.();
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
    await this.spreads.look(source.activity, snapshot.layout);
    this.newest = { snapshot, layout, tick };
    this.spare = before;
  }

  private about({ reader, reason, interval = 0, activity }: LiveSource): LayoutAbout {
    const past = activity === undefined ? 0 : LONGEST_PAST;
    return { interval: Math.max(interval, this.intervalMs), reader, reason, past };
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
    if (told.layout !== layout.id && viewer.past !== undefined) {
      const past = this.past(layout.id, viewer.past.seconds, viewer.past.points);
      if (past !== undefined) messages.push({ name: 'past', json: JSON.stringify(past.toString('base64')) });
    }
    const spread = this.spreads.versionFor(snapshot.layout);
    if (spread !== undefined && told.spread !== spread) {
      const { heat, cpu } = viewer.layout === layout.id ? viewer : {};
      messages.push({ name: 'spread', json: JSON.stringify(this.spreads.message(heat, cpu)) });
    }
    this.viewers.set(viewer, { layout: layout.id, symbols, sequence: tick.sequence, spread });
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
