/** Lines of FreeBSD's own tools that say what a metric says, as facts: which member is on which line. */

/** Where an administrator has seen the same number. */
export interface ToolLine {
  /** The command, and which of its lines or columns: `netstat -s tcp.listen-queue-overflows`, `vmstat -z FAIL`. */
  readonly line: string;
  /** What keeps the two from being the same digit by digit. */
  readonly remark?: string;
}

/** Lines of one command that are about one symbol. */
export interface ToolLines {
  readonly symbol: string;
  /** What stands before each name; with the blank or dot between. */
  readonly before: string;
  /** What all of these members begin with. */
  readonly prefix?: string;
  /**
   * `member name`, or `member name (remark)`, with commas between; the member without the prefix, `*` for a symbol that is the value. A member is there twice
   * where releases, or labels, have names of their own.
   */
  readonly names: string;
  /** For all that have none of their own. */
  readonly remark?: string;
}

interface NamedLine extends ToolLine {
  readonly member: string;
}

/** Every line, by symbol. */
export function indexOf(all: readonly ToolLines[]): ReadonlyMap<string, readonly NamedLine[]> {
  const index = new Map<string, NamedLine[]>();
  for (const lines of all) index.set(lines.symbol, [...(index.get(lines.symbol) ?? []), ...linesIn(lines)]);
  return index;
}

function linesIn({ before, prefix = '', names, remark: ofAll }: ToolLines): NamedLine[] {
  return names.split(',').map((text) => {
    const [, member = '', name = '', own] =
      /^(\S+) (.+?)(?: \((.*)\))?$/s.exec(text.trim().replaceAll(/\s+/g, ' ')) ?? [];
    if (name === '') throw new Error(`"${text.trim()}" of ${before.trim()} is no member and its name`);
    const remark = own ?? ofAll;
    return {
      member: member === '*' ? '' : prefix + member,
      line: before + name,
      ...(remark !== undefined && { remark }),
    };
  });
}
