/**
 * The log's lines about symbols that come and go: each change in a line, but few a minute of a symbol that flaps and of all together. What
 * is held back is told at the end of the minute, so that the last word about a symbol is always the true one.
 */
import { isFault, type SymbolStatus } from '../snapshots/symbolStatus.js';
import type { Logger } from './logger.js';

/** Milliseconds. */
const WINDOW = 60_000;
/** Lines in a window: about one symbol, for it going down and coming back, and about all of them. */
const LINES_EACH = 2;
const LINES_IN_ALL = 100;
/** Names that a line about many symbols gives. */
const EXAMPLES = 5;

interface LineState {
  /** The status that the log last told, as a key; undefined where it has told none. */
  word: string | undefined;
  linesInWindow: number;
  /** What is to be told at the end of the window. */
  held: Change | undefined;
  /** Changes since the last line. */
  suppressed: number;
}

interface Change {
  readonly status: SymbolStatus;
  readonly wasUpBefore: boolean;
}

export class SymbolLog {
  private readonly told = new Map<string, LineState>();
  private linesInWindow = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly log: Logger) {}

  /**
   * Tells of a symbol that came up, went down, or is down for another kind of reason.
   * @param wasUpBefore true where it was up at some time since the start
   */
  changed(status: SymbolStatus, wasUpBefore: boolean): void {
    const told = this.told.get(status.symbol) ?? { word: undefined, linesInWindow: 0, held: undefined, suppressed: 0 };
    this.told.set(status.symbol, told);
    this.timer ??= setTimeout(() => {
      this.endWindow();
    }, WINDOW).unref();
    if (told.linesInWindow < LINES_EACH && this.linesInWindow < LINES_IN_ALL) {
      this.write({ status, wasUpBefore }, told);
    } else {
      told.held = { status, wasUpBefore };
      told.suppressed++;
    }
  }

  /** Tells what was held back. */
  close(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.tellHeld();
  }

  private endWindow(): void {
    this.timer = undefined;
    this.linesInWindow = 0;
    for (const told of this.told.values()) told.linesInWindow = 0;
    if (!this.tellHeld()) return;
    this.timer = setTimeout(() => {
      this.endWindow();
    }, WINDOW).unref();
  }

  /** False where nothing was held back. */
  private tellHeld(): boolean {
    const held: [Change, LineState][] = [];
    for (const told of this.told.values()) {
      if (told.held === undefined) continue;
      if (wordOf(told.held.status) !== told.word) held.push([told.held, told]);
      told.held = undefined;
    }
    if (held.length <= LINES_IN_ALL) for (const [change, told] of held) this.write(change, told);
    else this.writeSummary(held);
    return held.length > 0;
  }

  private write({ status, wasUpBefore }: Change, told: LineState): void {
    const { symbol, reason } = status;
    const fields = told.suppressed === 0 ? { symbol } : { symbol, suppressed: told.suppressed };
    switch (wordOf(status)) {
      case 'up':
        this.log.info(fields, wasUpBefore ? 'symbol is read again' : 'symbol has come and is read');
        break;
      case 'absent':
        if (wasUpBefore) this.log.info({ ...fields, reason }, 'optional symbol has gone; its series are left out');
        else this.log.debug({ ...fields, reason }, 'optional symbol is not there');
        break;
      case 'fault':
        this.log.warn({ ...fields, reason }, 'symbol cannot be read; its series are left out');
    }
    told.word = wordOf(status);
    told.suppressed = 0;
    told.linesInWindow++;
    this.linesInWindow++;
  }

  private writeSummary(held: readonly [Change, LineState][]): void {
    for (const word of ['fault', 'absent', 'up'] as const) {
      const these = held.filter(([{ status }]) => wordOf(status) === word);
      if (these.length === 0) continue;
      const names = these.slice(0, EXAMPLES).map(([{ status }]) => status.symbol);
      const fields = { symbols: these.length, such_as: names.join(',') };
      if (word === 'up') this.log.info(fields, 'symbols are read');
      else if (word === 'absent') this.log.info(fields, 'optional symbols are not there');
      else this.log.warn(fields, 'symbols cannot be read; their series are left out, and /symbols says why');
      for (const [, told] of these) {
        told.word = word;
        told.suppressed = 0;
      }
    }
  }
}

/** What the log says of a symbol: `absent` where an optional one is not there, which is no fault. */
function wordOf(status: SymbolStatus): 'up' | 'absent' | 'fault' {
  if (status.up) return 'up';
  return isFault(status) ? 'fault' : 'absent';
}
