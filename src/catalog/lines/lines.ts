/**
 * Which lines of which tool say the same as a member of the kernel. The words are those of FreeBSD 14's tools; where the sources of another release were
 * seen to have others, these, too. What a tool makes of several members (datagrams "delivered", the percentages of the name cache) is of no metric.
 */
import { firewallLines } from './firewalls.js';
import { ipsecLines } from './ipsec.js';
import { netstatLines } from './netstat.js';
import { netstat6Lines } from './netstat6.js';
import { netstatTableLines } from './netstatTables.js';
import { indexOf, type ToolLine } from './toolLine.js';
import { vmstatLines } from './vmstat.js';

export const allLines = [
  ...netstatLines,
  ...netstat6Lines,
  ...ipsecLines,
  ...netstatTableLines,
  ...vmstatLines,
  ...firewallLines,
];

const index = indexOf(allLines);

/** @param member undefined for a symbol that is the value */
export function linesOf(symbol: string, member = ''): ToolLine[] {
  const found = (index.get(symbol) ?? []).filter((line) => line.member === member);
  return found.map(({ line, remark }) => (remark === undefined ? { line } : { line, remark }));
}
