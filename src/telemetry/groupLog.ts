/** What the log says of packs and config files of which nothing is read. */
import type { GroupStatus } from '../snapshots/groupStatus.js';
import { ChangeLines, type Wording } from './changeLines.js';
import type { Logger } from './logger.js';

type Word = GroupStatus['state'];

export class GroupLog implements Wording<GroupStatus, Word> {
  private readonly lines = new ChangeLines<GroupStatus, Word>(this);

  constructor(private readonly log: Logger) {}

  /** Tells of a group of which something is read now, or nothing. */
  changed(status: GroupStatus): void {
    this.lines.changed(status);
  }

  /** Tells what was held back. */
  close(): void {
    this.lines.close();
  }

  nameOf({ group }: GroupStatus): string {
    return group;
  }

  wordFor({ state }: GroupStatus): Word {
    return state;
  }

  tell(
    { group, state, series, reason }: GroupStatus,
    _before: Word | undefined,
    suppressed: { readonly suppressed?: number },
  ): boolean {
    const fields = { group, ...suppressed };
    if (state === 'read') this.log.info({ ...fields, series }, 'group is read');
    else this.log[LEVELS[state]]({ ...fields, reason }, 'nothing of a group is read');
    return true;
  }

  tellMany(word: Word, changes: readonly GroupStatus[], examples: string): void {
    const fields = { groups: changes.length, such_as: examples };
    if (word === 'read') this.log.info(fields, 'groups are read');
    else this.log[LEVELS[word]](fields, 'nothing of these groups is read, and /symbols says why');
  }
}

/** A machine may well be without a module: that is told, and is no fault. */
const LEVELS = { absent: 'info', silent: 'warn' } as const;
