/** What the log says of symbols that come and go. */
import { wordFor, type SymbolStatus, type SymbolWord } from '../snapshots/symbolStatus.js';
import { ChangeLines, type Wording } from './changeLines.js';
import type { Logger } from './logger.js';

export class SymbolLog implements Wording<SymbolStatus, SymbolWord> {
  private readonly lines = new ChangeLines<SymbolStatus, SymbolWord>(this);
  /** Symbols that were told of. */
  private readonly met = new Set<string>();
  /** Those of them that, as far as the log tells, have been read: they were when they were first told of, or a line said so. */
  private readonly known = new Set<string>();

  constructor(private readonly log: Logger) {}

  /**
   * Tells of a symbol that came up, went down, or is down for another kind of reason.
   * @param wasUpBefore true where it was up at some time since the start
   */
  changed(status: SymbolStatus, wasUpBefore: boolean): void {
    if (wasUpBefore && !this.met.has(status.symbol)) this.known.add(status.symbol);
    this.met.add(status.symbol);
    this.lines.changed(status);
  }

  /** Tells what was held back. */
  close(): void {
    this.lines.close();
  }

  nameOf({ symbol }: SymbolStatus): string {
    return symbol;
  }

  wordFor(status: SymbolStatus): SymbolWord {
    return wordFor(status);
  }

  tell(status: SymbolStatus, before: SymbolWord | undefined, suppressed: { readonly suppressed?: number }): boolean {
    const { symbol, reason } = status;
    const fields = { symbol, ...suppressed };
    const word = wordFor(status);
    const wasKnown = this.known.has(symbol);
    switch (word) {
      case 'up':
        // That the counter agrees again has a line of its own, as that it does not.
        if (before === 'withdrawn') return false;
        this.log.info(fields, wasKnown ? 'symbol is read again' : 'symbol has come and is read');
        this.known.add(symbol);
        return true;
      case 'withdrawn':
        return false;
      case 'fault':
        this.log.warn({ ...fields, reason }, 'symbol cannot be read; its series are left out');
        return true;
      default:
        // Nobody misses what was never there, and no line of a usual log has spoken of.
        if (!wasKnown && before !== 'fault') {
          this.log.debug({ ...fields, reason }, `optional symbol ${word === 'missing' ? 'is not there' : UNFIT}`);
          return false;
        }
        this.log.info(
          { ...fields, reason },
          `optional symbol ${word === 'missing' ? 'has gone' : UNFIT}; its series are left out`,
        );
        return true;
    }
  }

  tellMany(word: SymbolWord, changes: readonly SymbolStatus[], examples: string): void {
    const fields = { symbols: changes.length, such_as: examples };
    switch (word) {
      case 'up':
        this.log.info(fields, 'symbols are read');
        for (const { symbol } of changes) this.known.add(symbol);
        break;
      case 'withdrawn':
        break;
      case 'fault':
        this.log.warn(fields, 'symbols cannot be read; their series are left out, and /symbols says why');
        break;
      default:
        this.log.info(
          fields,
          word === 'missing' ? 'optional symbols are not there' : 'optional symbols have another form here',
        );
    }
  }
}

const UNFIT = 'has another form here';
