/** What the log says of counters that disagree with the kernel. */
import type { TruthChange } from '../truth/watch.js';
import { ChangeLines, type Wording } from './changeLines.js';
import type { Logger } from './logger.js';

type Word = TruthChange['verdict'];

export class TruthLog implements Wording<TruthChange, Word> {
  private readonly lines = new ChangeLines<TruthChange, Word>(this);

  constructor(private readonly log: Logger) {}

  changed(change: TruthChange): void {
    // Whether there is anything to it is told when it is decided.
    if (change.verdict !== 'suspect') this.lines.changed(change);
  }

  /** Tells what was held back. */
  close(): void {
    this.lines.close();
  }

  nameOf({ counter }: TruthChange): string {
    return counter;
  }

  wordFor({ verdict }: TruthChange): Word {
    return verdict;
  }

  tell(
    { counter, verdict, reason }: TruthChange,
    before: Word | undefined,
    suppressed: { readonly suppressed?: number },
  ): boolean {
    const fields = { counter, ...suppressed };
    if (verdict === 'good') {
      if (before === undefined) return false;
      this.log.info(fields, before === 'withdrawn' ? 'counter agrees again and is published' : 'counter agrees again');
    } else this.log.warn({ ...fields, reason }, WARNINGS[verdict]);
    return true;
  }

  tellMany(word: Word, changes: readonly TruthChange[], examples: string): void {
    const fields = { counters: changes.length, such_as: examples };
    if (word === 'good') this.log.info(fields, 'counters agree again');
    else this.log.warn(fields, WARNINGS[word]);
  }
}

const WARNINGS: Readonly<Record<Exclude<Word, 'good'>, string>> = {
  suspect: 'counter may be wrong',
  withdrawn: 'counter disagrees with the kernel and is withdrawn',
  doubted: 'counter disagrees with a sysctl that is not known to tell the same on this release; it is published',
};
