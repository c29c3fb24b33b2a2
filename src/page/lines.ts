/** What the table shows below each other: rows and, where it has those of several groups one after the other, the name of each before its rows. */
import type { PageRow } from './rows.js';

export interface Heading {
  readonly group: string;
  /** How many rows follow. */
  readonly rows: number;
}

export type Line = PageRow | Heading;

/** The heights of lines in pixels. */
export interface Heights {
  readonly row: number;
  readonly heading: number;
}

export function isHeading(line: Line): line is Heading {
  return 'group' in line;
}

export function isSameLine(a: Line, b: Line | undefined): boolean {
  if (b === undefined || !isHeading(a) || !isHeading(b)) return a === b;
  return a.group === b.group && a.rows === b.rows;
}

export class Lines {
  readonly all: readonly Line[];
  /** Of each line how many headings are before it; and of how many there are at all. */
  private readonly headings: readonly number[];

  /** @param isGrouped true where the rows of each group follow one another */
  constructor(rows: readonly PageRow[], isGrouped: boolean) {
    const groups = new Map<string, PageRow[]>();
    for (const row of rows) {
      const known = groups.get(row.entry.group);
      if (known === undefined) groups.set(row.entry.group, [row]);
      else known.push(row);
    }
    // One group needs no name.
    this.all =
      isGrouped && groups.size > 1
        ? [...groups].flatMap(([group, its]): Line[] => [{ group, rows: its.length }, ...its])
        : rows;
    let headings = 0;
    this.headings = [0, ...this.all.map((line) => (isHeading(line) ? ++headings : headings))];
  }

  /** Where a line begins, from where the first does; of the number of lines, where the last one ends. */
  top(at: number, { row, heading }: Heights): number {
    const headings = this.headings[at] ?? 0;
    return headings * heading + (at - headings) * row;
  }

  /** The line at some height; the number of lines where that is below all of them. */
  at(top: number, heights: Heights): number {
    let [from, to] = [0, this.all.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      if (this.top(middle + 1, heights) > top) to = middle;
      else from = middle + 1;
    }
    return from;
  }
}
