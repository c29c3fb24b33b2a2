/** Plain tables for a terminal. */

/** Lines with aligned columns; those from `firstNumber` on are aligned to the right. */
export function table(head: readonly string[], rows: readonly (readonly string[])[], firstNumber: number): string[] {
  const widths = head.map((title, column) =>
    rows.reduce((width, row) => Math.max(width, row[column]!.length), title.length),
  );
  return [head, ...rows].map((row) =>
    row
      .map((cell, column) => (column < firstNumber ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
      .join('  ')
      .trimEnd(),
  );
}
