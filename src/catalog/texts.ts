/** Parts of a metric's description that the terminal and the document have in common. */
import type { ToolLine } from './lines/toolLine.js';
import type { CatalogMetric, KernelSource } from './metric.js';

/** `name{label, label}`, as series of it look. */
export function nameWithLabels({ name, labels }: CatalogMetric): string {
  return labels.length === 0 ? name : `${name}{${labels.join(', ')}}`;
}

/** `counter, bytes`. */
export function typeText({ type, unit }: CatalogMetric): string {
  return unit === undefined ? type : `${type}, ${unit}`;
}

/** With its remark, if there is one, in brackets. */
export function lineText({ line, remark }: ToolLine, quoted: (text: string) => string = (text) => text): string {
  return remark === undefined ? quoted(line) : `${quoted(line)} (${remark})`;
}

/** `tcpstat.tcps_drops`, as a debugger would have it. */
export function placeText({ symbol, member }: KernelSource): string {
  return member === undefined ? symbol : `${symbol}.${member}`;
}
