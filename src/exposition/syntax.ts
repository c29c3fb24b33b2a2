/** The syntax that the formats share: label sets, values, what has to be escaped in them, and which names tell a unit. */
import type { Family, Label } from '../config/model.js';

export function labelSet(labels: readonly Label[]): string {
  return labels.length === 0 ? '' : `{${labels.map(pair).join(',')}}`;
}

/** A label set that breaks off where the value of its last label, `name`, goes. */
export function openLabelSet(labels: readonly Label[], name: string): string {
  return `{${[...labels.map(pair), `${name}="`].join(',')}`;
}

/** A double, or a whole number, as all formats that are text write it. */
export function numberText(value: number | bigint): string {
  if (typeof value === 'bigint' || Number.isFinite(value)) return String(value);
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

/** Only a name that ends in its unit may say that it has one: Prometheus refuses a document with another. */
export function endsInUnit(name: string, { type, unit }: Pick<Family, 'type' | 'unit'>): boolean {
  return unit !== undefined && name.endsWith(type === 'counter' ? `_${unit}_total` : `_${unit}`);
}

function pair({ name, value }: Label): string {
  return `${name}="${escapeQuoted(value)}"`;
}
