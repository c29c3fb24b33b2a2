/**
 * The log's lines about things that change: each change in a line, but few a minute of a thing that flaps and of all together. What is held
 * back is told at the end of the minute, so that the last word about a thing is always the true one.
 */

/** Milliseconds. */
const WINDOW = 60_000;
/** Lines in a window: about one thing, for it going down and coming back, and about all of them. */
const LINES_EACH = 2;
const LINES_IN_ALL = 100;
/** Names that a line about many things gives. */
const EXAMPLES = 5;

/** How a kind of thing is told of. */
export interface Wording<Change, Word extends string> {
  nameOf(change: Change): string;
  /** What there is to say: a change that says what the last line said is no news. */
  wordFor(change: Change): Word;
  /**
   * Writes a line about one change. False where it wrote none that a log usually has.
   * @param before what the last line about the thing said; undefined where there was none
   * @param suppressed how many changes there were since, that no line told of
   */
  tell(change: Change, before: Word | undefined, suppressed: { readonly suppressed?: number }): boolean;
  /**
   * Writes a line about changes that say the same.
   * @param examples some of their names
   */
  tellMany(word: Word, changes: readonly Change[], examples: string): void;
}

interface LineState<Change, Word> {
  /** What the log last said of it. */
  word: Word | undefined;
  linesInWindow: number;
  /** What is to be told at the end of the window. */
  held: Change | undefined;
  /** Changes since the last line. */
  suppressed: number;
}

export class ChangeLines<Change, Word extends string> {
  private readonly told = new Map<string, LineState<Change, Word>>();
  private linesInWindow = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly wording: Wording<Change, Word>) {}

  changed(change: Change): void {
    const name = this.wording.nameOf(change);
    const told = this.told.get(name) ?? { word: undefined, linesInWindow: 0, held: undefined, suppressed: 0 };
    this.told.set(name, told);
    if (told.held === undefined && told.word === this.wording.wordFor(change)) return;
    this.timer ??= setTimeout(() => {
      this.endWindow();
    }, WINDOW).unref();
    if (told.linesInWindow < LINES_EACH && this.linesInWindow < LINES_IN_ALL) {
      this.write(change, told);
    } else {
      told.held = change;
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
    const held: [Change, LineState<Change, Word>][] = [];
    for (const told of this.told.values()) {
      if (told.held === undefined) continue;
      if (this.wording.wordFor(told.held) !== told.word) held.push([told.held, told]);
      told.held = undefined;
    }
    if (held.length <= LINES_IN_ALL) for (const [change, told] of held) this.write(change, told);
    else this.writeSummary(held);
    return held.length > 0;
  }

  private write(change: Change, told: LineState<Change, Word>): void {
    const { word: before, suppressed } = told;
    told.word = this.wording.wordFor(change);
    told.suppressed = 0;
    if (!this.wording.tell(change, before, suppressed === 0 ? {} : { suppressed })) return;
    told.linesInWindow++;
    this.linesInWindow++;
  }

  private writeSummary(held: readonly [Change, LineState<Change, Word>][]): void {
    const byWord = new Map<Word, Change[]>();
    for (const [change, told] of held) {
      const word = this.wording.wordFor(change);
      const these = byWord.get(word);
      if (these === undefined) byWord.set(word, [change]);
      else these.push(change);
      told.word = word;
      told.suppressed = 0;
    }
    for (const [word, changes] of byWord) {
      const names = changes.slice(0, EXAMPLES).map((change) => this.wording.nameOf(change));
      this.wording.tellMany(word, changes, names.join(','));
    }
  }
}
