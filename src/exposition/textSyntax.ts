/** The syntax of text exposition format 0.0.4: headers, label sets and what has to be escaped in them. */
import type { Family, Label } from '../config/model.js';

export const TEXT_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** The `# HELP` and `# TYPE` lines of a published name. */
export function familyHeader(name: string, { help, type }: Family): Uint8Array {
  return Buffer.from(`# HELP ${name} ${escapeHelp(help)}\n# TYPE ${name} ${type}\n`);
}

export function labelSet(labels: readonly Label[]): string {
  return labels.length === 0 ? '' : `{${labels.map(pair).join(',')}}`;
}

/** A label set that breaks off where the value of its last label, `name`, goes. */
export function openLabelSet(labels: readonly Label[], name: string): string {
  return `{${[...labels.map(pair), `${name}="`].join(',')}`;
}

function pair({ name, value }: Label): string {
  return `${name}="${escapeLabelValue(value)}"`;
}

function escapeLabelValue(value: string): string {
  return escapeHelp(value).replaceAll('"', '\\"');
}

function escapeHelp(help: string): string {
  return help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}
