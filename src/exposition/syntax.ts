/** The syntax that the text format, version 0.0.4, and OpenMetrics 1.0 share: label sets, values, and what has to be escaped in them. */
import type { Label } from '../config/model.js';

export function labelSet(labels: readonly Label[]): string {
  return labels.length === 0 ? '' : `{${labels.map(pair).join(',')}}`;
}

/** A label set that breaks off where the value of its last label, `name`, goes. */
export function openLabelSet(labels: readonly Label[], name: string): string {
  return `{${[...labels.map(pair), `${name}="`].join(',')}`;
}

/** A double, as both formats write it. */
export function numberText(value: number): string {
  if (Number.isFinite(value)) return String(value);
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
}

/** For the value of a label, and for the help in OpenMetrics. */
export function escapeQuoted(text: string): string {
  return escapeLine(text).replaceAll('"', '\\"');
}

/** For the help in the text format. */
export function escapeLine(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}

function pair({ name, value }: Label): string {
  return `${name}="${escapeQuoted(value)}"`;
}
