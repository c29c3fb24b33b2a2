/** Plain tables for a terminal. */

/** Lines with aligned columns; those from `firstNumber` on are aligned to the right. */
export function table(head: readonly string[], rows: readonly (readonly string[])[], firstNumber: number): string[] {
  const widths = head.map((title, column) =>
    rows.reduce((width, row) => Math.max(width, row[column]?.length ?? 0), title.length),
  );
  return [head, ...rows].map((row) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return column < firstNumber ? cell.padEnd(width) : cell.padStart(width);
      })
      .join('  ')
      .trimEnd(),
  );
}
