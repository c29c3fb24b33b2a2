/** A read plan in words: what is read of each symbol, and in which calls. No address is shown: they tell where the kernel is in memory. */
import type { ReadPlan } from '../plan/readPlan.js';
import { isResolved } from '../plan/resolution.js';
import { table } from './table.js';

/** Symbols that a line about a read names. */
const EXAMPLES = 3;

/** Lines for a terminal. */
export function planText(plan: ReadPlan): string[] {
  return [...entriesText(plan), '', ...readsText(plan), '', ...totalsText(plan)];
}

function entriesText({ layout, resolutions }: ReadPlan): string[] {
  const lines = layout.entries.map(({ symbol, kind }, entry) => {
    const resolution = resolutions[entry];
    const instances = resolution !== undefined && isResolved(resolution) ? resolution.length : 0;
    const items = layout.items.filter((item) => item.entry === entry);
    const rows = layout.rows.filter((row) => row.entry === entry);
    const bytes = items.reduce((sum, { size }) => sum + size, 0);
    return [symbol, kind, ...[instances, items.length, bytes, rows.length].map(String)];
  });
  return table(['symbol', 'kind', 'instances', 'items', 'bytes a CPU', 'values'], lines, 2);
}

function readsText(plan: ReadPlan): string[] {
  const { cells, copies } = plan;
  const cellLines = cells.reads.map(({ length, items }) => [
    'kvm_read',
    'cells',
    '',
    symbolsOf(plan, items),
    ...[1, length, items.length].map(String),
  ]);
  const copyLines = copies.groups.map(({ items, from, to }) => {
    const reads = copies.reads.slice(from, to);
    return [
      [...new Set(reads.map(({ call }) => call))].join(', '),
      'copies',
      cpusText(reads),
      symbolsOf(plan, items),
      ...[reads.length, bytesOf(reads), items.length].map(String),
    ];
  });
  const lines = [...cellLines, ...copyLines];
  return table(['call', 'reads', 'CPU ids', 'of', 'calls', 'bytes', 'items'], lines, 4);
}

function bytesOf(reads: readonly { readonly length: number }[]): number {
  return reads.reduce((sum, { length }) => sum + length, 0);
}

function cpusText(reads: ReadPlan['copies']['reads']): string {
  const first = Math.min(...reads.map(({ firstId }) => firstId));
  const last = Math.max(...reads.map(({ lastId }) => lastId));
  return first === last ? String(first) : `${first}-${last}`;
}

function symbolsOf({ layout }: ReadPlan, items: readonly number[]): string {
  const symbols = new Set(items.map((item) => layout.entries[layout.items[item]?.entry ?? -1]?.symbol ?? ''));
  const shown = [...symbols].slice(0, EXAMPLES).join(', ');
  return symbols.size > EXAMPLES ? `${shown} and ${symbols.size - EXAMPLES} more` : shown;
}

function totalsText({ layout, resolutions, method, cells, copies }: ReadPlan): string[] {
  const symbols = new Set(layout.entries.map(({ symbol }) => symbol)).size;
  const instances = resolutions.reduce((sum, found) => sum + (isResolved(found) ? found.length : 0), 0);
  const cellCount = cells.positions.reduce((sum, position) => sum + (position >= 0 ? 1 : 0), 0);
  const cellBytes = bytesOf(cells.reads);
  const copyBytes = bytesOf(copies.reads);
  const calls = 2 * cells.reads.length + copies.reads.length;
  return [
    `${symbols} symbols, ${instances} instances, ${layout.items.length} items, ${layout.rows.length} values on ${layout.cpus.length} CPUs`,
    `${cellCount} cells in ${cells.reads.length} reads of ${cellBytes} bytes, read before the copies and again after them`,
    `copies in ${copies.reads.length} reads of ${copyBytes} bytes: ${method}`,
    `about ${calls} calls and ${2 * cellBytes + copyBytes} bytes a scrape, besides those that ask which modules are loaded`,
  ];
}
