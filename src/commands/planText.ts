/** A read plan in words: what is read of each symbol, in which calls, and what is walked to find it. No address is shown: they tell where the kernel is in memory. */
import type { ReadPlan } from '../plan/readPlan.js';
import { NO_WALK, type WalkCost } from '../plan/lists/walkCost.js';
import { isResolved, type EntryResolution, type Walks } from '../plan/resolution.js';
import { table } from './table.js';

/** Symbols that a line about a read names. */
const EXAMPLES = 3;

/** Of the vnets and their jails, which many entries may want. */
const VNETS = 'vnet_head, allprison';

/**
 * Lines for a terminal.
 * @param walks of the read that was planned so
 */
export function planText(plan: ReadPlan, walks: Walks): string[] {
  const walked = walksText(plan, walks);
  const between = walked.length === 0 ? [] : ['', ...walked];
  return [...entriesText(plan), ...between, '', ...readsText(plan), '', ...totalsText(plan, walks)];
}

function entriesText({ layout, resolutions }: ReadPlan): string[] {
  const lines = layout.entries.map(({ symbol, kind }, entry) => {
    const instances = instancesOf(resolutions, entry);
    const items = layout.items.filter((item) => item.entry === entry);
    const rows = layout.rows.filter((row) => row.entry === entry);
    const bytes = items.reduce((sum, { size }) => sum + size, 0);
    return [symbol, kind, ...[instances, items.length, bytes, rows.length].map(String)];
  });
  return table(['symbol', 'kind', 'instances', 'items', 'bytes a CPU', 'values'], lines, 2);
}

function instancesOf(resolutions: readonly EntryResolution[], entry: number): number {
  const resolution = resolutions[entry];
  return resolution !== undefined && isResolved(resolution) ? resolution.length : 0;
}

/** Of each entry whose instances come and go, what one walk takes. Nothing where there is none. */
function walksText({ layout, resolutions }: ReadPlan, { entries, vnets }: Walks): string[] {
  const line = (symbol: string, instances: string, { elements, reads, bytes }: WalkCost): string[] => [
    symbol,
    ...[String(elements), instances, String(reads), String(bytes)],
  ];
  const lines = [
    ...vnets.map((cost) => line(VNETS, '', cost)),
    ...[...entries].map(([entry, cost]) =>
      line(layout.entries[entry]?.symbol ?? '', String(instancesOf(resolutions, entry)), cost),
    ),
  ];
  return lines.length === 0 ? [] : table(['walked', 'elements', 'instances', 'calls', 'bytes'], lines, 1);
}

/** A line about a read, or about several that are alike. */
interface ReadLine {
  readonly texts: readonly [call: string, reads: string, ids: string, of: string];
  readonly numbers: readonly [calls: number, bytes: number, items: number];
  /** True for what is read of each instance that came, and may be read of hundreds. */
  readonly isOfMany: boolean;
}

function readsText(plan: ReadPlan): string[] {
  const { cells, copies } = plan;
  const cellLines = cells.reads.map(({ length, items }) =>
    readLine(plan, ['kvm_read', 'cells', ''], items, [{ length }]),
  );
  const copyLines = copies.groups.map(({ items, from, to }) => {
    const reads = copies.reads.slice(from, to);
    const calls = [...new Set(reads.map(({ call }) => call))].join(', ');
    return readLine(plan, [calls, 'copies', cpusText(reads)], items, reads);
  });
  const lines = joined([...cellLines, ...copyLines]).map(({ texts, numbers }) => [...texts, ...numbers.map(String)]);
  return table(['call', 'reads', 'CPU ids', 'of', 'calls', 'bytes', 'items'], lines, 4);
}

function readLine(
  plan: ReadPlan,
  texts: readonly [string, string, string],
  items: readonly number[],
  reads: readonly { readonly length: number }[],
): ReadLine {
  const { layout } = plan;
  return {
    texts: [...texts, symbolsOf(plan, items)],
    numbers: [reads.length, bytesOf(reads), items.length],
    isOfMany: items.every((item) => layout.follows[layout.items[item]?.entry ?? -1] !== undefined),
  };
}

/** Those that say the same of elements become one, in the place of the first. */
function joined(lines: readonly ReadLine[]): ReadLine[] {
  const result = new Map<string, ReadLine>();
  lines.forEach((line, index) => {
    const key = JSON.stringify([line.texts, line.isOfMany ? '' : index]);
    const before = result.get(key);
    const [calls, bytes, items] = before?.numbers ?? [0, 0, 0];
    const { numbers } = line;
    result.set(key, { ...line, numbers: [calls + numbers[0], bytes + numbers[1], items + numbers[2]] });
  });
  return [...result.values()];
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

function totalsText({ layout, resolutions, method, cells, copies }: ReadPlan, { entries, vnets }: Walks): string[] {
  const symbols = new Set(layout.entries.map(({ symbol }) => symbol)).size;
  const countAt = (entry: number): number => instancesOf(resolutions, entry);
  const instances = resolutions.reduce((sum, _, entry) => sum + countAt(entry), 0);
  const cellCount = cells.positions.reduce((sum, position) => sum + (position >= 0 ? 1 : 0), 0);
  const cellBytes = bytesOf(cells.reads);
  const copyBytes = bytesOf(copies.reads);
  const walks = [...vnets, ...entries.values()];
  const walked = costOfAll(walks);
  // Where nothing was read, nothing can have gone meanwhile.
  const again = costOfAll([...vnets, ...[...entries].flatMap(([entry, cost]) => (countAt(entry) > 0 ? [cost] : []))]);
  const calls = 2 * cells.reads.length + copies.reads.length + walked.reads + again.reads;
  const bytes = 2 * cellBytes + copyBytes + walked.bytes + again.bytes;
  return [
    `${symbols} symbols, ${instances} instances, ${layout.items.length} items, ${layout.rows.length} values on ${layout.cpus.length} CPUs`,
    `${cellCount} cells in ${cells.reads.length} reads of ${cellBytes} bytes, read before the copies and again after them`,
    `copies in ${copies.reads.length} reads of ${copyBytes} bytes: ${method}`,
    ...(walks.length === 0
      ? []
      : [
          `lists in ${walked.reads} reads of ${walked.bytes} bytes, walked before each read and again after it`,
          ...(cells.held.size === 0 ? [] : [`${cells.held.size} cells more come with the walks`]),
        ]),
    `about ${calls} calls and ${bytes} bytes a scrape, besides those that ask which modules are loaded`,
  ];
}

function costOfAll(walks: readonly WalkCost[]): WalkCost {
  return walks.reduce(
    (sum, { elements, reads, bytes }) => ({
      elements: sum.elements + elements,
      reads: sum.reads + reads,
      bytes: sum.bytes + bytes,
    }),
    NO_WALK,
  );
}
