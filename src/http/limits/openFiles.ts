/** How many files and sockets the process may have open, as its diagnostic report tells: there is no other documented way to ask. */

/** The limit in force; undefined where there is none, or where it is not told. */
export function openFileLimit(): number | undefined {
  try {
    const report: unknown = process.report.getReport();
    const limits = memberOf(report, 'userLimits');
    const soft = memberOf(memberOf(limits, 'open_files'), 'soft');
    return typeof soft === 'number' && soft > 0 ? soft : undefined;
  } catch {
    return undefined;
  }
}

function memberOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;
}
