/** Plain tables for a terminal. */

const GAP = '  ';
/** Where the output is no terminal. */
const DEFAULT_WIDTH = 120;

/** Lines with aligned columns; those from `firstNumber` on are aligned to the right. */
export function table(head: readonly string[], rows: readonly (readonly string[])[], firstNumber: number): string[] {
  return linesOf(head, rows, firstNumber, [head.map((_, column) => column)]);
}

/**
 * As table(), in several ones below each other where it is wider than the terminal, as with a column for each of many CPUs.
 *
 * @param kept how many of its columns, the first, each of them has
 */
export function wrappedTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  firstNumber: number,
  kept: number,
  // Without a terminal there is none.
  width = (process.stdout.columns as number | undefined) ?? DEFAULT_WIDTH,
): string[] {
  const widths = widthsOf(head, rows);
  const span = (columns: readonly number[]): number =>
    columns.reduce((sum, column) => sum + (widths[column] ?? 0) + GAP.length, -GAP.length);
  const first = head.slice(0, kept).map((_, column) => column);
  const blocks: number[][] = [];
  let block = first;
  for (let column = kept; column < head.length; column++) {
    if (block.length > kept && span([...block, column]) > width) {
      blocks.push(block);
      block = first;
    }
    block = [...block, column];
  }
  return linesOf(head, rows, firstNumber, [...blocks, block]);
}

function widthsOf(head: readonly string[], rows: readonly (readonly string[])[]): number[] {
  return head.map((title, column) =>
    rows.reduce((width, row) => Math.max(width, row[column]?.length ?? 0), title.length),
  );
}

/** @param blocks of columns, with an empty line between them */
function linesOf(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  firstNumber: number,
  blocks: readonly (readonly number[])[],
): string[] {
  const widths = widthsOf(head, rows);
  const line = (row: readonly string[], columns: readonly number[]): string =>
    columns
      .map((column) => {
        const [cell = '', width = 0] = [row[column], widths[column]];
        return column < firstNumber ? cell.padEnd(width) : cell.padStart(width);
      })
      .join(GAP)
      .trimEnd();
  return blocks.flatMap((columns, index) => [
    ...(index === 0 ? [] : ['']),
    ...[head, ...rows].map((row) => line(row, columns)),
  ]);
}
