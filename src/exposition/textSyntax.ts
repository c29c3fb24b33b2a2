/** The syntax of the text format, version 0.0.4, and of OpenMetrics 1.0: headers, label sets and what has to be escaped in them. */
import type { Family, Label } from '../config/model.js';
import type { Format } from './formats.js';

/** Units that OpenMetrics wants to be told, by the ending of the name. */
const UNITS = ['bytes', 'seconds'];

/** The `# HELP`, `# TYPE` and, in OpenMetrics, `# UNIT` lines of a published name. */
export function familyHeader(format: Format, name: string, { help, type }: Family): Uint8Array {
  if (format === 'text') return Buffer.from(`# HELP ${name} ${escapeHelp(help)}\n# TYPE ${name} ${type}\n`);
  const family = type === 'counter' ? name.replace(/_total$/, '') : name;
  const unit = UNITS.find((ending) => family.endsWith(`_${ending}`));
  const unitLine = unit === undefined ? '' : `# UNIT ${family} ${unit}\n`;
  return Buffer.from(`# TYPE ${family} ${type}\n${unitLine}# HELP ${family} ${escapeLabelValue(help)}\n`);
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
